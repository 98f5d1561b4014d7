#include "backends/remote/http_exchange.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/fake_server.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::backends {
namespace {

using support::Answer;
using support::End;
using support::FakeServer;
using support::HttpRequest;

std::string address(const FakeServer& server, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

Result<ExchangeAnswer> get(const std::string& url) { return http_exchange({.url = url}, {}); }

TEST_CASE("what a server has is got whole whatever its status") {
  FakeServer server([](const HttpRequest& request) {
    CHECK(request.method == "GET");
    if (request.path == "/a?b=c") return support::respond_json(200, "{\"one\":1}");
    return support::respond(429, {{"Retry-After", "7"}, {"ETag", "\"x\""}}, "{\"two\":2}");
  });
  const Result<ExchangeAnswer> good = get(address(server, "/a?b=c"));
  REQUIRE(good);
  CHECK(good->status == 200);
  CHECK(good->body == "{\"one\":1}");
  CHECK(good->succeeded());
  CHECK_FALSE(good->header("retry-after"));
  const Result<ExchangeAnswer> bad = get(address(server, "/other"));
  REQUIRE(bad);
  CHECK(bad->status == 429);
  CHECK_FALSE(bad->succeeded());
  CHECK(bad->body == "{\"two\":2}");
  CHECK(bad->header("retry-after") == "7");
  CHECK(bad->header("etag") == "\"x\"");
}

TEST_CASE("requests arrive as they were meant") {
  struct Row {
    const char* method;
    const char* body;
  };
  constexpr Row kRows[] = {{"GET", ""},  {"HEAD", ""},   {"POST", "{\"a\":1}"},
                           {"POST", ""}, {"DELETE", ""}, {"PUT", "x"}};
  std::string method;
  std::string body;
  std::string header;
  const FakeServer server([&](const HttpRequest& request) {
    method = request.method;
    body = request.body;
    header = request.header("X-Own");
    return support::respond(200, {}, "");
  });
  HttpExchanger exchanger({});
  for (const Row& row : kRows) {
    CAPTURE(row.method);
    const Result<ExchangeAnswer> answer = exchanger.run({.url = address(server, "/"),
                                                         .method = row.method,
                                                         .headers = {"X-Own: 1"},
                                                         .body = row.body});
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(method == row.method);
    CHECK(body == row.body);
    CHECK(header == "1");
  }
  CHECK(server.counters().connections == 1);
}

TEST_CASE("a form is sent with its parts in order") {
  const support::TempDir dir;
  const std::filesystem::path file = dir.write("rows.jsonl", "{\"row\":1}\n");
  std::string type;
  std::string body;
  const FakeServer server([&](const HttpRequest& request) {
    type = request.header("Content-Type");
    body = request.body;
    return support::respond_json(200, "{}");
  });
  const FormPart purpose{.name = "purpose", .content = "batch"};
  const FormPart upload{.name = "file",
                        .file = file,
                        .file_name = "input.jsonl",
                        .content_type = "application/jsonl"};
  REQUIRE(http_exchange(
      {.url = address(server, "/files"), .method = "POST", .form = {purpose, upload}}, {}));
  CHECK(type.starts_with("multipart/form-data; boundary="));
  const std::size_t first = body.find("name=\"purpose\"\r\n\r\nbatch\r\n");
  const std::size_t second = body.find("name=\"file\"; filename=\"input.jsonl\"");
  CHECK(first != std::string::npos);
  CHECK(second != std::string::npos);
  CHECK(first < second);
  CHECK(body.find("Content-Type: application/jsonl\r\n\r\n{\"row\":1}\n\r\n") != std::string::npos);

  const FormPart lost{.name = "file", .file = dir / "none", .file_name = "none"};
  const Result<ExchangeAnswer> unread =
      http_exchange({.url = address(server, "/files"), .method = "POST", .form = {lost}}, {});
  REQUIRE_FALSE(unread);
  CHECK(unread.error().code() == ErrorCode::io);
}

TEST_CASE("what is read while it is sent arrives like what was at hand") {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "row " + std::to_string(i) + "\n";
  // In pieces of its own size, so that no read ends where the client's buffer does.
  const BodySource rows{.size = text.size(),
                        .read = [&](std::size_t offset, std::span<char> to) -> Result<std::size_t> {
                          return text.copy(to.data(), std::min<std::size_t>(to.size(), 7919),
                                           offset);
                        }};
  std::string body;
  const FakeServer server([&](const HttpRequest& request) {
    body = request.body;
    return support::respond_json(200, "{}");
  });
  REQUIRE(http_exchange({.url = address(server, "/plain"), .method = "POST", .source = rows}, {}));
  CHECK(body == text);
  REQUIRE(http_exchange(
      {.url = address(server, "/plain"), .method = "POST", .source = enclosed("[", rows, "]}")},
      {}));
  CHECK(body == "[" + text + "]}");
  REQUIRE(http_exchange(
      {.url = address(server, "/plain"), .method = "POST", .source = body_of("{\"a\":1}")}, {}));
  CHECK(body == "{\"a\":1}");
  const FormPart part{.name = "file", .source = rows, .file_name = "rows.jsonl"};
  REQUIRE(http_exchange({.url = address(server, "/form"), .method = "POST", .form = {part}}, {}));
  CHECK(body.find("filename=\"rows.jsonl\"") != std::string::npos);
  CHECK(body.find("\r\n\r\n" + text + "\r\n--") != std::string::npos);
}

TEST_CASE("a source that cannot be read on ends the exchange with its own words") {
  const BodySource damaged{
      .size = 1'000'000, .read = [](std::size_t offset, std::span<char> to) -> Result<std::size_t> {
        if (offset > 0) return Error(ErrorCode::io, "the spool is gone");
        std::fill(to.begin(), to.end(), 'a');
        return to.size();
      }};
  int whole = 0;
  const FakeServer server([&](const HttpRequest&) {
    ++whole;
    return support::respond_json(200, "{}");
  });
  const FormPart part{.name = "file", .source = damaged, .file_name = "rows.jsonl"};
  for (const ExchangeRequest& request :
       {ExchangeRequest{.url = address(server, "/plain"), .method = "POST", .source = damaged},
        ExchangeRequest{.url = address(server, "/form"), .method = "POST", .form = {part}}}) {
    const Result<ExchangeAnswer> sent = http_exchange(request, {});
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code() == ErrorCode::io);
    CHECK(sent.error().message() == "the spool is gone");
  }
  CHECK(whole == 0);
}

TEST_CASE("a redirection is followed but not for ever and never for a POST") {
  const FakeServer server([](const HttpRequest& request) {
    const char* next = request.path == "/old" ? "/new" : "/circle";
    if (request.path == "/new") return support::respond_json(200, "here");
    return support::respond(302, {{"Location", next}}, "");
  });
  const Result<ExchangeAnswer> found = get(address(server, "/old"));
  REQUIRE(found);
  CHECK(found->body == "here");
  const Result<ExchangeAnswer> lost = get(address(server, "/circle"));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code() == ErrorCode::refused);
  const Result<ExchangeAnswer> posted =
      http_exchange({.url = address(server, "/old"), .method = "POST"}, {});
  REQUIRE(posted);
  CHECK(posted->status == 302);
}

