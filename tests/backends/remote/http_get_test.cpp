#include "backends/remote/http_get.h"

#include <doctest/doctest.h>

#include "tests/support/fake_server.h"

namespace proctor::backends {
namespace {

using support::Answer;
using support::End;
using support::FakeServer;
using support::HttpRequest;

std::string address(const FakeServer& server, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

TEST_CASE("what a server has is got whole whatever its status") {
  FakeServer server([](const HttpRequest& request) {
    CHECK(request.method == "GET");
    if (request.path == "/a?b=c") return support::respond_json(200, "{\"one\":1}");
    return support::respond_json(400, "{\"two\":2}");
  });
  const Result<GetAnswer> good = http_get(address(server, "/a?b=c"), {});
  REQUIRE(good);
  CHECK(good->status == 200);
  CHECK(good->body == "{\"one\":1}");
  const Result<GetAnswer> bad = http_get(address(server, "/other"), {});
  REQUIRE(bad);
  CHECK(bad->status == 400);
  CHECK(bad->body == "{\"two\":2}");
}

TEST_CASE("a redirection is followed but not for ever") {
  FakeServer server([](const HttpRequest& request) {
    const char* next = request.path == "/old" ? "/new" : "/circle";
    if (request.path == "/new") return support::respond_json(200, "here");
    return support::respond(302, {{"Location", next}}, "");
  });
  const Result<GetAnswer> found = http_get(address(server, "/old"), {});
  REQUIRE(found);
  CHECK(found->body == "here");
  const Result<GetAnswer> lost = http_get(address(server, "/circle"), {});
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code() == ErrorCode::refused);
}

TEST_CASE("half an answer is none") {
  const std::string body(1000, 'x');
  FakeServer server([&](const HttpRequest&) {
    const Answer whole = support::respond_json(200, body);
    return support::cut(whole, support::size_of(whole) - 1, End::close);
  });
  const Result<GetAnswer> answer = http_get(address(server, "/"), {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == ErrorCode::transport);
  CHECK(answer.error().message().starts_with(address(server, "/") + ": "));
}

TEST_CASE("more than is wanted is refused") {
  FakeServer server(
      [](const HttpRequest&) { return support::respond_json(200, std::string(1001, 'x')); });
  const Result<GetAnswer> within = http_get(address(server, "/"), {.most_bytes = 1001});
  REQUIRE(within);
  CHECK(within->body.size() == 1001);
  const Result<GetAnswer> beyond = http_get(address(server, "/"), {.most_bytes = 1000});
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().code() == ErrorCode::refused);
}

TEST_CASE("an address that is none and a port where nobody is are told apart") {
  std::string closed;
  {
    const FakeServer server([](const HttpRequest&) { return Answer(); });
    closed = address(server, "/");
  }
  const Result<GetAnswer> nobody = http_get(closed, {});
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code() == ErrorCode::transport);
  const Result<GetAnswer> file = http_get("file:///etc/passwd", {});
  REQUIRE_FALSE(file);
  CHECK(file.error().code() == ErrorCode::refused);
}

}  // namespace
}  // namespace proctor::backends
