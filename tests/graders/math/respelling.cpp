#include "tests/graders/math/respelling.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>

namespace proctor::graders {
namespace {

bool is_integer(const std::string& text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  return text.size() > sign &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(sign), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// "(a)" as "\left(a\right)"; nothing if the brackets do not pair up by kind, as an interval's.
std::optional<std::string> with_left_and_right(const std::string& text) {
  const auto count = [&](char c) { return std::count(text.begin(), text.end(), c); };
  const bool set_already = text.find("\\left") != std::string::npos;
  const bool whole =
      text.starts_with('(') && text.ends_with(')') && count('(') == 1 && count(')') == 1;
  if (set_already || !whole) return std::nullopt;
  return "\\left" + text.substr(0, text.size() - 1) + "\\right)";
}

// 3/8 as 0.375; nothing if it does not end.
std::optional<std::string> as_decimal(const std::string& text) {
  std::smatch parts;
  if (!std::regex_match(text, parts, std::regex(R"((-?)\\frac\{(\d{1,6})\}\{(\d{1,6})\})"))) {
    return std::nullopt;
  }
  long long numerator = std::stoll(parts[2]);
  const long long denominator = std::stoll(parts[3]);
  std::string digits = std::to_string(numerator / denominator) + ".";
  numerator %= denominator;
  constexpr int kMostDigits = 12;
  for (int i = 0; i < kMostDigits && numerator != 0; ++i) {
    numerator *= 10;
    digits += std::to_string(numerator / denominator);
    numerator %= denominator;
  }
  if (numerator != 0) return std::nullopt;
  return parts[1].str() + digits;
}

// "1,-2" as "-2,1"; nothing for numbers with grouped digits and what has brackets or words.
std::optional<std::string> in_reverse(const std::string& text) {
  if (text.find_first_of("([{\\") != std::string::npos) return std::nullopt;
  if (std::regex_search(text, std::regex(R"(\d,\d\d\d)"))) return std::nullopt;
  std::vector<std::string> items;
  std::size_t begin = 0;
  for (std::size_t comma; (comma = text.find(',', begin)) != std::string::npos; begin = comma + 1) {
    items.push_back(text.substr(begin, comma - begin));
  }
  if (items.empty()) return std::nullopt;
  std::string reversed = text.substr(begin);
  for (auto item = items.rbegin(); item != items.rend(); ++item) reversed += ", " + *item;
  return reversed;
}

std::string grouped(const std::string& digits) {
  std::string text = digits;
  for (std::size_t at = text.size();
       at > 3 && std::isdigit(static_cast<unsigned char>(text[at - 4]));) {
    at -= 3;
    text.insert(at, "{,}");
  }
  return text;
}

}  // namespace

std::vector<Respelling> respellings(const std::string& answer) {
  std::vector<Respelling> all = {
      {"spaces around", "  " + answer + "\\, "},
      {"in dollars", "$" + answer + "$"},
      {"in parentheses of LaTeX", "\\(" + answer + "\\)"},
      {"displayed", "\\displaystyle " + answer},
      {"full stop", answer + "."},
      {"in braces", "{" + answer + "}"},
      {"boxed again", "\\boxed{" + answer + "}"},
      {"wide spaces", replaced(answer, " ", " \\; ")},
  };
  const auto add = [&](const char* rule, const std::optional<std::string>& text) {
    if (text && *text != answer) all.push_back({rule, *text});
  };
  add("large fractions", replaced(answer, "\\frac", "\\dfrac"));
  add("small fractions", replaced(answer, "\\frac", "\\tfrac"));
  add("left and right", with_left_and_right(answer));
  add("decimal", as_decimal(answer));
  add("reversed", in_reverse(answer));
  add("other text", replaced(answer, "\\text{", "\\mbox{"));
  add("slash",
      std::regex_replace(answer, std::regex(R"(^(-?)\\frac\{(\d+)\}\{(\d+)\}$)"), "$1$2/$3"));
  add("no braces",
      std::regex_replace(answer, std::regex(R"(\\frac\{(\d)\}\{(\d)\})"), "\\frac$1$2"));
  add("roots", std::regex_replace(answer, std::regex(R"(\\sqrt\{(\d)\})"), "\\sqrt$1"));
  add("roots as powers",
      std::regex_replace(answer, std::regex(R"(\\sqrt\{(\d+)\})"), "{$1^{1/2}}"));
  if (is_integer(answer)) {
    add("decimal zero", answer + ".0");
    add("as text", "\\text{" + answer + "}");
    add("assigned", "n = " + answer);
    add("grouped", grouped(answer));
    add("over one", "\\frac{" + answer + "}{1}");
    add("leading zero", answer.starts_with('-') ? answer : "0" + answer);
  }
  return all;
}

std::string perturbed(const std::string& answer) {
  const std::size_t digit = answer.find_last_of("0123456789");
  if (digit != std::string::npos) {
    std::string other = answer;
    other[digit] = other[digit] == '9' ? '8' : static_cast<char>(other[digit] + 1);
    return other;
  }
  if (answer.find("\\text{") != std::string::npos) return replaced(answer, "\\text{", "\\text{un");
  return answer + "+1";
}

}  // namespace proctor::graders
