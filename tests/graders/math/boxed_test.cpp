#include "graders/math/boxed.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace proctor::graders {
namespace {

std::string repeated(const std::string& piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

// What the last box holds with its wrappers gone, or "none".
std::string last_answer(const std::string& text) {
  const std::optional<Box> box = last_box(text);
  if (!box) return "none";
  return without_boxes(text.substr(box->content.begin, box->content.end - box->content.begin));
}

TEST_CASE("the last box with content is found and its braces are matched") {
  struct Row {
    const char *text, *answer;
  };
  const Row kRows[] = {
      {"so $\\boxed{5}$.", "5"},
      {"\\boxed{5} then \\boxed{6}", "6"},
      {"\\fbox{5}", "5"},
      {"\\boxed {5}", "5"},
      {"\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"},
      {"\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"},
      {"\\boxed{\\left\\{ x \\right.}", "\\left\\{ x \\right."},
      {"\\boxed{a \\\\ b}", "a \\\\ b"},
      {"\\\\boxed{5}", "5"},
      {"\\\\\\boxed{5}", "5"},
      {"\\boxed 5", "5"},
      {"\\boxed 25 is it", "25"},
      {"$\\boxed 25$", "25"},
      {"\\boxed \\frac{1}{2} is it", "\\frac{1}{2}"},
      {"\\(\\boxed -5\\)", "-5"},
      {"\\boxed{5} as asked in \\boxed and done", "5"},
      {"\\boxed{5}. I put it in \\boxed{} as told", "5"},
      {"\\boxed{5} and \\boxed{ \n }", "5"},
      {"\\boxed{\\boxed{5}}", "5"},
      {"\\boxed{x = \\boxed{5}}", "x = 5"},
      {"\\boxed{\\fbox{\\frac{1}{2}}}", "\\frac{1}{2}"},
      {"\\boxed{5} and \\boxed{\\boxed{}}", "5"},
      {"{{ \\boxed{5}", "5"},
      {"}} \\boxed{5}}", "5"},
      {"\\boxedsize{5}", "none"},
      {"boxed{5}", "none"},
      {"\\boxed{}", "none"},
      {"\\boxed", "none"},
      {"\\", "none"},
      {"", "none"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(last_answer(row.text) == row.answer);
  }
}

TEST_CASE("an unterminated box holds the rest of the text and says so") {
  const std::string text = "first \\boxed{4}, then \\boxed{\\frac{1}{2}";
  const std::optional<Box> box = last_box(text);
  REQUIRE(box);
  CHECK_FALSE(box->closed);
  CHECK(box->content == Span{text.size() - 11, text.size()});

  CHECK(last_answer("\\boxed{\\boxed{5") == "5");
  CHECK(last_answer("\\boxed{5 \\boxed{") == "5 ");
  CHECK(last_answer("a slip \\boxed{4 and then \\boxed{5} is right") == "5");
  CHECK(last_box("a slip \\boxed{4 and then \\boxed{5} is right")->closed);
}

TEST_CASE("a million boxes or braces take one pass and no recursion") {
  constexpr int kMany = 1'000'000;
  CHECK(last_answer(repeated("\\boxed{", kMany)) == "none");
  CHECK(last_answer(repeated("\\boxed ", kMany)) == "none");
  CHECK(last_answer(repeated("\\boxed{}", kMany)) == "none");
  CHECK(last_answer(repeated("{", kMany)) == "none");
  CHECK(last_answer(repeated("{", kMany) + "\\boxed{5}") == "5");
  CHECK(last_answer("\\boxed{5}" + repeated("}", kMany)) == "5");
  CHECK(last_answer(repeated("\\boxed{", kMany) + "5" + repeated("}", kMany)) == "5");
  CHECK(last_answer(repeated("\\boxed{", kMany) + "5") == "5");
  CHECK(last_answer(repeated("\\boxed 5{", kMany) + "\\boxed{6}") == "6");
  CHECK(last_answer("\\boxed{7" + repeated("\\", kMany) + "}") == "7" + repeated("\\", kMany));
}

std::vector<std::string> recent(const std::string& text, BoxSpelling spelling) {
  std::vector<std::string> contents;
  for (const Box& box : recent_boxes(text, spelling)) {
    contents.push_back(text.substr(box.content.begin, box.content.end - box.content.begin));
    const char last = box.closed ? text[box.whole.end - 1] : '}';
    CHECK((last == '}' || contents.back().find('}') == std::string::npos));
  }
  return contents;
}

TEST_CASE("recent boxes are the outermost ones in order") {
  using List = std::vector<std::string>;
  constexpr BoxSpelling kExact = BoxSpelling::exact;
  CHECK(recent("\\boxed{1} and \\boxed{2}", kExact) == List{"1", "2"});
  CHECK(recent("\\boxed{1}, \\boxed{\\boxed{2}+\\boxed{3}}", kExact) ==
        List{"1", "\\boxed{2}+\\boxed{3}"});
  CHECK(recent("\\boxed{1} \\boxed{} \\boxed{2", kExact) == List{"1", "2"});
  CHECK(recent("\\boxed 1, \\boxed 2", kExact) == List{"1,", "2"});
  CHECK(recent("nothing", kExact).empty());
  CHECK(recent(repeated("\\boxed{7}", 100), kExact) == List(kMostRecentBoxes, "7"));
}

TEST_CASE("a box whose command was damaged is found only where damage is allowed") {
  struct Row {
    const char *text, *content;
  };
  constexpr Row kRows[] = {
      {"boxed{5}", "5"},   {"\\beginboxed{5}", "5"},
      {"fbox{5}", "5"},    {"$\boxed{5}$", "5"},  // backslash and b were read as a backspace
      {"$\fbox{5}$", "5"},                        // backslash and f as a form feed
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(recent(row.text, BoxSpelling::damaged) == std::vector<std::string>{row.content});
    CHECK(recent(row.text, BoxSpelling::exact).empty());
  }
  CHECK(recent("it is boxed (5)", BoxSpelling::damaged).empty());
}

TEST_CASE("a box that holds only a phantom is a blank to be filled in") {
  using List = std::vector<std::string>;
  const std::string text = "\\boxed{4} fills $x + \\boxed{\\phantom{2}}$";
  CHECK(recent(text, BoxSpelling::damaged) == List{"4"});
  CHECK(recent(text, BoxSpelling::exact) == List{"4", "\\phantom{2}"});
  CHECK(recent("\\boxed{\\phantom{2}3}", BoxSpelling::damaged) == List{"\\phantom{2}3"});
}

}  // namespace
}  // namespace proctor::graders
