// Numbers: grouped digits, decimals, repetends, mixed numbers, bases, and times of day.
#include <algorithm>

#include "graders/math/expression/reader.h"
#include "graders/math/expression/units.h"
#include "graders/math/expression/words.h"
#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

bool is_hexadecimal(std::string_view letters) {
  return std::ranges::all_of(letters, [](char c) { return c >= 'A' && c <= 'F'; });
}

// Exactly three digits; in the last group a fraction may follow them.
bool is_group(const Token& token) {
  if (!token.is(TokenKind::number) || token.text.size() < 3) return false;
  return is_integer(token.text.substr(0, 3)) && (token.text.size() == 3 || token.text[3] == '.');
}

// 1.50E+03 is 1.50e3, .5 is 0.5.
std::string spelled(std::string_view digits) {
  std::string out;
  if (digits.starts_with('.')) out += '0';
  const std::size_t e = digits.find_first_of("eE");
  out += digits.substr(0, e);
  if (e == std::string_view::npos) return out;
  std::string_view exponent = digits.substr(e + 1);
  const bool negative = exponent.starts_with('-');
  if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
  while (exponent.size() > 1 && exponent.front() == '0') exponent.remove_prefix(1);
  return out + (negative ? "e-" : "e") + std::string(exponent);
}

// Whether a / b is a proper fraction of positive integers, by their digits.
bool is_proper(std::string_view above, std::string_view below) {
  if (!is_integer(above) || !is_integer(below)) return false;
  const auto significant = [](std::string_view digits) {
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
  };
  above = significant(above);
  below = significant(below);
  return !above.empty() &&
         (above.size() < below.size() || (above.size() == below.size() && above < below));
}

// The bases that are written in words.
std::string_view number_word(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"two", "2"},   {"three", "3"}, {"four", "4"}, {"five", "5"},    {"six", "6"},
      {"seven", "7"}, {"eight", "8"}, {"nine", "9"}, {"twelve", "12"}, {"sixteen", "16"},
  };
  for (const auto& [name, digits] : kWords) {
    if (name == word) return digits;
  }
  return {};
}

// Where the digits that go on for ever begin in decimals cut by dots: "0.3636" gives 2, the place
// in the fraction whose tail "36" is repeated. Nothing if no pattern shows.
std::size_t shown_period(std::string_view fraction) {
  for (std::size_t period = 1; period <= fraction.size() / 2; ++period) {
    const std::size_t needed = period == 1 ? 3 : 2 * period;
    if (fraction.size() < needed) continue;
    std::size_t same = 0;
    for (std::size_t i = fraction.size() - period;
         i-- > 0 && fraction[i] == fraction[i + period];) {
      ++same;
    }
    if (same + period >= needed) return period;
  }
  return 0;
}

}  // namespace

const Node* Reader::number() {
  if (const Node* time = clock(); time != nullptr) return time;
  const std::string_view first = next().text;
  if (const std::size_t more = hexadecimal_tokens(); more > 0) {
    std::string digits(first);
    for (std::size_t i = 0; i < more; ++i) digits += next().text;
    return based(digits);
  }
  std::string digits = spelled(first);
  if (is_integer(digits)) {
    if (read_groups(digits) || read_decimal_comma(digits)) return number_node(digits);
  }
  if (read_repetend(digits)) return number_node(digits);
  if (peek().is(TokenKind::letters) && peek().space == Space::none &&
      word_kind(peek().text) == WordKind::ordinal) {
    next();
  }
  const Node* whole = number_node(digits);
  return is_integer(digits) ? mixed(whole) : whole;
}

// How many tokens after a number go on with it in base 16, up to the index: A3 of 1A3_{16}.
std::size_t Reader::hexadecimal_tokens() const {
  std::size_t count = 0;
  for (;; ++count) {
    const Token& token = peek(count);
    const bool goes_on = token.space == Space::none &&
                         ((token.is(TokenKind::letters) && is_hexadecimal(token.text)) ||
                          (token.is(TokenKind::number) && is_integer(token.text)));
    if (!goes_on) break;
  }
  return peek(count).is_symbol('_') ? count : 0;
}

