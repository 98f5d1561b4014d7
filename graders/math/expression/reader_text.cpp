// Words within an answer: names and phrases, and the units after a number.
#include <algorithm>

#include "graders/math/expression/reader.h"
#include "graders/math/expression/units.h"
#include "graders/math/expression/words.h"
#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool white = is_space(c) || c == '~';
    if (white && (out.empty() || out.back() == ' ')) continue;
    out += white ? ' ' : c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

bool is_single_letter(std::string_view text) { return text.size() == 1 && is_letter(text[0]); }

}  // namespace

// Whether letters are a word here. Alone in the answer they need only look like one; beside
// operators they must not look like a product.
bool Reader::is_word(const Token& token) const {
  if (token.is(TokenKind::word) || token.is(TokenKind::text)) return true;
  if (!token.is(TokenKind::letters) || token.split || token.text.size() < 2) return false;
  if (find_plain_name(token.text) != nullptr) return false;
  if (word_kind(token.text) != WordKind::other) return true;
  const auto index = static_cast<std::size_t>(&token - tokens_.data());
  const Token& after = tokens_[std::min(index + 1, tokens_.size() - 1)];
  const bool ends = after.is(TokenKind::end) || after.is_symbol(',') ||
                    after.is(TokenKind::close) || after.is(TokenKind::group_close) ||
                    after.is(TokenKind::letters) || after.is(TokenKind::text);
  const bool begins =
      index == 0 || tokens_[index - 1].is_symbol(',') || tokens_[index - 1].is(TokenKind::open) ||
      tokens_[index - 1].is(TokenKind::group_open) || tokens_[index - 1].is(TokenKind::letters);
  if (begins && ends) return is_lone_word(token.text);
  if (after.is_symbol('^') || after.is_symbol('_')) return false;
  return is_word_in_formula(token.text);
}

// Words as an operand: a text, a name, or the name of a function set upright.
const Node* Reader::phrase() {
  const Token token = next();
  const std::string_view word = stripped(token.text);
  if (token.is(TokenKind::roman) || token.is(TokenKind::text)) {
    const Command* known = find_command(word);
    if (known != nullptr && known->does == Does::function) return function(known->means);
    if (known != nullptr && known->does == Does::logarithm) return logarithm("log", nullptr);
    if (known != nullptr && known->does == Does::angle_unit) {
      tokens_[--at_] = {.kind = TokenKind::command, .does = Does::angle_unit, .text = word};
      return command();
    }
    if (token.is(TokenKind::roman) && (word == "e" || word == "i")) {
      return make(Kind::constant, word, {});
    }
    if (peek().is_symbol('_') && word.size() > 1 &&
        std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'F'; })) {
      return based(word);
    }
    if (is_single_letter(word)) return named(word);
    const bool is_currency = word == "€" || word == "£" || word == "¥";
    if (is_currency && peek().is(TokenKind::number)) {
      return make(Kind::quantity, unit_normal_form(word), {number()});
    }
    if (word.find('^') != std::string_view::npos) return fail();
  }
  const WordKind kind = word_kind(word);
  if (kind == WordKind::infinity) return make(Kind::constant, "infinity", {});
  if (kind == WordKind::hedge) return signed_factor();
  if (kind == WordKind::option && starts_atom(peek())) return atom();
  // \text{Option A}
  const std::size_t space = word.find(' ');
  if (space != std::string_view::npos && word.size() == space + 2 &&
      word_kind(word.substr(0, space)) == WordKind::option) {
    return named(word.substr(space + 1));
  }
  const bool applied = token.is(TokenKind::roman) && peek().is(TokenKind::open) &&
                       peek().text == "(" && peek().space <= Space::tight;
  if (applied) return make(Kind::apply, word, call_arguments());
  std::string words = squeezed(token.text);
  for (;; next()) {
    const Token& more = peek();
    const bool goes_on = more.is(TokenKind::text) || more.is(TokenKind::word) ||
                         more.is(TokenKind::letters) || more.is(TokenKind::roman);
    const WordKind next_kind = goes_on ? word_kind(more.text) : WordKind::other;
    if (!goes_on || next_kind == WordKind::conjunction || next_kind == WordKind::disjunction) break;
    if (more.space != Space::none) words += ' ';
    words += squeezed(more.text);
  }
  while (!words.empty() && std::string_view(" .,;:").find(words.back()) != std::string_view::npos) {
    words.pop_back();
  }
  return make(Kind::text, words, {});
}

