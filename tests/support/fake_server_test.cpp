#include "tests/support/fake_server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/raw_client.h"

namespace proctor::support {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Ending = Received::Ending;

Answer echo(const HttpRequest& request) {
  std::string text = std::to_string(request.sequence);
  text.append(" ").append(request.method).append(" ").append(request.path);
  text.append(" ").append(request.header("content-TYPE")).append(" ").append(request.body);
  return respond(200, {}, text + "!");
}

FakeServer::Handler always(Answer answer) {
  return [answer = std::move(answer)](const HttpRequest&) { return answer; };
}

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// Asks until the condition holds, or for ten seconds.
bool comes_true(const std::function<bool()>& condition) {
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(10);
  while (!condition() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(1));
  return condition();
}

}  // namespace

TEST_CASE("a connection serves one request after the other") {
  const FakeServer server(echo);
  const RawClient client(server.port());
  client.send_post("/a", "one");
  CHECK(client.read_until("!").bytes == ok("0 POST /a application/json one!"));
  client.send("GET /b HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until("").bytes == ok("1 GET /b  !"));

  const ServerCounters counters = server.counters();
  CHECK(counters.requests == 2);
  CHECK(counters.connections == 1);
  CHECK(counters.most_open == 1);
  CHECK(counters.bytes_sent ==
        ok("0 POST /a application/json one!").size() + ok("1 GET /b  !").size());
}

TEST_CASE("requests that arrive together are answered in order") {
  const FakeServer server(echo);
  const RawClient client(server.port());
  client.send("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  CHECK(client.read_until("/b  !").bytes == ok("0 GET /a  !") + ok("1 GET /b  !"));
}

TEST_CASE("a request may arrive byte by byte") {
  const FakeServer server(echo);
  const RawClient client(server.port());
  for (const char byte : std::string("PUT /slow HTTP/1.1\r\nContent-Length: 2\r\n\r\nab")) {
    client.send({&byte, 1});
  }
  CHECK(client.read_until("!").bytes == ok("0 PUT /slow  ab!"));
}

TEST_CASE("a client that holds its body back is told to continue") {
  const FakeServer server(echo);
  const RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n").bytes == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  CHECK(client.read_until("!").bytes == ok("0 POST /  ab!"));
}

TEST_CASE("a client that asks for it is closed on") {
  const FakeServer server(echo);
  const RawClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  const Received received = client.read_until("");
  CHECK(received.bytes == ok("0 GET /a  !"));
  CHECK(received.ending == Ending::closed);
}

TEST_CASE("requests that cannot be served are refused and the connection closed") {
  struct Row {
    std::string request, status;
  };
  const Row kRows[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "411"},
      {"POST / HTTP/1.1\r\nContent-Length: 67108865\r\n\r\n", "413"},
      {"GET / HTTP/1.1\r\nX: " + std::string(kMaxHeadBytes, 'x'), "431"},
  };
  const FakeServer server(echo);
  for (const Row& row : kRows) {
    CAPTURE(row.request.substr(0, 60));
    const RawClient client(server.port());
    client.send(row.request);
    const Received received = client.read_until("");
    CHECK(received.bytes.starts_with("HTTP/1.1 " + row.status + " "));
    CHECK(received.ending == Ending::closed);
  }
  CHECK(server.counters().requests == 0);
}

TEST_CASE("bodies and answers larger than any buffer arrive whole") {
  const std::string large(std::size_t{8} << 20, 'x');
  const FakeServer server(
      [](const HttpRequest& request) { return respond(200, {}, std::string(request.body) + "!"); });
  const RawClient client(server.port());
  client.send_post("/", large);
  CHECK(client.read_until("!").bytes == ok(large + "!"));
}

TEST_CASE("a stream is framed event by event") {
  const std::vector<std::string> events = {"{\"a\":1}", "b"};
  SUBCASE("in chunks") {
    const FakeServer server(always(stream(events)));
    const RawClient client(server.port());
    client.send_post("/", "");
    CHECK(client.read_until("0\r\n\r\n").bytes ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
          "f\r\ndata: {\"a\":1}\n\n\r\n9\r\ndata: b\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
  }
  SUBCASE("to the end of the connection") {
    const FakeServer server(always(stream(events, {.done = false, .chunked = false})));
    const RawClient client(server.port());
    client.send_post("/", "");
    const Received received = client.read_until("");
    CHECK(received.bytes ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
          "data: {\"a\":1}\n\ndata: b\n\n");
    CHECK(received.ending == Ending::closed);
  }
}

TEST_CASE("events keep their distance") {
  const std::vector<std::string> events = {"a", "b", "c"};
  const FakeServer server(always(stream(events, {.gap = milliseconds(20)})));
  const RawClient client(server.port());
  const Clock::time_point begin = Clock::now();
  client.send_post("/", "");
  int due = 0;
  for (const char* event : {"data: a\n\n\r\n", "data: b\n\n\r\n", "data: c\n\n\r\n"}) {
    CHECK(client.read_until(event).ending == Ending::found);
    due += 20;
    CHECK(Clock::now() - begin >= milliseconds(due));
  }
}

TEST_CASE("a delay holds up one connection and no other") {
  const FakeServer server([](const HttpRequest& request) {
    const bool slow = request.path == "/slow";
    return delayed(respond(200, {}, "late!"), slow ? std::chrono::hours(1) : milliseconds(10));
  });
  const RawClient slow(server.port());
  slow.send_post("/slow", "");
  const RawClient fast(server.port());
  fast.send_post("/fast", "");
  CHECK(fast.read_until("!").bytes == ok("late!"));
  CHECK(slow.read_until("!", milliseconds(20)).bytes.empty());
}

TEST_CASE("an answer ends as its script says") {
  struct Row {
    End end;
    Ending seen;
  };
  constexpr Row kRows[] = {
      {End::close, Ending::closed},
      {End::reset, Ending::reset},
      {End::stall, Ending::silent},
      {End::keep_alive, Ending::silent},
  };
  const std::string whole = ok("0123456789");
  for (const Row& row : kRows) {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{20}, whole.size() - 1}) {
      CAPTURE(static_cast<int>(row.end));
      CAPTURE(bytes);
      const FakeServer server(always(cut(respond(200, {}, "0123456789"), bytes, row.end)));
      const RawClient client(server.port());
      client.send_post("/", "");
      const Received received = client.read_until("", milliseconds(100));
      CHECK(received.bytes == whole.substr(0, bytes));
      CHECK(received.ending == row.seen);
    }
  }
}

