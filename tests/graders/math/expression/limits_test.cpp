// What costs too much is refused before it costs anything.
#include <doctest/doctest.h>

#include <string>

#include "graders/math/expression/parser.h"
#include "tests/graders/math/expression/tree.h"

namespace proctor::graders::math {
namespace {

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST_CASE("an answer may be nested two hundred deep and not a thousand") {
  struct Row {
    const char *before, *middle, *after;
  };
  constexpr Row kRows[] = {
      {"(", "7", ")"},     {"{", "7", "}"},          {"\\left(", "7", "\\right)"},
      {"-(", "7", ")"},    {"\\frac{1}{", "7", "}"}, {"\\sqrt{", "7", "}"},
      {"\\sqrt", "7", ""}, {"x^", "7", ""},          {"x^{", "7", "}"},
      {"\\sin ", "7", ""}, {"|", "7", "|"},          {"\\{", "7", "\\}"},
      {"f(", "7", ")"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.before);
    const auto nested = [&](std::size_t depth) {
      return repeated(row.before, depth) + row.middle + repeated(row.after, depth);
    };
    const std::string shallow = tree_of(nested(100));
    CHECK(shallow != "over_budget");
    CHECK(shallow != "unparsed");
    CHECK(tree_of(nested(1000)) == "over_budget");
  }
  CHECK(tree_of(repeated("(", 200) + "7" + repeated(")", 200)) == "7");
  CHECK(tree_of(repeated("{", 200) + "7" + repeated("}", 200)) == "7");
}

TEST_CASE("an answer may have five thousand digits") {
  const std::string digits(5000, '7');
  CHECK(tree_of(digits) == digits);
  CHECK(tree_of("-" + digits) == "(negative " + digits + ")");
}

TEST_CASE("an answer of more than twenty thousand bytes is over budget") {
  CHECK(tree_of(std::string(20'000, '1')) == std::string(20'000, '1'));
  CHECK(tree_of(std::string(20'001, '1')) == "over_budget");
}

TEST_CASE("twenty thousand bytes or a megabyte of anything end in a tree or a failure") {
  for (const char* piece : {"(",
                            ")",
                            "[",
                            "]",
                            "{",
                            "}",
                            "\\{",
                            "|",
                            "\\frac",
                            "\\frac{",
                            "\\sqrt",
                            "\\sqrt[",
                            "\\sin ",
                            "\\log_",
                            "^",
                            "_",
                            "x^",
                            "x_{",
                            "-",
                            "+",
                            "!",
                            "'",
                            "1,",
                            "1 ",
                            "1,234",
                            "0.\\dot1",
                            "1\\frac",
                            "x=",
                            "x<",
                            "x,",
                            "x;",
                            "x=1,",
                            " and ",
                            "abc ",
                            "5 cm ",
                            "5 hours ",
                            "\\text{",
                            "\\text{1",
                            "\\text{a b",
                            "\\mathrm{1",
                            "$",
                            "$$",
                            "**",
                            "\\\\",
                            "\\",
                            "&",
                            "\\left(",
                            "\\right)",
                            "\\begin{cases}",
                            "\\begin{matrix}",
                            "\\end{matrix}",
                            "a(",
                            "f(",
                            "f(x)=",
                            "\\sum_{",
                            "\\int ",
                            "\\pm",
                            "\\overline",
                            "\\vec",
                            "\\{x|",
                            "\\boxed{",
                            "\\over ",
                            "{a\\over",
                            "\\cup",
                            "\\not",
                            "<",
                            "~",
                            "\t",
                            "\xE2\x88\x9A",
                            "\xEF\xBC\x91",
                            "\xC2\xB2",
                            "\xFF",
                            "\x01"}) {
    CAPTURE(piece);
    for (const std::size_t size : {std::size_t{19'990}, std::size_t{1'000'000}}) {
      std::string text = repeated(piece, size / std::string_view(piece).size());
      Arena arena;
      const Parsed parsed = parse_answer(text, arena);
      CHECK((parsed.root != nullptr) == (parsed.failure == ParseFailure::none));
      CHECK(arena.nodes() <= 25'000);
      if (text.size() > 20'000) CHECK(parsed.failure == ParseFailure::over_budget);
    }
  }
}

TEST_CASE("an arena that is cleared serves the next answer") {
  Arena arena;
  CHECK(parse_answer("x^2+1", arena).failure == ParseFailure::none);
  arena.clear();
  const Parsed parsed = parse_answer("\\frac12", arena);
  CHECK(parsed.failure == ParseFailure::none);
  CHECK(to_string(*parsed.root) == "(quotient 1 2)");
}

}  // namespace
}  // namespace proctor::graders::math