// 1,234,567 and 1{,}234 and 1 234: groups of three after the first. True if there were any.
bool Reader::read_groups(std::string& digits) {
  if (digits.size() > 3 || digits.front() == '0') return false;
  const auto group_at = [&](std::size_t ahead) -> std::size_t {
    const Token& token = peek(ahead);
    const Token& group = peek(ahead + 1);
    if (token.text == "{,}" && is_group(group)) return 2;
    if (token.is_symbol(',') && token.space <= Space::tight && is_group(group) &&
        (group.space == Space::none || group.space == Space::tight)) {
      return context_.comma_groups || group.space == Space::tight ? 2 : 0;
    }
    if (is_group(token) && token.space != Space::none && token.space != Space::wide) return 1;
    return 0;
  };
  std::string joined = digits;
  std::size_t at = 0;
  std::size_t step = group_at(0);
  const std::size_t kind = step;
  for (; step != 0 && step == kind; step = group_at(at)) {
    joined += peek(at + step - 1).text;
    at += step;
    if (joined.find('.') != std::string::npos) break;
  }
  if (at == 0) return false;
  // A next group that is none makes a list of it all: 10,100,1000.
  const Token& after = peek(at);
  const bool goes_on = (after.is_symbol(',') && after.space == Space::none &&
                        peek(at + 1).is(TokenKind::number) && peek(at + 1).space == Space::none) ||
                       after.is(TokenKind::number);
  // 5 123/456 is a mixed number.
  const bool is_mixed = kind == 1 && at == 1 && after.is_symbol('/') &&
                        peek(at + 1).is(TokenKind::number) &&
                        is_proper(peek(0).text, peek(at + 1).text);
  if (goes_on || is_mixed) return false;
  digits = joined;
  at_ += at;
  return true;
}

// A comma is a decimal point only where it cannot part two numbers: in braces, after a lone zero
// and before three digits or more, and before a sign of money or percent.
bool Reader::read_decimal_comma(std::string& digits) {
  const Token& comma = peek();
  const Token& fraction = peek(1);
  if (!fraction.is(TokenKind::number) || !is_integer(fraction.text) ||
      fraction.space != Space::none || comma.space != Space::none) {
    return false;
  }
  const Token& after = peek(2);
  const bool has_unit = (after.is(TokenKind::letters) && is_plain_unit(after.text)) ||
                        (after.is(TokenKind::text) && is_unit_expression(after.text));
  const bool measured = after.is_symbol('$') || after.is_symbol('%') || has_unit;
  const bool after_zero = digits == "0" && fraction.text.size() >= 3;
  const bool plain = comma.is_symbol(',') && context_.comma_groups && !after.is_symbol(',') &&
                     (measured || after_zero);
  if (!plain && comma.text != "{,}") return false;
  digits += '.';
  digits += fraction.text;
  at_ += 2;
  return true;
}

// 0.\overline{3}, 0.1\dot{6}, 0.1(6) and 0.333...: the digits that repeat go into brackets.
bool Reader::read_repetend(std::string& digits) {
  const bool has_point = digits.find('.') != std::string::npos;
  std::size_t at = 0;
  if (!has_point) {
    if (!peek().is_symbol('.') || peek().space != Space::none) return false;
    at = 1;
  }
  const std::string point = has_point ? "" : ".";
  const Token& mark = peek(at);
  const auto digits_at = [&](std::size_t ahead) {
    return peek(ahead).is(TokenKind::number) && is_integer(peek(ahead).text);
  };
  if (mark.is(TokenKind::open) && mark.text == "(" && mark.space == Space::none &&
      digits_at(at + 1) && peek(at + 2).is(TokenKind::close) && peek(at + 2).text == ")") {
    digits += point + '(' + std::string(peek(at + 1).text) + ')';
    at_ += at + 3;
    return true;
  }
  if (mark.is(Does::overline) && mark.space <= Space::tight) {
    const bool grouped = peek(at + 1).is(TokenKind::group_open);
    const std::size_t inner = at + (grouped ? 2 : 1);
    if (!digits_at(inner) || (grouped && !peek(inner + 1).is(TokenKind::group_close))) return false;
    std::string repetend(peek(inner).text);
    std::size_t end = inner + (grouped ? 2 : 1);
    // \dot{1}42\dot{8}: from the first dot to the last.
    if (mark.means == "dot") {
      const std::size_t between = digits_at(end) ? 1 : 0;
      const std::size_t last = end + between;
      if (peek(last).is(Does::overline) && peek(last).means == "dot" &&
          peek(last + 1).is(TokenKind::group_open) && digits_at(last + 2)) {
        if (between == 1) repetend += peek(end).text;
        repetend += peek(last + 2).text;
        end = last + 4;
      }
    }
    digits += point + '(' + repetend + ')';
    at_ += end;
    return true;
  }
  if (mark.is(Does::dots) && has_point && mark.space == Space::none) {
    next();
    const std::size_t period = shown_period(std::string_view(digits).substr(digits.find('.') + 1));
    if (period > 0) {
      digits.insert(digits.size() - period, "(");
      digits += ')';
    }
    return true;
  }
  return false;
}

