#include "graders/think.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

namespace proctor::graders {
namespace {

Generation reply_of(std::string_view text, std::string_view reasoning = "",
                    FinishReason finish = FinishReason::stop) {
  Generation reply;
  reply.text = text;
  reply.reasoning = reasoning;
  reply.finish = finish;
  return reply;
}

std::string answer_of(const Generation& reply, const ThinkSplit& split) {
  return reply.text.substr(split.answer.begin, split.answer.end - split.answer.begin);
}

// The rules of think.h read off a list of tokens: slow, and plain.
ThinkSplit split_by_tokens(const std::string& text) {
  ThinkSplit split{Thinking::absent, {0, text.size()}};
  bool open_after_close = false;
  bool substance_so_far = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::string rest = text.substr(at);
    if (rest.rfind("<think>", 0) == 0) {
      open_after_close = true;
      at += 7;
    } else if (rest.rfind("</think>", 0) == 0) {
      open_after_close = false;
      at += 8;
      split = {substance_so_far ? Thinking::closed : Thinking::empty, {at, text.size()}};
    } else {
      if (text[at] != ' ' && text[at] != '\n') substance_so_far = true;
      ++at;
    }
  }
  if (open_after_close) return {Thinking::unclosed, {text.size(), text.size()}};
  return split;
}

TEST_CASE("thinking ends at the last closing tag and the answer begins there") {
  struct Row {
    const char *text, *reasoning;
    FinishReason finish;
    bool prefilled;
    Thinking state;
    const char* answer;
  };
  constexpr auto kStop = FinishReason::stop;
  constexpr auto kLength = FinishReason::length;
  constexpr Row kRows[] = {
      {"5", "", kStop, false, Thinking::absent, "5"},
      {"5", "", kLength, false, Thinking::absent, "5"},
      {"<think>a</think>5", "", kStop, false, Thinking::closed, "5"},
      {"a</think>5", "", kStop, true, Thinking::closed, "5"},  // the template wrote the tag
      {"a</think>5", "", kStop, false, Thinking::closed, "5"},
      {"a</think>5", "", kLength, true, Thinking::closed, "5"},
      {"<think>a", "", kStop, false, Thinking::unclosed, ""},
      {"<think>a</think>5<think>6", "", kStop, false, Thinking::unclosed, ""},
      {"<think>a</think>b</think>5", "", kStop, false, Thinking::closed, "5"},
      {"<think>a<think>b</think>5", "", kStop, false, Thinking::closed, "5"},
      {"<think><think>a</think>b</think>5", "", kStop, false, Thinking::closed, "5"},
      {"<think>\n\n</think>5", "", kStop, false, Thinking::empty, "5"},
      {"\n</think>5", "", kStop, true, Thinking::empty, "5"},
      {"<think> <think> </think></think>5", "", kStop, false, Thinking::empty, "5"},
      {"<think> . </think>5", "", kStop, false, Thinking::closed, "5"},
      {"a</think>", "", kStop, false, Thinking::closed, ""},
      {"a, cut at the limit", "", kLength, true, Thinking::unclosed, ""},
      {"a loop", "", FinishReason::repetition, true, Thinking::unclosed, ""},
      {"ended itself", "", kStop, true, Thinking::absent, "ended itself"},
      {"5", "apart", kStop, false, Thinking::closed, "5"},
      {"5", "apart", kLength, false, Thinking::closed, "5"},
      {"5", "apart", kLength, true, Thinking::closed, "5"},
      {"", "apart", kStop, false, Thinking::closed, ""},
      {"", "apart", kLength, false, Thinking::unclosed, ""},
      {"5", " \n", kStop, false, Thinking::empty, "5"},
      {" </think>5", "apart", kStop, false, Thinking::closed, "5"},
      {"<think>a", "apart", kStop, false, Thinking::unclosed, ""},
      {"<Think>5", "", kStop, false, Thinking::absent, "<Think>5"},
      {"", "", kStop, false, Thinking::absent, ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CAPTURE(row.reasoning);
    CAPTURE(row.prefilled);
    const Generation reply = reply_of(row.text, row.reasoning, row.finish);
    const ThinkSplit split = split_thinking(reply, row.prefilled);
    CHECK(name_of(split.state) == name_of(row.state));
    CHECK(answer_of(reply, split) == row.answer);
  }
}

TEST_CASE("splitting agrees with a token by token reference on random tag soup") {
  constexpr std::string_view kPieces[] = {"<think>", "</think>", "<think", "think>", "</",
                                          "<",       " ",        "\n",     "a",      "5"};
  std::mt19937 random(20240613);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const auto pieces = random() % 9;
    for (unsigned piece = 0; piece < pieces; ++piece) text += kPieces[random() % 10];
    CAPTURE(text);
    const ThinkSplit expected = split_by_tokens(text);
    const ThinkSplit split = split_thinking(reply_of(text), false);
    REQUIRE(name_of(split.state) == name_of(expected.state));
    REQUIRE(split.answer == expected.answer);
  }
}

TEST_CASE("a reply without a final part says why and any other says nothing") {
  struct Row {
    const char* text;
    FinishReason finish;
    const char* reason;
  };
  constexpr Row kRows[] = {
      {"", FinishReason::empty, "empty reply"},
      {"", FinishReason::stop, "empty reply"},
      {"<think>a", FinishReason::stop, "thinking not closed"},
      {"<think>a", FinishReason::length, "thinking not closed, cut at the token limit"},
      {"a</think> \n", FinishReason::stop, "nothing after the thinking"},
      {"a</think> 5", FinishReason::stop, ""},
      {"5", FinishReason::length, ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const Generation reply = reply_of(row.text, "", row.finish);
    CHECK(why_nothing_is_final(reply, split_thinking(reply, false)).value_or("") == row.reason);
  }
}

TEST_CASE("a megabyte of tags is split in one pass") {
  std::string text;
  for (int i = 0; i < 150'000; ++i) text += "<think>";
  CHECK(split_thinking(reply_of(text), false).state == Thinking::unclosed);
  for (int i = 0; i < 150'000; ++i) text += "</think>";
  const ThinkSplit split = split_thinking(reply_of(text + "5"), false);
  CHECK(split.state == Thinking::empty);
  CHECK(split.answer == Span{text.size(), text.size() + 1});
}

}  // namespace
}  // namespace proctor::graders
