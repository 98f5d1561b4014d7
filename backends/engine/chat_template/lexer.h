// Cuts a template into text and tokens, with white space control as trim_blocks and lstrip_blocks
// set it (jinja2 3.1.6, lexer.py): a line holding only a block leaves nothing behind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace proctor::engine {

struct Token {
  enum class Kind {
    data,         // text between tags; `text` is what is printed
    print_begin,  // {{
    print_end,    // }}
    block_begin,  // {%
    block_end,    // %}
    name,
    text,  // a string literal; `text` is its value
    integer,
    real,
    symbol,  // an operator or bracket; `text` is its spelling
    end,     // of the template
  };
  Kind kind = Kind::end;
  int line = 1;
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
};

// What a message calls the token.
std::string describe(const Token& token);

// The tokens of a template, the last of kind `end`. Comments are gone, raw blocks are data.
// Errors: invalid_input, "LINE: what is wrong".
Result<std::vector<Token>> tokenize(std::string_view source);

}  // namespace proctor::engine
