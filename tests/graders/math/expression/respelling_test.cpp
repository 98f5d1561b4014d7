// An answer's tree does not depend on how it is typeset, nor on the usual damage.
#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/graders/math/expression/tree.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::math {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A decoder of JSON takes \f, \t, \n, \r and \b for control characters.
std::string decoded(std::string_view text) {
  const auto control = [](char letter) {
    switch (letter) {
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      default:
        return letter == 't' ? '\t' : '\0';
    }
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? control(text[i + 1]) : '\0';
    out += next == '\0' ? text[i] : next;
    if (next != '\0') ++i;
  }
  return out;
}

struct Respelling {
  std::string name;
  std::function<std::string(const std::string&)> apply;
};

const Respelling kRespellings[] = {
    {"in dollars", [](const std::string& text) { return "$" + text + "$"; }},
    {"in a display", [](const std::string& text) { return "\\[ " + text + " \\]"; }},
    {"in a box", [](const std::string& text) { return "\\boxed{" + text + "}"; }},
    {"in a group", [](const std::string& text) { return "{" + text + "}"; }},
    {"in bold", [](const std::string& text) { return "**" + text + "**"; }},
    {"at the end of a sentence", [](const std::string& text) { return text + "."; }},
    {"in display style", [](const std::string& text) { return "\\displaystyle " + text; }},
    {"with large fractions",
     [](const std::string& text) { return replaced(text, "\\frac", "\\dfrac"); }},
    {"with growing brackets",
     [](const std::string& text) {
       if (text.find("\\left") != std::string::npos) return text;
       return replaced(replaced(text, "(", "\\left("), ")", "\\right)");
     }},
    {"with a typographic minus",
     [](const std::string& text) { return replaced(text, "-", "\xE2\x88\x92"); }},
    {"with doubled backslashes",
     [](const std::string& text) { return replaced(text, "\\", "\\\\"); }},
    {"with backslashes decoded", [](const std::string& text) { return decoded(text); }},
    {"in a box that never closes", [](const std::string& text) { return "\\boxed{" + text; }},
};

void check_respellings(const std::vector<std::string>& answers) {
  for (const std::string& answer : answers) {
    const std::string tree = tree_of(answer);
    CAPTURE(answer);
    CHECK(tree != "unparsed");
    for (const Respelling& respelling : kRespellings) {
      CAPTURE(respelling.name);
      CHECK(tree_of(respelling.apply(answer)) == tree);
    }
  }
}

TEST_CASE("an answer has one tree in every typesetting") {
  check_respellings({
      "17",
      "-\\frac{5}{8}",
      "\\frac{3\\sqrt{7}}{2} - 1",
      "(2, -\\frac{\\pi}{3})",
      "[-4, 1) \\cup (6, \\infty)",
      "3x^2 - 5x + 11",
      "\\begin{pmatrix} 2 & -1 \\\\ 0 & 9 \\end{pmatrix}",
      "\\text{no real roots}",
      "12\\text{ cm}^2",
      "x = 4 \\text{ or } x = -9",
      "\\{ -1, 0, 1 \\}",
      "1{,}024",
      "\\theta = \\tan^{-1} 2",
      "6 \\times 10^{-3}",
      "2 - 9i",
      "\\$4.75",
      "35^\\circ",
      "231_7",
  });
}

TEST_CASE("every answer of MATH-500 has one tree in every typesetting") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the developers' data: ../shared/data is missing");
  std::ifstream in(data / "math500" / "test.jsonl");
  std::vector<std::string> answers;
  for (std::string line; std::getline(in, line);) {
    answers.push_back(nlohmann::json::parse(line).at("answer"));
  }
  CHECK(answers.size() == 500);
  check_respellings(answers);
}

}  // namespace
}  // namespace proctor::graders::math
