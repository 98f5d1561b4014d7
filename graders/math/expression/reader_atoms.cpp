// Letters, groups and the commands that are complete in themselves.
#include <algorithm>

#include "graders/math/expression/reader.h"

namespace proctor::graders::math {
namespace {

bool is_hexadecimal(std::string_view letters) {
  return std::ranges::all_of(letters, [](char c) { return c >= 'A' && c <= 'F'; });
}

// "sinx" in plain text; "cost" and "tank" stay words.
std::string_view function_before_variable(std::string_view letters) {
  constexpr std::string_view kFunctions[] = {"sin", "cos", "tan", "cot", "sec", "csc", "ln", "log"};
  for (const std::string_view name : kFunctions) {
    if (letters.size() == name.size() + 1 && letters.starts_with(name) &&
        (letters.back() == 'x' || letters.back() == 'y')) {
      return name;
    }
  }
  return {};
}

}  // namespace

const Node* Reader::atom() {
  const Level level(*this);
  if (failed()) return fail();
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::number:
      return number();
    case TokenKind::letters:
      return letters();
    case TokenKind::text:
    case TokenKind::word:
    case TokenKind::roman:
      return phrase();
    case TokenKind::group_open:
      return group();
    case TokenKind::open:
      return bracket();
    case TokenKind::close:
      return token.text == "]" ? bracket() : fail();
    case TokenKind::bar:
      return absolute();
    case TokenKind::begin:
      return environment();
    case TokenKind::command:
      return command();
    case TokenKind::symbol:
      return token.is_symbol('$') ? money() : fail();
    default:
      return fail();
  }
}

const Node* Reader::command() {
  const Token token = next();
  switch (token.does) {
    case Does::unknown:
      // What an unknown command does to its argument is unknown too.
      return peek().is(TokenKind::group_open) ? fail() : named(token.text);
    case Does::symbol:
      return named(token.means);
    case Does::names: {
      if (!peek().is(TokenKind::letters) || peek().split) return named(token.means);
      const std::string name = std::string(token.means) + ' ' + std::string(next().text);
      return make(Kind::symbol, name, {});
    }
    case Does::constant:
      return make(Kind::constant, token.means, {});
    case Does::infinity:
      return make(Kind::constant, "infinity", {});
    case Does::empty_set:
      return make(Kind::empty_set, {}, {});
    case Does::number_set:
      return number_set(token);
    case Does::dots:
      return make(Kind::opaque, "dots", {});
    case Does::fraction:
      return fraction();
    case Does::root:
      return root(token);
    case Does::binomial: {
      const Node* above = digit_argument();
      return call("binomial", {as_operand(above), as_operand(digit_argument())});
    }
    case Does::function:
      return function(token.means);
    case Does::logarithm:
      return logarithm("log", nullptr);
    case Does::common_log:
      return logarithm("log", number_node("10"));
    case Does::angle_unit: {
      const Node* angle = bare_argument();
      const Node* imaginary =
          make(Kind::product, {}, {make(Kind::constant, "i", {}), call("sin", {angle})});
      return make(Kind::sum, {}, {call("cos", {angle}), imaginary});
    }
    case Does::big:
      return big_operator(token);
    case Does::integral:
      return integral();
    case Does::limit:
      return limit();
    case Does::overline:
      return token.means == "dot" ? accented(token) : overlined();
    case Does::accent:
      return accented(token);
    case Does::relates:
      // <1, 2, 3> in angle brackets typed as signs of order.
      if (token.means == "<") {
        const Scope scope(*this, {.in_angles = true});
        const Node* content = list();
        if (content->kind != Kind::list || !peek().is(Does::relates) || next().means != ">") {
          return fail();
        }
        return make(Kind::bracketed, "<>", content->parts);
      }
      return fail();
    default:
      return fail();
  }
}

const Node* Reader::letters() {
  Token& token = tokens_[at_];
  const std::string_view run = token.text;
  const auto take_first = [&](std::size_t size) {
    token.text.remove_prefix(size);
    token.space = Space::none;
    if (token.text.empty()) next();
  };
  if (!token.split && run.size() > 1) {
    if (const Command* plain = find_plain_name(run); plain != nullptr && begins_atom(plain->does)) {
      token = {.kind = TokenKind::command,
               .space = token.space,
               .does = plain->does,
               .text = plain->name,
               .means = plain->means};
      return command();
    }
    if (is_hexadecimal(run) && peek(1).is_symbol('_')) {
      next();
      return based(run);
    }
    if (const std::string_view name = function_before_variable(run); !name.empty()) {
      take_first(name.size());
      token.split = true;
      return name == "log" ? logarithm(name, nullptr) : function(name);
    }
    if (is_word(token)) return phrase();
  }
  const std::string_view name = run.substr(0, 1);
  token.split = true;
  take_first(1);
  return named(name);
}

// A symbol, or a function of that name if the text defines one or gives it several arguments.
const Node* Reader::named(std::string_view name) {
  const bool is_function =
      name == "f" || name == "g" || name == "P" || std::ranges::count(functions_, name) > 0;
  std::string full(name);
  for (;;) {
    if (take_symbol('\'')) {
      full += '\'';
    } else if (peek().is_symbol('_')) {
      next();
      full += '_' + subscript();
    } else if (is_function && peek().is_symbol('^') && peek(1).is(TokenKind::group_open) &&
               peek(2).is_symbol('-') && peek(3).text == "1" && peek(5).is(TokenKind::open)) {
      for (int i = 0; i < 5; ++i) next();
      full += "^-1";
    } else {
      break;
    }
  }
  const Node* symbol = make(Kind::symbol, full, {});
  const Token& open = peek();
  if (!open.is(TokenKind::open) || open.text != "(" || open.space > Space::tight) return symbol;
  if (is_function) return make(Kind::apply, full, call_arguments(name == "P"));
  // B(2, 3), P(X = 2) and I(0): a name multiplies with no tuple and no statement, and nobody would
  // put a lone number after it. C(5, 2) counts choices.
  const bool is_event = open.states && name.front() >= 'A' && name.front() <= 'Z';
  const bool is_number = peek(1).is(TokenKind::number) && peek(2).is(TokenKind::close);
  if (!open.lists && !is_event && !is_number) return symbol;
  const Nodes arguments = call_arguments();
  return full == "C" && arguments.size() == 2 ? make(Kind::call, "binomial", arguments)
                                              : make(Kind::apply, full, arguments);
}

// What an index says, as letters: \max, {n+1} and 12 are "max", "n+1" and "12".
std::string Reader::subscript() {
  std::string index;
  const auto take = [&] {
    const Token& token = next();
    index += token.means.empty() ? token.text : token.means;
  };
  if (!peek().is(TokenKind::group_open)) {
    Token& token = tokens_[at_];
    if (token.is(TokenKind::letters) && token.text.size() > 1) {
      index = token.text.substr(0, 1);
      token.text.remove_prefix(1);
      token.split = true;
      token.space = Space::none;
    } else if (token.is(TokenKind::letters) || token.is(TokenKind::number) ||
               token.is(TokenKind::text) || token.is(TokenKind::roman) ||
               token.is(TokenKind::command)) {
      take();
    } else {
      fail();
    }
    return index;
  }
  next();
  for (int open = 1; !peek().is(TokenKind::end);) {
    open += peek().is(TokenKind::group_open) ? 1 : peek().is(TokenKind::group_close) ? -1 : 0;
    if (open == 0) break;
    take();
  }
  next();
  return index;
}

}  // namespace proctor::graders::math
