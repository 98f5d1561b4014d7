#include "tests/support/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "harness/core/check.h"

namespace proctor::support {

RawClient::RawClient(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  check(socket_.is_open());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

void RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    check(size > 0);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void RawClient::send_post(std::string_view path, std::string_view body) const {
  std::string request = "POST ";
  request.append(path).append(" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
  request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  send(request.append(body));
}

Received RawClient::read_until(std::string_view marker, std::chrono::milliseconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  Received received;
  while (marker.empty() || !received.bytes.ends_with(marker)) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) == 0) {
      received.ending = Received::Ending::silent;
      return received;
    }
    char buffer[16384];
    const ssize_t size = recv(socket_.get(), buffer, sizeof buffer, 0);
    if (size <= 0) {
      check(size == 0 || errno == ECONNRESET);
      received.ending = size == 0 ? Received::Ending::closed : Received::Ending::reset;
      return received;
    }
    received.bytes.append(buffer, static_cast<std::size_t>(size));
  }
  received.ending = Received::Ending::found;
  return received;
}

}  // namespace proctor::support