TEST_CASE("a secret stays with the server it was meant for") {
  std::vector<std::string> seen_elsewhere;
  const FakeServer elsewhere([&](const HttpRequest& request) {
    seen_elsewhere.emplace_back(request.header("Authorization"));
    seen_elsewhere.emplace_back(request.header("X-Plain"));
    return support::respond_json(200, "moved");
  });
  std::vector<std::string> seen_here;
  const FakeServer here([&](const HttpRequest& request) {
    seen_here.emplace_back(request.header("Authorization"));
    const std::string next = request.path == "/near" ? "/refusing" : address(elsewhere, "/far");
    if (request.path != "/refusing") return support::respond(302, {{"Location", next}}, "");
    return support::respond_json(401, "Incorrect key hf_123, that is hf_123.");
  });
  const ExchangeRequest away{.url = address(here, "/away"),
                             .headers = {"X-Plain: yes"},
                             .secret_headers = {"Authorization: Bearer hf_123"}};
  const Result<ExchangeAnswer> moved = http_exchange(away, {});
  REQUIRE(moved);
  CHECK(moved->body == "moved");
  CHECK(seen_here == std::vector<std::string>{"Bearer hf_123"});
  CHECK(seen_elsewhere == std::vector<std::string>{"", "yes"});

  ExchangeRequest near = away;
  near.url = address(here, "/near");
  const Result<ExchangeAnswer> refused = http_exchange(near, {});
  REQUIRE(refused);
  CHECK(refused->body == "Incorrect key [key], that is [key].");
  CHECK(seen_here.back() == "Bearer hf_123");
}

