#include "backends/remote/reply_reader.h"

#include <doctest/doctest.h>

#include <string>

#include "backends/remote/blot_out.h"

using namespace proctor;
using namespace proctor::backends;

namespace {

const std::string kWhole = R"({"choices":[{"message":{"content":"four"},"finish_reason":"stop"}]})";
const std::string kText = "data: {\"choices\":[{\"delta\":{\"content\":\"four\"}}]}\n\n";
const std::string kEnd = "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n";

// A response to whose body nothing is missing, of a 200 or another status.
ReplyReader reader_of(bool event_stream, std::string_view body, bool ok = true) {
  ReplyReader reader(Wire::chat);
  reader.begin(ok, event_stream);
  CHECK(reader.take(body));
  return reader;
}

HttpOutcome ended(long status, std::string content_type = "application/json") {
  return {
      .status = status, .content_type = std::move(content_type), .retry_after = {}, .error = {}};
}

HttpOutcome broken_off() {
  HttpOutcome outcome = ended(200);
  outcome.error = Error(ErrorCode::transport, "the line is dead");
  return outcome;
}

}  // namespace

TEST_CASE("a reply is read whichever form the server chose") {
  for (const bool event_stream : {false, true}) {
    CAPTURE(event_stream);
    ReplyReader reader = reader_of(event_stream, event_stream ? kText + kEnd : kWhole);
    CHECK(reader.is_stream() == event_stream);
    const Result<Generation> reply = reader.finish(ended(200), "");
    REQUIRE(reply);
    CHECK(reply->text == "four");
  }
}

TEST_CASE("a connection that breaks costs what the model had not finished") {
  CHECK(reader_of(true, kText + kEnd).finish(broken_off(), ""));
  CHECK_FALSE(reader_of(true, kText).finish(broken_off(), ""));
  CHECK_FALSE(reader_of(true, kText + kEnd.substr(0, kEnd.size() - 2)).finish(broken_off(), ""));
  CHECK_FALSE(reader_of(false, kWhole).finish(broken_off(), ""));
}

TEST_CASE("an event that no blank line ends counts when the stream ends in good order") {
  CHECK(reader_of(true, kText + kEnd.substr(0, kEnd.size() - 2)).finish(ended(200), ""));
  CHECK_FALSE(reader_of(true, kText).finish(ended(200), ""));
}

TEST_CASE("what is no reply says what it was and not the key") {
  struct Row {
    long status;
    const char* type;
    const char* body;
    const char* message;
  };
  constexpr Row kRows[] = {
      {500, "application/json", R"({"error":{"message":"out of memory"}})", "out of memory"},
      {401, "application/json", R"({"error":{"message":"bad key sk-7"}})", "bad key [key]"},
      {200, "text/html", "<html>busy</html>", "HTML page"},
      {200, "application/json", "", "empty"},
      {200, "application/json", R"({"error":"gone"})", "gone"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.body);
    ReplyReader reader = reader_of(false, row.body, row.status == 200);
    const Result<Generation> reply = reader.finish(ended(row.status, row.type), "sk-7");
    REQUIRE_FALSE(reply);
    CHECK(reply.error().message().find(row.message) != std::string::npos);
    CHECK(reply.error().message().find("sk-7") == std::string::npos);
  }
}

TEST_CASE("a broken event ends the reading and nothing after it mends it") {
  ReplyReader reader(Wire::chat);
  reader.begin(true, true);
  CHECK(reader.take(kText));
  CHECK_FALSE(reader.take("data: {\"choi\n\n"));
  CHECK_FALSE(reader.take(kEnd));
  CHECK_FALSE(reader.finish(ended(200), ""));
  reader.restart();
  CHECK_FALSE(reader.begun());
  CHECK(reader.bytes() == 0);
  reader.begin(true, true);
  CHECK(reader.take(kText + kEnd));
  CHECK(reader.finish(ended(200), ""));
}

TEST_CASE("what is longer than any reply is given up and an error page merely cut") {
  const std::string piece(std::size_t{1} << 20, 'x');
  ReplyReader reply(Wire::chat);
  reply.begin(true, false);
  ReplyReader refusal(Wire::chat);
  refusal.begin(false, false);
  for (std::size_t taken = piece.size(); taken <= kMostReplyBytes; taken += piece.size()) {
    REQUIRE(reply.take(piece));
    REQUIRE(refusal.take(piece));
  }
  CHECK_FALSE(reply.take(piece));
  CHECK(reply.finish(ended(200), "").error().message().find("64 MiB") != std::string::npos);
  CHECK(refusal.take(piece));
  CHECK(refusal.bytes() < 2 * piece.size());
}

TEST_CASE("a secret is blotted out wherever it stands") {
  CHECK(blotted_out("sk-7 and sk-7", "sk-7") == "[key] and [key]");
  CHECK(blotted_out("nothing here", "sk-7") == "nothing here");
  CHECK(blotted_out("no secret", "") == "no secret");
  // The blot itself is not searched again.
  CHECK(blotted_out("key", "key") == "[key]");
  CHECK(blotted_out("k and k", "k") == "[key] and [key]");
}
