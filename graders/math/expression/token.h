// The pieces of an answer, between the lexer that cuts it and the reader that builds the tree.
#pragma once

#include <cstdint>
#include <string_view>

#include "graders/math/expression/command_table.h"

namespace proctor::graders::math {

enum class TokenKind : std::uint8_t {
  end,
  number,       // text: DIGITS, DIGITS.DIGITS or .DIGITS, perhaps with an exponent: 1.5e-3
  letters,      // text: a run of ASCII letters
  word,         // text: a run of letters beyond ASCII, perhaps with ASCII ones between
  text,         // text: what \text{...} holds, trimmed
  roman,        // text: what \mathrm{...} holds, trimmed
  symbol,       // text: one character, or "...": an operator or punctuation
  group_open,   // { of TeX
  group_close,  // }
  open,         // text: ( [ { < floor ceil | ||
  close,        // text: ) ] } > floor ceil | || and "." for \right.
  bar,          // text: | || or mid
  command,      // text: its name
  begin,        // text: an environment's name
  leave,        // \end{...}; text: the name
  row,          // the \\ between two rows
  cell,         // the & between two cells
};

// The white space before a token. Where there are several kinds, the widest; but a typed space says
// nothing beside a command.
enum class Space : std::uint8_t { none, tight, plain, thin, wide };

struct Token {
  TokenKind kind = TokenKind::end;
  Space space = Space::none;
  Does does = Does::unknown;  // of a command
  bool lists = false;         // of an opening token: it has a comma or semicolon of its own
  bool states = false;        // of an opening token: it has a relation of its own
  bool roomy = false;         // of an opening token: some comma of its own has a space after it
  bool split = false;         // of letters: the reader has taken the first ones
  std::string_view text = {};
  std::string_view means = {};  // of a command

  bool is(TokenKind other) const { return kind == other; }
  bool is(Does other) const { return kind == TokenKind::command && does == other; }
  bool is_symbol(char c) const {
    return kind == TokenKind::symbol && text.size() == 1 && text[0] == c;
  }
};

// Whether a command is an operand or begins one, as against an operator.
inline bool begins_atom(Does does) {
  return does == Does::unknown || (does >= Does::symbol && does <= Does::accent);
}

}  // namespace proctor::graders::math