TEST_CASE("half an answer is none") {
  const std::string body(1000, 'x');
  const FakeServer server([&](const HttpRequest&) {
    const Answer whole = support::respond_json(200, body);
    return support::cut(whole, support::size_of(whole) - 1, End::close);
  });
  const Result<ExchangeAnswer> answer = get(address(server, "/"));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == ErrorCode::transport);
  CHECK(answer.error().message().starts_with(address(server, "/") + ": "));

  std::size_t taken = 0;
  const ExchangeRequest pieces{.url = address(server, "/"),
                               .on_bytes = [&](const ExchangeAnswer&, std::string_view bytes) {
                                 taken += bytes.size();
                                 return Result<void>();
                               }};
  CHECK_FALSE(http_exchange(pieces, {}));
  CHECK(taken == 999);  // what came is not lost
}

TEST_CASE("bodies of success go to their taker and others do not") {
  const FakeServer server([](const HttpRequest& request) {
    if (request.path == "/no") return support::respond_json(404, "nothing here");
    CHECK(request.header("Range") == "bytes=3-");
    return support::respond(206, {{"Content-Range", "bytes 3-5/6"}}, "def");
  });
  std::string taken;
  ExchangeRequest request{.url = address(server, "/yes"),
                          .headers = {"Range: bytes=3-"},
                          .on_bytes = [&](const ExchangeAnswer& head, std::string_view bytes) {
                            CHECK(head.status == 206);
                            CHECK(head.header("content-range") == "bytes 3-5/6");
                            taken += bytes;
                            return Result<void>();
                          }};
  const Result<ExchangeAnswer> part = http_exchange(request, {.most_bytes = 1});
  REQUIRE(part);
  CHECK(part->body.empty());
  CHECK(taken == "def");
  request.url = address(server, "/no");
  const Result<ExchangeAnswer> none = http_exchange(request, {});
  REQUIRE(none);
  CHECK(none->body == "nothing here");
  CHECK(taken == "def");

  request.url = address(server, "/yes");
  request.on_bytes = [](const ExchangeAnswer&, std::string_view) {
    return Error(ErrorCode::disk_full, "no room");
  };
  const Result<ExchangeAnswer> full = http_exchange(request, {});
  REQUIRE_FALSE(full);
  CHECK(full.error().code() == ErrorCode::disk_full);
  CHECK(full.error().message() == "no room");
}

TEST_CASE("more than is wanted is refused") {
  const FakeServer server(
      [](const HttpRequest&) { return support::respond_json(200, std::string(1001, 'x')); });
  const Result<ExchangeAnswer> within =
      http_exchange({.url = address(server, "/")}, {.most_bytes = 1001});
  REQUIRE(within);
  CHECK(within->body.size() == 1001);
  const Result<ExchangeAnswer> beyond =
      http_exchange({.url = address(server, "/")}, {.most_bytes = 1000});
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().code() == ErrorCode::refused);
}

TEST_CASE("a requested stop ends an exchange that hangs") {
  const FakeServer server([](const HttpRequest&) { return Answer{.end = End::stall}; });
  std::stop_source stop;
  stop.request_stop();
  const Result<ExchangeAnswer> answer =
      HttpExchanger({}).run({.url = address(server, "/")}, stop.get_token());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == ErrorCode::interrupted);
}

