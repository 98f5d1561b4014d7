#include "harness/page/view_server.h"

#include <fmt/core.h>
#include <httplib.h>
#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "reports/html/page.h"
#include "reports/report.h"

namespace proctor::harness::page {
namespace {

constexpr const char* kLoopback = "127.0.0.1";

// Pages that were read and whose samples may be asked for: two, so that switching between two runs
// is quick.
constexpr std::size_t kPagesKept = 2;

std::optional<std::int64_t> number_in(const httplib::Request& request, const char* name) {
  const std::string text = request.get_param_value(name);
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || rest != end) return std::nullopt;
  return number;
}

void answer_error(httplib::Response& response, int status, const std::string& message) {
  response.status = status;
  response.set_content(message + "\n", "text/plain; charset=utf-8");
}

void answer_error(httplib::Response& response, const Error& error) {
  answer_error(response, error.code() == ErrorCode::not_found ? 404 : 500, error.message());
}

// Not set_content(): httplib would spend seconds on compressing what never leaves the machine.
void answer(httplib::Response& response, std::string body, const char* type) {
  const auto kept = std::make_shared<const std::string>(std::move(body));
  response.set_content_provider(
      kept->size(), type, [kept](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(kept->data() + offset, length);
      });
}

void answer_json(httplib::Response& response, std::string json) {
  answer(response, std::move(json), "application/json");
}

// httplib's own choice lets a second server take the same port and half of its requests.
void set_socket_options(int socket) {
  const int yes = 1;
  (void)setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

httplib::Headers headers_of_all() {
  return {
      {"Content-Security-Policy", reports::html::content_policy(true) + "; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cache-Control", "no-store"}};
}

}  // namespace

struct ViewServer::Parts {
  struct Kept {
    reports::RunId run;
    RunPage page;
  };

  Parts(reports::Store opened, reports::RunId opens_with, PageOptions page_options)
      : first(opens_with), options(std::move(page_options)), store(std::move(opened)) {}

  void add_routes();
  void answer_run(const httplib::Request& request, httplib::Response& response);
  void answer_sample(const httplib::Request& request, httplib::Response& response);
  bool is_local(const httplib::Request& request) const;
  // The page of a run, kept or read anew. The mutex must be held.
  Result<RunPage*> page_of(reports::RunId run, bool anew);

  const reports::RunId first;
  const PageOptions options;
  int port = 0;
  httplib::Server server;

  std::mutex mutex;  // of what follows: httplib answers on many threads, a store is for one
  reports::Store store;
  std::list<Kept> pages;  // the one used last in front
};

bool ViewServer::Parts::is_local(const httplib::Request& request) const {
  const std::string host = request.get_header_value("Host");
  return host == fmt::format("{}:{}", kLoopback, port) || host == fmt::format("localhost:{}", port);
}

Result<RunPage*> ViewServer::Parts::page_of(reports::RunId run, bool anew) {
  for (auto kept = pages.begin(); kept != pages.end(); ++kept) {
    if (kept->run != run) continue;
    if (!anew) {
      pages.splice(pages.begin(), pages, kept);
      return &pages.front().page;
    }
    pages.erase(kept);
    break;
  }
  Result<RunPage> page = RunPage::read(store, run, options);
  if (!page) return page.error();
  pages.push_front({run, std::move(*page)});
  if (pages.size() > kPagesKept) pages.pop_back();
  return &pages.front().page;
}

void ViewServer::Parts::answer_run(const httplib::Request& request, httplib::Response& response) {
  const std::optional<std::int64_t> run = number_in(request, "run");
  if (!run) return answer_error(response, 400, "api/run: run must be a number");
  const std::lock_guard lock(mutex);
  const Result<RunPage*> page = page_of(*run, /*anew=*/true);
  if (!page) return answer_error(response, page.error());
  answer_json(response, (*page)->data(reports::html::RepliesAre::live));
}

void ViewServer::Parts::answer_sample(const httplib::Request& request,
                                      httplib::Response& response) {
  const std::optional<std::int64_t> run = number_in(request, "run");
  const std::optional<std::int64_t> sample = number_in(request, "id");
  if (!run || !sample) return answer_error(response, 400, "api/sample: run and id must be numbers");
  const std::lock_guard lock(mutex);
  const Result<RunPage*> page = page_of(*run, /*anew=*/false);
  if (!page) return answer_error(response, page.error());
  reports::html::SampleTexts texts;
  const Result<void> added = (*page)->add_texts(store, *sample, texts);
  if (!added) return answer_error(response, added.error());
  answer_json(response, texts.finish());
}

void ViewServer::Parts::add_routes() {
  using httplib::Request;
  using httplib::Response;
  server.set_default_headers(headers_of_all());
  server.set_pre_routing_handler([this](const Request& request, Response& response) {
    if (is_local(request)) return httplib::Server::HandlerResponse::Unhandled;
    answer_error(response, 403, "this server answers only to 127.0.0.1 and localhost");
    return httplib::Server::HandlerResponse::Handled;
  });
  server.Get("/", [this](const Request& request, Response& response) {
    const reports::RunId run = number_in(request, "run").value_or(first);
    answer(response, reports::html::live_page(run), "text/html; charset=utf-8");
  });
  server.Get("/api/runs", [this](const Request&, Response& response) {
    const std::lock_guard lock(mutex);
    const Result<std::vector<reports::RunInfo>> runs = store.runs();
    if (!runs) return answer_error(response, runs.error());
    answer_json(response, reports::format_runs(*runs, reports::ReportFormat::json));
  });
  server.Get("/api/run",
             [this](const Request& request, Response& response) { answer_run(request, response); });
  server.Get("/api/sample", [this](const Request& request, Response& response) {
    answer_sample(request, response);
  });
}

ViewServer::ViewServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ViewServer::ViewServer(ViewServer&&) noexcept = default;
ViewServer& ViewServer::operator=(ViewServer&&) noexcept = default;
ViewServer::~ViewServer() = default;

Result<ViewServer> ViewServer::bind(reports::Store store, reports::RunId first, PageOptions options,
                                    std::uint16_t port) {
  auto parts = std::make_unique<Parts>(std::move(store), first, std::move(options));
  httplib::Server& server = parts->server;
  server.set_socket_options(set_socket_options);
  server.set_tcp_nodelay(true);
  server.set_keep_alive_timeout(1);  // seconds that a silent browser may hold up the end
  parts->port = port == 0 ? server.bind_to_any_port(kLoopback)
                          : (server.bind_to_port(kLoopback, port) ? port : -1);
  if (parts->port < 0) {
    return Error(ErrorCode::busy, fmt::format("cannot listen on {}:{}; another program may: "
                                              "without --port a free one is taken",
                                              kLoopback, port));
  }
  parts->add_routes();
  return ViewServer(std::move(parts));
}

std::string ViewServer::url() const {
  return fmt::format("http://{}:{}/", kLoopback, parts_->port);
}

void ViewServer::serve(const std::stop_token& stop) {
  httplib::Server& server = parts_->server;
  // A stop before httplib is up would be lost on it, hence one that is repeated.
  const std::jthread stopper([&](const std::stop_token& ended) {
    while (!ended.stop_requested()) {
      if (stop.stop_requested()) server.stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  server.listen_after_bind();
}

}  // namespace proctor::harness::page
