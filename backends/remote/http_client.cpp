#include "backends/remote/http_client.h"

#include <errno.h>
#include <fmt/core.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "backends/remote/curl_code.h"

namespace proctor::backends {

struct HttpClient::Exchange {
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  HttpClient* client = nullptr;
  std::size_t call = 0;
  bool busy = false;
  curl_off_t moved = 0;            // bytes up and down when they were last looked at
  Clock::time_point last_moved{};  // when they last had changed
  char message[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, Cleanup> easy;
};

namespace {

// A read of the socket brings at most this. More for a few exchanges than for thousands, each of
// which has a buffer of its own.
long buffer_bytes(std::size_t capacity) {
  constexpr std::size_t kOfAll = std::size_t{16} << 20;
  constexpr std::size_t kFewest = std::size_t{16} << 10;
  constexpr std::size_t kMost = std::size_t{64} << 10;
  return static_cast<long>(std::clamp(kOfAll / std::max<std::size_t>(capacity, 1), kFewest, kMost));
}

Error system_error(const char* what) {
  return Error(ErrorCode::unavailable, fmt::format("{}: {}", what, strerror(errno)));
}

// Before 8.0.0 libcurl begins HTTP/2 anew on a connection that speaks it already, if it was told to
// speak it without asking; the server then hangs up.
bool reuses_plain_http2() {
  static const bool reuses = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
  return reuses;
}

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::make(HttpOptions options, HttpListener& listener) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) {
    return Error(ErrorCode::unavailable, "libcurl does not start");
  }
  std::unique_ptr<HttpClient> client(new HttpClient(std::move(options), listener));
  const Result<void> ready = client->set_up();
  if (!ready) return ready.error();
  return client;
}

HttpClient::HttpClient(HttpOptions options, HttpListener& listener)
    : options_(std::move(options)), listener_(listener) {}

HttpClient::~HttpClient() {
  for (const auto& exchange : exchanges_) {
    if (exchange->busy) curl_multi_remove_handle(multi_.get(), exchange->easy.get());
  }
  exchanges_.clear();
  multi_.reset();  // closes the connections, which reports them to on_socket
  curl_slist_free_all(headers_);
  if (wake_ >= 0) close(wake_);
  if (epoll_ >= 0) close(epoll_);
}

Result<void> HttpClient::set_up() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return system_error("epoll_create1");
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) return system_error("eventfd");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) return system_error("epoll_ctl");

  for (const std::string& header : options_.headers) {
    headers_ = curl_slist_append(headers_, header.c_str());
  }
  multi_.reset(curl_multi_init());
  check(multi_ != nullptr);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.capacity));
  for (std::size_t call = 0; call < options_.capacity; ++call) {
    exchanges_.push_back(std::make_unique<Exchange>());
    exchanges_.back()->call = call;
    set_up_handle(*exchanges_.back());
  }
  return {};
}

void HttpClient::set_up_handle(Exchange& exchange) {
  exchange.client = this;
  exchange.easy.reset(curl_easy_init());
  check(exchange.easy != nullptr);
  CURL* easy = exchange.easy.get();
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_bytes(options_.capacity));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.message);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &exchange);
}

void HttpClient::post(std::size_t call, const std::string& url, std::string_view body) {
  Exchange& exchange = *exchanges_[call];
  check(!exchange.busy);
  CURL* easy = exchange.easy.get();
  const bool secure = url.starts_with("https:");
  const bool may_share = secure || options_.http2;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   secure           ? CURL_HTTP_VERSION_2TLS
                   : options_.http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                    : CURL_HTTP_VERSION_1_1);
  const bool alone = !secure && options_.http2 && !reuses_plain_http2();
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, alone ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, alone ? 1L : 0L);
  // Wait for a connection that others are opening: it may carry this exchange as well.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, may_share && !alone ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  exchange.busy = true;
  exchange.moved = 0;
  exchange.last_moved = Clock::now();
  exchange.message[0] = '\0';
  check(curl_multi_add_handle(multi_.get(), easy) == CURLM_OK);
}

bool HttpClient::is_response(std::size_t call, long status, std::string_view content_type) const {
  CURL* easy = exchanges_[call]->easy.get();
  long actual = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &actual);
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  const char* const told = type == nullptr ? "" : type;
  // Letters of either case mean the same there (RFC 9110, section 8.3.1).
  return actual == status && curl_strnequal(told, content_type.data(), content_type.size()) != 0;
}

std::size_t HttpClient::on_body(char* data, std::size_t size, std::size_t count, void* exchange) {
  const Exchange& under_way = *static_cast<Exchange*>(exchange);
  const std::string_view bytes(data, size * count);
  return under_way.client->listener_.received(under_way.call, bytes) ? bytes.size() : 0;
}

