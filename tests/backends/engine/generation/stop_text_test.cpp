#include "backends/engine/generation/stop_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using proctor::engine::StopText;

namespace {

// What is shown of a text that comes in pieces of the given size.
std::string shown(const std::string& text, std::vector<std::string> stops, std::size_t piece) {
  StopText stop(std::move(stops));
  std::string result;
  for (std::size_t at = 0; at < text.size() && !stop.stopped(); at += piece) {
    result += stop.push(text.substr(at, piece));
  }
  return stop.stopped() ? result : result + stop.flush();
}

}  // namespace

TEST_CASE("text ends before the first stop string, however it is cut into pieces") {
  struct Row {
    const char* text;
    std::vector<std::string> stops;
    const char* expected;
  };
  const Row rows[] = {
      {"one two three", {}, "one two three"},
      {"one two three", {""}, "one two three"},
      {"one two three", {"two"}, "one "},
      {"one two three", {"three", "two"}, "one "},
      {"one two three", {"twx", "four"}, "one two three"},
      {"aaab", {"aab"}, "a"},
      {"ababac", {"abac"}, "ab"},
      {"stop", {"stop"}, ""},
      {"sto", {"stop"}, "sto"},
      {"x###y", {"##", "###"}, "x"},
      {"", {"a"}, ""},
  };
  for (const Row& row : rows) {
    for (std::size_t piece = 1; piece < 8; ++piece) {
      CAPTURE(row.text);
      CAPTURE(piece);
      CHECK(shown(row.text, row.stops, piece) == row.expected);
    }
  }
}

TEST_CASE("what cannot become a stop string is shown at once") {
  StopText stop({"END"});
  CHECK(stop.push("abc") == "abc");
  CHECK(stop.push("dE") == "d");
  CHECK(stop.push("N") == "");
  CHECK(stop.push("x") == "ENx");
  CHECK(stop.push("EN") == "");
  CHECK(!stop.stopped());
  CHECK(stop.push("Drest") == "");
  CHECK(stop.stopped());
}

TEST_CASE("random texts end before the first stop string that is complete") {
  std::mt19937_64 random(3);
  const auto word = [&](std::size_t longest) {
    std::string text;
    for (std::size_t length = 1 + random() % longest; text.size() < length;) {
      text += "ab"[random() % 2];
    }
    return text;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string text = word(30);
    const std::vector<std::string> stops = {word(5), word(6)};
    std::string expected = text;
    for (std::size_t end = 1; end <= text.size() && expected == text; ++end) {
      const std::string_view read = std::string_view(text).substr(0, end);
      for (const std::string& stop : stops) {
        if (read.ends_with(stop)) expected.resize(std::min(expected.size(), end - stop.size()));
      }
    }
    CHECK(shown(text, stops, 1 + random() % 4) == expected);
  }
}