TEST_CASE("a stalled connection ignores requests, and one kept alive does not") {
  for (const End end : {End::stall, End::keep_alive}) {
    const FakeServer server([end](const HttpRequest& request) {
      Answer answer = echo(request);
      answer.end = end;
      return answer;
    });
    const RawClient client(server.port());
    client.send_post("/", "");
    CHECK(client.read_until("!").ending == Ending::found);
    client.send_post("/", "");
    const bool answered = client.read_until("!", milliseconds(100)).ending == Ending::found;
    CHECK(answered == (end == End::keep_alive));
    CHECK(server.counters().open_now == 1);
  }
}

TEST_CASE("a stall lasts until the server goes") {
  auto server = std::make_unique<FakeServer>(always({.end = End::stall}));
  const RawClient client(server->port());
  client.send_post("/", "");
  CHECK(client.read_until("", milliseconds(50)).ending == Ending::silent);
  server.reset();
  CHECK(client.read_until("").ending == Ending::closed);
}

TEST_CASE("a client that leaves is let go, whatever was meant for it") {
  const std::string large(std::size_t{32} << 20, 'x');
  const Answer answers[] = {{.end = End::stall},
                            delayed(respond(200, {}, "x"), std::chrono::hours(1)),
                            respond(200, {}, large)};
  for (const Answer& answer : answers) {
    const FakeServer server(always(answer));
    {
      const RawClient client(server.port());
      client.send_post("/", "");
      CHECK(comes_true([&] { return server.counters().requests == 1; }));
      CHECK(server.counters().open_now == 1);
    }
    CHECK(comes_true([&] { return server.counters().open_now == 0; }));
  }
}

TEST_CASE("on_sent tells of whole answers only") {
  std::atomic<int> sent = 0;
  const FakeServer server([&](const HttpRequest& request) {
    Answer answer = respond(200, {}, "whole!");
    answer.on_sent = [&] { ++sent; };
    return request.path == "/cut" ? cut(std::move(answer), 10, End::close) : answer;
  });
  const RawClient cut_client(server.port());
  cut_client.send_post("/cut", "");
  CHECK(cut_client.read_until("").ending == Ending::closed);
  CHECK(sent == 0);
  const RawClient client(server.port());
  client.send("GET /whole HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until("").bytes == ok("whole!"));
  CHECK(sent == 1);
}

TEST_CASE("five hundred clients are served at once") {
  constexpr std::size_t kClients = 500;
  const FakeServer server(echo);
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < kClients; ++i) clients.emplace_back(server.port());
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kClients; ++i) clients[i].send_post("/", std::to_string(i));
    for (std::size_t i = 0; i < kClients; ++i) {
      const Received received = clients[i].read_until("!");
      CHECK(received.bytes.ends_with(" application/json " + std::to_string(i) + "!"));
    }
  }
  const ServerCounters counters = server.counters();
  CHECK(counters.requests == 3 * kClients);
  CHECK(counters.connections == kClients);
  CHECK(counters.most_open == kClients);
}

}  // namespace proctor::support
