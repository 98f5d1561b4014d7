#include "graders/math/formulas.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace proctor::graders::math {
namespace {

using Contents = std::vector<std::string>;

Contents contents(const std::string& text) {
  Contents found;
  for (const Formula& formula : find_formulas(text)) {
    CHECK(formula.whole.begin < formula.content.begin);
    CHECK(formula.content.end < formula.whole.end);
    found.push_back(
        text.substr(formula.content.begin, formula.content.end - formula.content.begin));
  }
  return found;
}

TEST_CASE("formulas are found between all their delimiters") {
  struct Row {
    const char* text;
    Contents formulas;
  };
  const Row kRows[] = {
      {"a $x$ b $$y$$ c \\(z\\) d \\[w\\]", {"x", "y", "z", "w"}},
      {"$ \n 9 \n $", {" \n 9 \n "}},
      {"\\[\n9\n\\]", {"\n9\n"}},
      {"\\begin{align*} a &= b \\end{align*}", {" a &= b "}},
      {"\\begin{equation}5\\end{equation}", {"5"}},
      {"$19, 46, and 82$", {"19, 46, and 82"}},
      {"$x \\text{ for all real } y$", {"x \\text{ for all real } y"}},
      {"$21$ or $11$", {"21", "11"}},
      {"$\\$5$", {"\\$5"}},
      {"", {}},
      {"no formula", {}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(contents(row.text) == row.formulas);
  }
}

TEST_CASE("money and stray dollar signs are no formulas") {
  struct Row {
    const char* text;
    Contents formulas;
  };
  const Row kRows[] = {
      {"between $5 and $6 in all", {}},
      {"it costs \\$5 and \\$6", {}},
      {"how many $? just about $1$", {"1"}},
      {"a $ that nobody closed", {}},
      {"$a\n\nb$", {}},
      {"$$", {}},
      {"$x$ of $ and $y$", {"x", "y"}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(contents(row.text) == row.formulas);
  }
}

TEST_CASE("a megabyte of delimiters takes one pass") {
  for (const char* piece : {"$", "$ ", "\\(", "\\[ ", "$$ a ", "\\begin{align}", "$a b$", "\\"}) {
    CAPTURE(piece);
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    CHECK(find_formulas(text).size() <= text.size());
  }
}

}  // namespace
}  // namespace proctor::graders::math