int HttpClient::on_socket(CURL*, curl_socket_t fd, int what, void* client, void* registered) {
  HttpClient& self = *static_cast<HttpClient*>(client);
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(self.epoll_, EPOLL_CTL_DEL, fd, nullptr);
    return 0;
  }
  epoll_event event{};
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  event.data.fd = fd;
  // A descriptor that was closed behind epoll's back comes again under the same number.
  const int operation = registered == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  const int other = registered == nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(self.epoll_, operation, fd, &event) != 0 &&
      epoll_ctl(self.epoll_, other, fd, &event) != 0) {
    return -1;
  }
  curl_multi_assign(self.multi_.get(), fd, client);  // any non-null mark: it is registered
  return 0;
}

int HttpClient::on_timer(CURLM*, long timeout_ms, void* client) {
  HttpClient& self = *static_cast<HttpClient*>(client);
  if (timeout_ms < 0) {
    self.curl_timer_.reset();
  } else {
    self.curl_timer_ = Clock::now() + std::chrono::milliseconds(timeout_ms);
  }
  return 0;
}

void HttpClient::act(curl_socket_t fd, int events) {
  int running = 0;
  check(curl_multi_socket_action(multi_.get(), fd, events, &running) == CURLM_OK);
}

int HttpClient::wait_ms(Clock::time_point deadline) const {
  Clock::time_point until = std::min(deadline, next_idle_check_);
  if (curl_timer_) until = std::min(until, *curl_timer_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void HttpClient::wait(Clock::time_point deadline) {
  constexpr int kBatch = 256;
  epoll_event events[kBatch];
  while (true) {
    const int ready = epoll_wait(epoll_, events, kBatch, wait_ms(deadline));
    now_ = Clock::now();
    bool woken = false;
    for (int i = 0; i < ready; ++i) {
      if (events[i].data.fd == wake_) {
        std::uint64_t count = 0;
        woken = read(wake_, &count, sizeof count) == sizeof count;
        continue;
      }
      int what = 0;
      if ((events[i].events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
      if ((events[i].events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
      // An error alone would make libcurl give up with "select/poll returned error"; told to read
      // as well, it finds out what happened to the connection.
      if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0) {
        what |= CURL_CSELECT_ERR | CURL_CSELECT_IN;
      }
      act(events[i].data.fd, what);
    }
    const Clock::time_point now = now_ = Clock::now();
    if (curl_timer_ && *curl_timer_ <= now) {
      curl_timer_.reset();  // before acting, which may set the next one
      act(CURL_SOCKET_TIMEOUT, 0);
    }
    const bool expired = next_idle_check_ <= now && abort_idle(now);
    const bool completed = deliver_completed();
    woken = std::exchange(told_to_return_, false) || woken;
    if (expired || completed || woken || now >= deadline) return;
  }
}

void HttpClient::wake() {
  const std::uint64_t one = 1;
  // Only a full counter refuses the write, and then wait() is woken anyway.
  (void)!write(wake_, &one, sizeof one);
}

bool HttpClient::deliver_completed() {
  bool any = false;
  int queued = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Exchange* exchange = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    complete(*exchange, code);
    any = true;
  }
  return any;
}

void HttpClient::complete(Exchange& exchange, CURLcode code) {
  CURL* easy = exchange.easy.get();
  HttpOutcome outcome;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &outcome.status);
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) outcome.content_type = type;
  curl_header* header = nullptr;
  if (outcome.status != 200 &&
      curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
    outcome.retry_after = header->value;
  }
  if (code != CURLE_OK) {
    const char* detail = exchange.message[0] != '\0' ? exchange.message : curl_easy_strerror(code);
    outcome.error = Error(code_for(code), detail);
  }
  curl_multi_remove_handle(multi_.get(), easy);
  exchange.busy = false;
  listener_.completed(exchange.call, outcome);
}

bool HttpClient::abort_idle(Clock::time_point now) {
  using std::chrono::milliseconds;
  next_idle_check_ =
      now + std::clamp(options_.idle_timeout / 8, milliseconds(5), milliseconds(1000));
  bool any = false;
  for (const auto& exchange : exchanges_) {
    if (!exchange->busy) continue;
    CURL* easy = exchange->easy.get();
    curl_off_t down = 0;
    curl_off_t up = 0;
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &up);
    if (down + up != exchange->moved) {
      exchange->moved = down + up;
      exchange->last_moved = now;
    } else if (now - exchange->last_moved > options_.idle_timeout) {
      curl_multi_remove_handle(multi_.get(), easy);
      exchange->busy = false;
      HttpOutcome outcome;
      outcome.error = Error(ErrorCode::transport,
                            fmt::format("no byte for {} ms", options_.idle_timeout.count()));
      listener_.completed(exchange->call, outcome);
      any = true;
    }
  }
  return any;
}

}  // namespace proctor::backends
