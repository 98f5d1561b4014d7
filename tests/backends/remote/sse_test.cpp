#include "backends/remote/sse.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using proctor::backends::SseParser;

namespace {

std::vector<std::string> events_of(SseParser& parser, std::string_view bytes) {
  std::vector<std::string> events;
  parser.feed(bytes, [&](std::string_view payload) { events.emplace_back(payload); });
  return events;
}

}  // namespace

TEST_CASE("events are read as the specification of event streams says") {
  struct Row {
    const char* bytes;
    std::vector<std::string> events;
  };
  const Row kRows[] = {
      {"data: a\n\n", {"a"}},
      {"data:a\n\ndata:  b\n\n", {"a", " b"}},
      {"data: a\r\n\r\ndata: b\r\n\r\n", {"a", "b"}},
      {"error: {\"code\":400}\n\ndata: [DONE]\n\n", {"{\"error\": {\"code\":400}}", "[DONE]"}},
      {"errors: a\n\n", {}},
      {"data: a\r\rdata: b\r\r", {"a", "b"}},
      {"data: a\ndata: b\n\n", {"a\nb"}},
      {": ping\n\ndata: a\n\n", {"a"}},
      {"event: message_start\nid: 7\ndata: a\nretry: 3\n\n", {"a"}},
      {"data\n\n", {}},
      {"data: unfinished\n", {}},
      {"data: unfinished", {}},
      {"\n\n\n", {}},
      {"data:\n\n", {""}},
      {"\xEF\xBB\xBF"
       "data: a\n\n",
       {"a"}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.bytes);
    SseParser parser;
    CHECK(events_of(parser, row.bytes) == row.events);
  }
}

TEST_CASE("it does not matter where the bytes are cut") {
  const std::string bytes =
      ": hello\r\n\r\ndata: {\"a\":1}\r\n\r\ndata: two\ndata: lines\n\ndata: x\r\rdata: [DONE]\n\n";
  SseParser whole;
  const std::vector<std::string> expected = events_of(whole, bytes);
  REQUIRE(expected.size() == 4);
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    SseParser parser;
    std::vector<std::string> events;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = 1 + random() % 6;
      parser.feed(std::string_view(bytes).substr(at, size),
                  [&](std::string_view payload) { events.emplace_back(payload); });
      at += size;
    }
    REQUIRE(events == expected);
  }
}

TEST_CASE("the end of the stream ends its last event") {
  for (const char* bytes : {"data: a", "data: a\n", "data: a\r", "data: a\r\n", "data: a\n\n"}) {
    CAPTURE(std::string(bytes));
    SseParser parser;
    std::vector<std::string> events = events_of(parser, bytes);
    parser.finish([&](std::string_view payload) { events.emplace_back(payload); });
    CHECK(events == std::vector<std::string>{"a"});
    CHECK(parser.pending() == 0);
  }
}

TEST_CASE("a parser that is reset forgets the half event") {
  SseParser parser;
  CHECK(events_of(parser, "data: old").empty());
  parser.reset();
  CHECK(events_of(parser, "data: new\n\n") == std::vector<std::string>{"new"});
}

TEST_CASE("an event that comes whole is handed over where it lies") {
  const std::string bytes = "data: one\n\ndata:two\r\n\r\n";
  SseParser parser;
  std::vector<const char*> places;
  parser.feed(bytes, [&](std::string_view payload) { places.push_back(payload.data()); });
  REQUIRE(places.size() == 2);
  CHECK(places[0] == bytes.data() + bytes.find("one"));
  CHECK(places[1] == bytes.data() + bytes.find("two"));
  CHECK(parser.pending() == 0);
}

TEST_CASE("lines of any kind in any order are the same events whole and byte by byte") {
  constexpr const char* kPieces[] = {"data: x", "data:",   "data",        ": ping", "id: 1",
                                     "\n",      "\n\n",    "\r\n",        "\r",     "\r\n\r\n",
                                     "\n\r",    "data: y", "\xEF\xBB\xBF"};
  std::mt19937 random(11);
  std::size_t total = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string bytes;
    for (std::size_t i = 1 + random() % 12; i > 0; --i) bytes += kPieces[random() % 13];
    CAPTURE(bytes);
    SseParser whole;
    const std::vector<std::string> events = events_of(whole, bytes);
    SseParser slow;
    std::vector<std::string> slowly;
    for (const char& byte : bytes) {
      slow.feed({&byte, 1}, [&](std::string_view payload) { slowly.emplace_back(payload); });
    }
    REQUIRE(events == slowly);
    REQUIRE(whole.pending() == slow.pending());
    total += events.size();
  }
  CHECK(total > 1'000);
}