// 2\frac13 and 2 1/3. An improper fraction would be multiplied: 4\frac{3}{2}.
const Node* Reader::mixed(const Node* whole) {
  std::string_view above, below;
  std::size_t end = 0;
  if (peek().is(Does::fraction) && peek().space != Space::wide) {
    const auto integer_at = [&](std::size_t at) -> std::string_view {
      const bool grouped = peek(at).is(TokenKind::group_open);
      const Token& token = peek(at + (grouped ? 1 : 0));
      if (!token.is(TokenKind::number)) return {};
      if (grouped && !peek(at + 2).is(TokenKind::group_close)) return {};
      end = at + (grouped ? 3 : 1);
      return token.text;
    };
    above = integer_at(1);
    const bool one_run = !peek(1).is(TokenKind::group_open) && above.size() == 2;
    if (one_run) {
      below = above.substr(1);
      above = above.substr(0, 1);
    } else if (!above.empty()) {
      if (!peek(1).is(TokenKind::group_open) && above.size() > 1) return whole;
      below = integer_at(end);
    }
  } else if (peek().is(TokenKind::number) && peek().space != Space::none &&
             peek(1).is_symbol('/') && peek(2).is(TokenKind::number)) {
    above = peek().text;
    below = peek(2).text;
    end = 3;
  }
  if (!is_proper(above, below)) return whole;
  const Node* fraction = make(Kind::quotient, {}, {number_node(above), number_node(below)});
  at_ += end;
  return make(Kind::mixed, {}, {whole, fraction});
}

// Digits whose base is the subscript that comes next: a number, or a word such as "two".
const Node* Reader::based(std::string_view digits) {
  next();
  const std::string index = subscript();
  const std::string_view base = is_integer(index) ? index : number_word(index);
  if (base.empty()) return fail();
  return make(Kind::based, digits, {number_node(base)});
}

// A time of day, which is compared as text: 12:00, 3:45 pm, 10 a.m. Null if this is none.
const Node* Reader::clock() {
  const auto is_part = [&](std::size_t ahead, std::size_t most) {
    const Token& token = peek(ahead);
    return token.is(TokenKind::number) && is_integer(token.text) && token.text.size() <= most;
  };
  if (!is_part(0, 2)) return nullptr;
  std::string time(peek().text);
  std::size_t at = 1;
  bool certain = false;
  while (at < 5 && peek(at).is_symbol(':') && peek(at).space == Space::none && is_part(at + 1, 2) &&
         peek(at + 1).text.size() == 2) {
    certain = certain || peek(at + 1).text.front() == '0' || at > 1;
    time += ':';
    time += peek(at + 1).text;
    at += 2;
  }
  char half = 0;
  const Token& token = peek(at);
  if (token.is(TokenKind::letters) || token.is(TokenKind::text) || token.is(TokenKind::roman)) {
    std::string letters;
    for (const char c : token.text) {
      if (is_letter(c)) letters += static_cast<char>(c | 0x20);
    }
    if (letters == "am" || letters == "pm") {
      half = letters.front();
      at += 1;
    } else if ((letters == "a" || letters == "p") && peek(at + 1).is_symbol('.') &&
               (peek(at + 2).text == "m" || peek(at + 2).text == "M")) {
      half = letters.front();
      at += peek(at + 3).is_symbol('.') ? 4 : 3;
    }
  }
  if (!certain && half == 0) return nullptr;
  if (half != 0) time += half == 'a' ? " am" : " pm";
  at_ += at;
  return make(Kind::text, time, {});
}

}  // namespace proctor::graders::math
