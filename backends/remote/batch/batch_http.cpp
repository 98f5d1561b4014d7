#include "backends/remote/batch/batch_http.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "backends/remote/chat_protocol.h"
#include "backends/remote/retry.h"

namespace proctor::backends {
namespace {

using nlohmann::json;

// A line holds one reply, and JSON may write each of its bytes as six.
constexpr std::size_t kMostLineBytes = 6 * kMostReplyBytes;

// A service says nothing while it reads a file, but a model's hours are not in any exchange here.
constexpr std::chrono::seconds kLongestSilence{300};

ExchangeOptions exchange_options(const BackendOptions& options) {
  return {
      .user_agent = "proctor",
      .ca_file = options.ca_file,
      .connect_timeout = std::chrono::milliseconds(std::llround(options.connect_timeout_s * 1000)),
      .idle_timeout = std::clamp(std::chrono::seconds(std::lround(options.idle_timeout_s)),
                                 std::chrono::seconds(1), kLongestSilence)};
}

ErrorCode code_of_status(long status) {
  if (status == 404 || status == 405) return ErrorCode::not_found;
  return fault_of_status(status) == Fault::transient ? ErrorCode::transport : ErrorCode::refused;
}

}  // namespace

BatchHttp::BatchHttp(const RemoteModel& model, std::string base_url, const BackendOptions& options)
    : base_url_(std::move(base_url)), options_(exchange_options(options)), exchanger_(options_) {
  const Provider& provider = *model.provider;
  if (!provider.other_header.empty()) headers_.emplace_back(provider.other_header);
  if (!options.api_key.empty()) {
    secret_headers_.push_back(std::string(provider.key_header) + options.api_key);
  }
}

ExchangeRequest BatchHttp::request(std::string method, std::string_view where) const {
  ExchangeRequest request{
      .url = where.starts_with('/') ? base_url_ + std::string(where) : std::string(where),
      .method = std::move(method),
      .headers = headers_,
      .secret_headers = secret_headers_};
  // Where results lie is the service's word; the key goes to the service alone.
  if (!request.url.starts_with(base_url_ + "/")) request.secret_headers.clear();
  return request;
}

Result<ExchangeAnswer> BatchHttp::run(HttpExchanger& exchanger, const ExchangeRequest& request,
                                      std::stop_token stop) {
  Result<ExchangeAnswer> answer = exchanger.run(request, std::move(stop));
  if (!answer) {
    // A host that is unknown may be known again.
    const bool no_host = answer.error().code() == ErrorCode::unavailable;
    return no_host ? Error(ErrorCode::transport, answer.error().message()) : answer.error();
  }
  if (answer->succeeded()) return answer;
  return Error(
      code_of_status(answer->status),
      fmt::format("{}: HTTP {}: {}", request.url, answer->status, error_excerpt(answer->body)));
}

Result<json> BatchHttp::object(HttpExchanger& exchanger, const ExchangeRequest& request,
                               std::stop_token stop) {
  const Result<ExchangeAnswer> answer = run(exchanger, request, std::move(stop));
  if (!answer) return answer.error();
  json object = json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  if (object.is_object()) return object;
  return Error(ErrorCode::transport, fmt::format("{}: expected a JSON object, found: {}",
                                                 request.url, error_excerpt(answer->body)));
}

Result<json> BatchHttp::get(std::string_view path, std::stop_token stop) {
  return object(exchanger_, request("GET", path), std::move(stop));
}

Result<json> BatchHttp::post(std::string_view path, BodySource body, std::stop_token stop) {
  ExchangeRequest asked = request("POST", path);
  asked.headers.emplace_back("Content-Type: application/json");
  asked.source = std::move(body);
  // Over a connection that was used before libcurl sends a request again by itself if the server
  // breaks it off, and that could begin a batch twice.
  HttpExchanger fresh(options_);
  return object(fresh, asked, std::move(stop));
}

Result<json> BatchHttp::post_form(std::string_view path, std::vector<FormPart> form,
                                  std::stop_token stop) {
  ExchangeRequest asked = request("POST", path);
  asked.form = std::move(form);
  return object(exchanger_, asked, std::move(stop));
}

Result<void> BatchHttp::lines(const std::string& where, const OnLine& on_line,
                              std::stop_token stop) {
  std::string begun;  // of a line whose end has not come
  std::size_t number = 0;
  const auto take = [&](std::string_view line) -> Result<void> {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line.empty() ? Result<void>() : on_line(number, line);
  };
  ExchangeRequest asked = request("GET", where);
  asked.on_bytes = [&](const ExchangeAnswer&, std::string_view bytes) -> Result<void> {
    for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos;) {
      begun += bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      const Result<void> taken = take(std::exchange(begun, {}));
      if (!taken) return taken;
    }
    begun += bytes;
    if (begun.size() <= kMostLineBytes) return {};
    return Error(ErrorCode::refused, fmt::format("{}: line {} has no end", where, number + 1));
  };
  const Result<ExchangeAnswer> answer = run(exchanger_, asked, std::move(stop));
  if (!answer) return answer.error();
  return begun.empty() ? Result<void>() : take(begun);
}

Result<BatchAnswer> answer_of(Result<BatchAnswer> parsed, std::string_view file,
                              std::size_t number) {
  if (parsed) return parsed;
  return parsed.error().within(fmt::format("{}:{}", file, number));
}

}  // namespace proctor::backends
