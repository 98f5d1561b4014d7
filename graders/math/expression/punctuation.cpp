#include "graders/math/expression/punctuation.h"

namespace proctor::graders::math {
namespace {

struct Typed {
  std::string_view spelling;
  TokenKind kind;
  Does does = Does::unknown;
  std::string_view means = {};
};

// The longer spellings of a character come first. What is not here is a symbol.
constexpr Typed kTyped[] = {
    {"{,}", TokenKind::symbol},  // a comma within a number
    {"{", TokenKind::group_open},
    {"}", TokenKind::group_close},
    {"(", TokenKind::open},
    {"[", TokenKind::open},
    {")", TokenKind::close},
    {"]", TokenKind::close},
    {"|", TokenKind::bar},
    {"&", TokenKind::cell},
    {"<=", TokenKind::command, Does::relates, "l"},
    {"<", TokenKind::command, Does::relates, "<"},
    {">=", TokenKind::command, Does::relates, "g"},
    {">", TokenKind::command, Does::relates, ">"},
    {"==", TokenKind::command, Does::relates, "="},
    {"=", TokenKind::command, Does::relates, "="},
    {":=", TokenKind::command, Does::relates, "="},
    {"->", TokenKind::command, Does::relates, "m"},
    {"...", TokenKind::command, Does::dots},
};

}  // namespace

Mark mark_at(std::string_view rest, bool after_space) {
  if (rest.starts_with("{:}")) {
    return {{.kind = TokenKind::symbol, .text = rest.substr(1, 1)}, 3};
  }
  // 5!=120 is a factorial, x != 3 is not.
  if (after_space && rest.starts_with("!=")) {
    return {{.kind = TokenKind::command,
             .does = Does::relates,
             .text = rest.substr(0, 2),
             .means = "n"},
            2};
  }
  for (const Typed& row : kTyped) {
    if (!rest.starts_with(row.spelling)) continue;
    const std::size_t size = row.spelling.size();
    return {{.kind = row.kind, .does = row.does, .text = rest.substr(0, size), .means = row.means},
            size};
  }
  return {{.kind = TokenKind::symbol, .text = rest.substr(0, 1)}, 1};
}

}  // namespace proctor::graders::math
