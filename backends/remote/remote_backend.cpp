#include "backends/remote/remote_backend.h"

#include <curl/curl.h>
#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "backends/remote/batch/batch_session.h"
#include "backends/remote/request_body.h"
#include "backends/remote/server_questions.h"
#include "backends/remote/session.h"

namespace proctor::backends {
namespace {

// Descriptors that the rest of the process needs.
constexpr rlim_t kOtherDescriptors = 64;

// Lets the process open a descriptor for each request. A concurrency that is felt out is cut to
// what it may have. Errors: invalid_input, naming the limit.
Result<void> allow_descriptors(BackendOptions& options) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  if (options.adaptive && limit.rlim_max < rlim_t{1} << 20) {
    const auto most = static_cast<int>(limit.rlim_max);
    options.concurrency =
        std::max(1, std::min(options.concurrency, most - static_cast<int>(kOtherDescriptors)));
  }
  const rlim_t wanted = static_cast<rlim_t>(options.concurrency) + kOtherDescriptors;
  if (limit.rlim_cur >= wanted) return {};
  if (limit.rlim_max < wanted) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("--concurrency {} needs {} open files, and this process may have {}; "
                             "raise `ulimit -Hn` or ask for less",
                             options.concurrency, wanted, limit.rlim_max));
  }
  limit.rlim_cur = wanted;
  check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return {};
}

class RemoteBackend : public Backend {
 public:
  RemoteBackend(RemoteModel model, std::vector<std::string> base_urls,
                const BackendOptions& options)
      : model_(std::move(model)),
        base_urls_(std::move(base_urls)),
        options_(options),
        pace_(options) {}

  std::string identity() const override { return identity_of(model_); }
  bool takes_raw_prompts() const override { return !model_.provider->raw_path.empty(); }
  std::optional<std::string> wire_text(const Request& request) const override;
  Controls controls() const override {
    return {.temperature = model_.quirks.temperature, .seed = model_.quirks.seed};
  }
  ServerFacts ask_servers(std::stop_token stop) const override {
    return backends::ask_servers(model_, base_urls_, options_, std::move(stop));
  }

  Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) override {
    if (options_.batch) return serve_by_batches(feed, sink, std::move(stop));
    const Result<void> allowed = allow_descriptors(options_);
    if (!allowed) return allowed.error();
    return run_session(model_, base_urls_, options_, pace_, feed, sink, std::move(stop));
  }

 private:
  Result<void> serve_by_batches(RequestFeed& feed, ReplySink& sink, std::stop_token stop) {
    if (options_.deadline_s > 0 && !pace_.deadline) {
      pace_.deadline = RateBucket::Clock::now() +
                       std::chrono::milliseconds(std::llround(options_.deadline_s * 1000));
    }
    const std::unique_ptr<BatchService> service =
        make_batch_service(model_, base_urls_.front(), options_);
    return run_batch_session(model_, options_, pace_.deadline, *service, feed, sink,
                             std::move(stop));
  }

  RemoteModel model_;
  std::vector<std::string> base_urls_;
  BackendOptions options_;
  Pace pace_;
};

// Base URLs that share the load are one endpoint, in whatever order they are named; the key that
// opens them is no part of it.
std::optional<std::string> RemoteBackend::wire_text(const Request& request) const {
  const Result<std::string> path = request_path(model_, request.prompt);
  if (!path) return std::nullopt;
  std::vector<std::string> urls = base_urls_;
  std::sort(urls.begin(), urls.end());
  std::string text(model_.provider->name);
  for (const std::string& url : urls) text += "\n" + url;
  return text + "\n" + *path + "\n" +
         request_body(model_, request, options_.stream && !options_.batch);
}

// The URL without its final slashes, or what is wrong with it.
Result<std::string> checked_base_url(std::string url) {
  const auto invalid = [&](std::string_view why) {
    return Error(ErrorCode::invalid_input, fmt::format("--base-url: {}", why));
  };
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return invalid(fmt::format("\"{}\" is not a URL such as http://127.0.0.1:8000/v1", url));
  }
  char* part = nullptr;
  if (curl_url_get(parsed.get(), CURLUPART_USER, &part, 0) == CURLUE_OK) {
    curl_free(part);
    return invalid(
        "carries a user name or password, which would be stored with the run; put the "
        "key into the environment");
  }
  for (const CURLUPart behind : {CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    if (curl_url_get(parsed.get(), behind, &part, 0) != CURLUE_OK) continue;
    curl_free(part);
    return invalid(
        "carries a query or a fragment, behind which no path can be added, and which would be "
        "stored with the run; put a key into the environment");
  }
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return invalid(fmt::format("\"{}\" is neither http nor https", url));
  }
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// One or several, with blanks between them.
Result<std::vector<std::string>> checked_base_urls(std::string_view given) {
  std::vector<std::string> urls;
  while (true) {
    given.remove_prefix(std::min(given.find_first_not_of(' '), given.size()));
    if (given.empty()) break;
    const std::string_view word = given.substr(0, given.find(' '));
    given.remove_prefix(word.size());
    Result<std::string> url = checked_base_url(std::string(word));
    if (!url) return url.error();
    if (std::find(urls.begin(), urls.end(), *url) != urls.end()) {
      return Error(ErrorCode::invalid_input, "--base-url: " + *url + " is named twice");
    }
    urls.push_back(std::move(*url));
  }
  if (urls.empty()) {
    return Error(ErrorCode::invalid_input,
                 "--base-url: missing; for example http://127.0.0.1:8000/v1");
  }
  return urls;
}

// Errors: invalid_input, if batches cannot be had here.
Result<void> check_batches(const Provider& provider, std::size_t urls) {
  if (provider.batches == BatchWire::none) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("--batch: {} takes no batches", provider.name));
  }
  if (urls == 1) return {};
  return Error(ErrorCode::invalid_input,
               "--batch: several --base-url cannot share batches; name one");
}

}  // namespace

Result<std::unique_ptr<Backend>> make_remote_backend(const Provider& provider, std::string model,
                                                     const BackendOptions& options) {
  const std::string_view given = options.base_url;
  Result<std::vector<std::string>> urls =
      checked_base_urls(given.empty() ? provider.base_url : given);
  if (!urls) return urls.error();
  if (provider.needs_key && options.api_key.empty()) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("{}/{} needs a key: put it into the environment variable {}",
                             provider.name, model, provider.key_variable));
  }
  if (options.api_key.find_first_of("\r\n") != std::string::npos) {
    return Error(ErrorCode::invalid_input,
                 fmt::format("{} holds more than one line", provider.key_variable));
  }
  if (!options.ca_file.empty() && access(options.ca_file.c_str(), R_OK) != 0) {
    return Error(ErrorCode::invalid_input, "--ca-file: cannot read " + options.ca_file);
  }
  if (options.batch) {
    const Result<void> fit = check_batches(provider, urls->size());
    if (!fit) return fit.error();
  }
  Result<RemoteModel> remote = remote_model(provider, std::move(model), options);
  if (!remote) return remote.error();
  return std::unique_ptr<Backend>(
      std::make_unique<RemoteBackend>(std::move(*remote), std::move(*urls), options));
}

}  // namespace proctor::backends