// Whether a token says what `value` is measured in. `first` is whether it comes right after it.
bool Reader::is_unit(const Token& token, const Node& value, bool first) const {
  const WordKind kind = word_kind(token.text);
  const bool may_be =
      kind == WordKind::other || kind == WordKind::percent || kind == WordKind::degrees;
  switch (token.kind) {
    case TokenKind::word:
      return may_be;
    case TokenKind::text:
      // "n is even" says something of n and measures nothing.
      return may_be && (value.kind != Kind::symbol || is_unit_expression(token.text));
    case TokenKind::roman: {
      const std::string_view word = stripped(token.text);
      const bool is_name = word == "e" || word == "i" || word == "d";
      const Command* known = find_command(word);
      const bool is_command = known != nullptr && known->does != Does::number_set && word != "min";
      return may_be && !is_name && !is_command;
    }
    case TokenKind::letters: {
      if (token.split || !may_be) return false;
      const bool known = (kind == WordKind::degrees && token.text.size() > 3) ||
                         kind == WordKind::percent || !multiplier_of(token.text).empty() ||
                         is_plain_unit(token.text);
      if (known) return true;
      if (find_plain_name(token.text) != nullptr || token.space == Space::none) return false;
      if (!first) return true;
      return value.kind != Kind::symbol && token.text.size() >= 3 && is_lone_word(token.text);
    }
    case TokenKind::symbol:
      return first && token.is_symbol('$');
    default:
      return false;
  }
}

// Takes what comes next if it is a unit, a noun, percent or degrees in words; `unit` is as written.
bool Reader::read_unit(const Node* value, std::string& unit) {
  if (value->kind == Kind::text || failed()) return false;
  if (read_bracketed_unit(unit)) return true;
  if (!is_unit(peek(), *value, true)) return false;
  if (peek().space == Space::wide && peek().is(TokenKind::letters)) return false;
  do {
    const Token token = next();
    if (!unit.empty() && unit.back() != '/') unit += ' ';
    unit += token.text;
    if (token.is_symbol('$')) return true;
    read_unit_exponent(unit);
  } while (read_unit_joint(*value, unit));
  return true;
}

// 15 (square feet)
bool Reader::read_bracketed_unit(std::string& unit) {
  if (!peek().is(TokenKind::open) || peek().text != "(") return false;
  std::size_t at = 1;
  std::string words;
  for (; is_word(peek(at)); ++at) {
    if (!words.empty()) words += ' ';
    words += peek(at).text;
  }
  if (at == 1 || !peek(at).is(TokenKind::close)) return false;
  at_ += at + 1;
  unit = words;
  return true;
}

// The 2 of \text{cm}^2 or ^{-1}; other exponents are no unit's.
void Reader::read_unit_exponent(std::string& unit) {
  if (!peek().is_symbol('^')) return;
  const bool grouped = peek(1).is(TokenKind::group_open);
  std::size_t at = grouped ? 2 : 1;
  const bool negative = peek(at).is_symbol('-');
  if (negative) ++at;
  const bool closes = !grouped || peek(at + 1).is(TokenKind::group_close);
  if (!peek(at).is(TokenKind::number) || peek(at).text.size() != 1 || !closes) {
    fail();
    return;
  }
  unit += negative ? "^-" : "^";
  unit += peek(at).text;
  at_ += at + (grouped ? 2 : 1);
}

// Whether the unit goes on, past the sign between its parts: km/h, N \cdot m, sq. ft.
bool Reader::read_unit_joint(const Node& value, std::string& unit) {
  const Token& after = peek(1);
  const bool upright = after.is(TokenKind::text) || after.is(TokenKind::roman);
  if (peek().is_symbol('/') && (upright || after.is(TokenKind::letters))) {
    next();
    unit += '/';
    return true;
  }
  if (peek().is(Does::times) && upright && is_unit_expression(after.text)) {
    next();
    return true;
  }
  if (peek().is_symbol('.') && after.is(TokenKind::letters) && is_unit(after, value, false)) next();
  return is_unit(peek(), value, false);
}

const Node* Reader::with_unit(const Node* value, std::string_view unit) {
  value = as_operand(value);
  const std::string_view first = unit.substr(0, unit.find(' '));
  if (const std::string_view times = multiplier_of(first); !times.empty()) {
    value = make(Kind::product, {}, {value, number_node(times)});
    const std::size_t rest = unit.find_first_not_of(' ', first.size());
    return rest == std::string_view::npos ? value : with_unit(value, unit.substr(rest));
  }
  const WordKind kind = word_kind(unit);
  if (kind == WordKind::percent) return make(Kind::percent, {}, {value});
  if (kind == WordKind::degrees) return make(Kind::degrees, {}, {value});
  return make(Kind::quantity, unit_normal_form(unit), {value});
}

}  // namespace proctor::graders::math
