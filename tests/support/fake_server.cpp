// Level-triggered epoll. A connection is always read, so that a client's departure is seen whatever
// state it is in; it is watched for writing only while its socket is full. Steps without a delay
// are joined before they are sent, so a plain answer costs one recv, one send and no epoll_ctl.
#include "tests/support/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <queue>
#include <utility>
#include <vector>

#include "harness/core/check.h"
#include "harness/core/file_descriptor.h"

namespace proctor::support {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kJoinedBytes = std::size_t{256} << 10;
constexpr rlim_t kOpenFiles = 65'536;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

struct Connection {
  enum class State {
    idle,       // between answers
    answering,  // the next step is due
    sleeping,   // until a timer rings for the next step
    blocked,    // until the socket takes more
    finished,   // nothing more to say; open until the client closes
  };

  FileDescriptor socket;
  std::uint64_t serial = 0;  // tells a late timer that its connection has left and lent out its fd
  State state = State::idle;
  bool told_to_continue = false;
  std::string received;  // not yet handled
  Answer answer;
  std::size_t next_step = 0;
  std::string unsent;
  std::size_t sent = 0;  // of `unsent`
};

struct Timer {
  Clock::time_point when;
  int fd;
  std::uint64_t connection;

  bool operator>(const Timer& other) const { return when > other.when; }
};

void raise_open_file_limit() {
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kOpenFiles));
  check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

FileDescriptor listen_on_loopback() {
  FileDescriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  check(listener.is_open());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  check(listen(listener.get(), SOMAXCONN) == 0);
  return listener;
}

Answer refusal(int status) {
  Answer answer = respond(status, {{"Connection", "close"}}, "");
  answer.end = End::close;
  return answer;
}

}  // namespace

class FakeServer::Loop {
 public:
  explicit Loop(Handler handler);

  void run(std::stop_token stop);
  std::uint16_t port() const;
  ServerCounters counters() const;

 private:
  void watch(int fd, std::uint32_t events, int operation) const;
  int milliseconds_to_next_timer() const;
  void ring_timers();
  void on_event(const epoll_event& event);
  void accept_all();
  void receive(Connection& connection);
  void advance(Connection& connection);
  bool take_request(Connection& connection);
  bool give_answer(Connection& connection);
  void join_due_steps(Connection& connection);
  bool send_unsent(Connection& connection);
  bool finish_answer(Connection& connection);
  void drop(Connection& connection);
  std::unique_ptr<Connection>& slot(int fd);

  const Handler handler_;
  const FileDescriptor listener_ = listen_on_loopback();
  const FileDescriptor wake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  const FileDescriptor epoll_{epoll_create1(EPOLL_CLOEXEC)};
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::array<char, std::size_t{64} << 10> receive_buffer_{};

  // Written by the server's thread, read by any.
  std::atomic<std::uint64_t> requests_ = 0, accepted_ = 0, open_ = 0, most_open_ = 0;
  std::atomic<std::uint64_t> bytes_received_ = 0, bytes_sent_ = 0;
};

FakeServer::Loop::Loop(Handler handler) : handler_(std::move(handler)) {
  check(wake_.is_open() && epoll_.is_open());
  watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
  watch(wake_.get(), EPOLLIN, EPOLL_CTL_ADD);
}

std::uint16_t FakeServer::Loop::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

ServerCounters FakeServer::Loop::counters() const {
  return {.requests = requests_,
          .connections = accepted_,
          .open_now = open_,
          .most_open = most_open_,
          .bytes_received = bytes_received_,
          .bytes_sent = bytes_sent_};
}

void FakeServer::Loop::run(std::stop_token stop) {
  const std::stop_callback wake(stop, [this] { eventfd_write(wake_.get(), 1); });
  std::array<epoll_event, 256> events;
  while (!stop.stop_requested()) {
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 milliseconds_to_next_timer());
    check(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)]);
    ring_timers();
  }
}

void FakeServer::Loop::watch(int fd, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  check(epoll_ctl(epoll_.get(), operation, fd, &event) == 0);
}

int FakeServer::Loop::milliseconds_to_next_timer() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.top().when - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void FakeServer::Loop::ring_timers() {
  while (!timers_.empty() && timers_.top().when <= Clock::now()) {
    const Timer timer = timers_.top();
    timers_.pop();
    Connection* const connection = slot(timer.fd).get();
    if (connection == nullptr || connection->serial != timer.connection) continue;
    connection->answer.steps[connection->next_step].delay = {};  // it has been served
    connection->state = Connection::State::answering;
    advance(*connection);
  }
}

void FakeServer::Loop::on_event(const epoll_event& event) {
  const int fd = event.data.fd;
  if (fd == wake_.get()) return;
  if (fd == listener_.get()) return accept_all();
  // An earlier event of this batch may have closed the connection.
  Connection* const connection = slot(fd).get();
  if (connection == nullptr) return;
  if ((event.events & EPOLLOUT) != 0 && connection->state == Connection::State::blocked) {
    watch(fd, EPOLLIN, EPOLL_CTL_MOD);
    connection->state = Connection::State::answering;
    advance(*connection);
  } else {
    receive(*connection);
  }
}