// The port that `openssl s_server` says it listens on; empty, if it does not within some seconds.
std::string port_of(const support::Child& server) {
  constexpr std::string_view kSays = "ACCEPT 127.0.0.1:";
  for (int looks = 0; looks < 100; ++looks) {
    const std::string out = server.out();
    const std::size_t at = out.find(kSays);
    const std::size_t end = out.find('\n', at);
    if (at != std::string::npos && end != std::string::npos) {
      return out.substr(at + kSays.size(), end - at - kSays.size());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return "";
}

TEST_CASE("a certificate must be one of those that are trusted") {
  const support::TempDir dir;
  const std::string key = (dir / "key.pem").string();
  const std::string certificate = (dir / "certificate.pem").string();
  const Result<support::ChildEnd> made = support::run_child(
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
       "subjectAltName=IP:127.0.0.1"});
  if (!made) SKIP("needs a server that speaks TLS: openssl is missing");
  REQUIRE(made->exit_code == 0);
  const FakeServer plain([&](const HttpRequest& to_plain) {
    return support::respond(302, {{"Location", std::string(to_plain.header("X-To"))}}, "");
  });
  // With -HTTP, files are whole answers.
  dir.write("there", "HTTP/1.0 200 OK\r\n\r\nhere");
  dir.write("back", "HTTP/1.0 302 Found\r\nLocation: " + address(plain, "/") + "\r\n\r\n");
  const Result<support::Child> server = support::Child::start(
      {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-HTTP"},
      {.directory = dir.path()});
  REQUIRE(server);
  const std::string port = port_of(*server);
  REQUIRE_FALSE(port.empty());
  const std::string secure = "https://127.0.0.1:" + port;

  const ExchangeOptions trusting{.ca_file = certificate};
  const Result<ExchangeAnswer> trusted = http_exchange({.url = secure + "/there"}, trusting);
  REQUIRE(trusted);
  CHECK(trusted->body == "here");
  for (const std::string& ca_file : {std::string(), (dir / "none.pem").string()}) {
    const Result<ExchangeAnswer> stranger =
        http_exchange({.url = secure + "/there"}, {.ca_file = ca_file});
    REQUIRE_FALSE(stranger);
    CHECK(stranger.error().code() == ErrorCode::refused);
  }

  // A redirection is followed to https, and not from it.
  const ExchangeRequest up{.url = address(plain, "/"), .headers = {"X-To: " + secure + "/there"}};
  const Result<ExchangeAnswer> secured = http_exchange(up, trusting);
  REQUIRE(secured);
  CHECK(secured->body == "here");
  const Result<ExchangeAnswer> down = http_exchange({.url = secure + "/back"}, trusting);
  REQUIRE_FALSE(down);
  CHECK(down.error().code() == ErrorCode::refused);
  CHECK(down.error().message() == secure + "/back: redirected from https to http");
}

TEST_CASE("requests that cannot be sent are told from those that are not answered") {
  std::string closed;
  {
    const FakeServer server([](const HttpRequest&) { return Answer(); });
    closed = address(server, "/");
  }
  struct Row {
    std::string url;
    const char* secret;
    ErrorCode code;
  };
  const Row kRows[] = {
      {closed, "X: 1", ErrorCode::transport},
      {"file:///etc/passwd", "X: 1", ErrorCode::refused},
      {"no address", "X: 1", ErrorCode::refused},
      {"http://me:hunter2@127.0.0.1/", "X: 1", ErrorCode::invalid_input},
      {closed, "X: hunter2\r\nY: 2", ErrorCode::invalid_input},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.url);
    const Result<ExchangeAnswer> answer =
        http_exchange({.url = row.url, .secret_headers = {row.secret}}, {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == row.code);
    CHECK(answer.error().message().find("hunter2") == std::string::npos);
  }
}

}  // namespace
}  // namespace proctor::backends