void FakeServer::Loop::accept_all() {
  for (;;) {
    FileDescriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client.is_open() && (errno == ECONNABORTED || errno == EINTR)) continue;
    if (!client.is_open()) return check(errno == EAGAIN);  // not EMFILE: the hard limit is too low
    const int fd = client.get();
    const int on = 1;
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    auto connection = std::make_unique<Connection>();
    connection->socket = std::move(client);
    connection->serial = ++accepted_;
    slot(fd) = std::move(connection);
    most_open_ = std::max<std::uint64_t>(most_open_, ++open_);
  }
}

void FakeServer::Loop::receive(Connection& connection) {
  const ssize_t size =
      recv(connection.socket.get(), receive_buffer_.data(), receive_buffer_.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return drop(connection);
  bytes_received_ += static_cast<std::uint64_t>(size);
  if (connection.state == Connection::State::finished) return;
  connection.received.append(receive_buffer_.data(), static_cast<std::size_t>(size));
  if (connection.received.size() > 2 * (kMaxHeadBytes + kMaxBodyBytes)) return drop(connection);
  if (connection.state == Connection::State::idle) advance(connection);
}

// Goes on with the connection until it waits for its client, its socket or a timer, or is gone.
void FakeServer::Loop::advance(Connection& connection) {
  while (connection.state == Connection::State::idle ? take_request(connection)
                                                     : give_answer(connection)) {
  }
}

bool FakeServer::Loop::take_request(Connection& connection) {
  if (connection.received.empty()) return false;
  ParsedRequest parsed = parse_request(connection.received);
  if (parsed.state == ParsedRequest::State::incomplete) {
    if (parsed.wants_continue && !std::exchange(connection.told_to_continue, true)) {
      // A socket with nothing in flight has room for 25 bytes; one that fails is seen by recv.
      (void)send(connection.socket.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
    }
    return false;
  }
  if (parsed.state == ParsedRequest::State::refused) {
    connection.answer = refusal(parsed.status);
    connection.received.clear();
  } else {
    parsed.request.sequence = requests_++;
    connection.answer = handler_(parsed.request);
    const bool last = parsed.request.header("connection") == "close";
    if (last && connection.answer.end == End::keep_alive) connection.answer.end = End::close;
    connection.received.erase(0, parsed.consumed);
  }
  connection.told_to_continue = false;
  connection.next_step = 0;
  connection.state = Connection::State::answering;
  return true;
}

// True if there is more to do at once.
bool FakeServer::Loop::give_answer(Connection& connection) {
  join_due_steps(connection);
  if (!send_unsent(connection)) return false;
  if (connection.next_step == connection.answer.steps.size()) return finish_answer(connection);
  const std::chrono::milliseconds delay = connection.answer.steps[connection.next_step].delay;
  if (delay.count() == 0) return true;
  timers_.push({Clock::now() + delay, connection.socket.get(), connection.serial});
  connection.state = Connection::State::sleeping;
  return false;
}

void FakeServer::Loop::join_due_steps(Connection& connection) {
  std::vector<Step>& steps = connection.answer.steps;
  std::string& unsent = connection.unsent;
  while (connection.next_step < steps.size() && unsent.size() < kJoinedBytes) {
    Step& step = steps[connection.next_step];
    if (step.delay.count() != 0) return;
    if (unsent.empty()) {
      unsent = std::move(step.bytes);
    } else {
      unsent.append(step.bytes);
    }
    ++connection.next_step;
  }
}

// False if the socket is full or the client has left.
bool FakeServer::Loop::send_unsent(Connection& connection) {
  while (connection.sent < connection.unsent.size()) {
    const ssize_t size = send(connection.socket.get(), connection.unsent.data() + connection.sent,
                              connection.unsent.size() - connection.sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      watch(connection.socket.get(), EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      connection.state = Connection::State::blocked;
      return false;
    }
    if (size < 0) {
      drop(connection);
      return false;
    }
    connection.sent += static_cast<std::size_t>(size);
    bytes_sent_ += static_cast<std::uint64_t>(size);
  }
  connection.unsent.clear();
  connection.sent = 0;
  return true;
}

bool FakeServer::Loop::finish_answer(Connection& connection) {
  if (connection.answer.on_sent) connection.answer.on_sent();
  const int fd = connection.socket.get();
  switch (connection.answer.end) {
    case End::keep_alive:
      connection.state = Connection::State::idle;
      return true;
    case End::close:
      // Only our side: closing a socket with unread input would send a reset instead of a FIN.
      shutdown(fd, SHUT_WR);
      connection.state = Connection::State::finished;
      return false;
    case End::reset: {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
      drop(connection);
      return false;
    }
    case End::stall:
      connection.state = Connection::State::finished;
      return false;
  }
  return false;
}

void FakeServer::Loop::drop(Connection& connection) {
  slot(connection.socket.get()).reset();
  --open_;
}

std::unique_ptr<Connection>& FakeServer::Loop::slot(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= connections_.size()) connections_.resize(index + 1);
  return connections_[index];
}

FakeServer::FakeServer(Handler handler) {
  raise_open_file_limit();
  loop_ = std::make_unique<Loop>(std::move(handler));
  thread_ = std::jthread([this](std::stop_token stop) { loop_->run(std::move(stop)); });
}

FakeServer::~FakeServer() = default;

std::uint16_t FakeServer::port() const { return loop_->port(); }

std::string FakeServer::base_url() const {
  return "http://127.0.0.1:" + std::to_string(port()) + "/v1";
}

ServerCounters FakeServer::counters() const { return loop_->counters(); }

}  // namespace proctor::support
