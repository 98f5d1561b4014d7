#include "graders/math/expression/lexer.h"

#include <algorithm>
#include <utility>

#include "graders/math/expression/punctuation.h"
#include "graders/math/expression/units.h"
#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

// \text in \text in \text: beyond this the contents stay one token.
constexpr int kDeepestText = 4;

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_space(text.front()) || text.front() == '~')) text.remove_prefix(1);
  while (!text.empty() && (is_space(text.back()) || text.back() == '~')) text.remove_suffix(1);
  return text;
}

// Whether "and" or "or" is among other words.
bool joins_words(std::string_view text) {
  for (const std::string_view word : {"and", "or"}) {
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      const bool begins = at == 0 || is_space(text[at - 1]);
      const bool ends = end == text.size() || is_space(text[end]);
      if (begins && ends && text.size() > word.size()) return true;
    }
  }
  return false;
}

// Whether the contents of a \text are words and not a formula that someone set upright. What "and"
// joins is a list, upright or not; a unit may have exponents.
bool is_words(std::string_view text) {
  if (joins_words(text)) return false;
  if (text.find_first_of("^\\") != std::string_view::npos) return is_unit_expression(text);
  return std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_beyond_ascii(c) || is_space(c) ||
           std::string_view("-'./&:!?~").find(c) != std::string_view::npos;
  });
}

class Lexer {
 public:
  explicit Lexer(std::vector<Token>& tokens) : tokens_(tokens) {}

  void lex(std::string_view text, int depth) {
    for (std::size_t at = 0; at < text.size();) at = step(text, at, depth);
  }

  void finish() { push({.kind = TokenKind::end}); }

 private:
  // Each takes the place of what it reads, and gives the place after it.
  std::size_t step(std::string_view text, std::size_t at, int depth) {
    const char c = text[at];
    if (is_space(c)) return spaced(Space::plain, at + 1);
    if (is_digit(c) || (c == '.' && at + 1 < text.size() && is_digit(text[at + 1]))) {
      return number(text, at);
    }
    if (is_letter(c) || is_beyond_ascii(c)) return letters(text, at);
    if (c == '\\') return command(text, at, depth);
    if (c == '$') return dollar(text, at);
    return punctuation(text, at);
  }

  std::size_t number(std::string_view text, std::size_t at) {
    const auto digits = [&](std::size_t from) {
      while (from < text.size() && is_digit(text[from])) ++from;
      return from;
    };
    std::size_t end = digits(at);
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
      end = digits(end + 1);
    }
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
      std::size_t exponent = end + 1;
      if (exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
      const std::size_t after = digits(exponent);
      const bool more = after < text.size() && (is_letter(text[after]) || text[after] == '_');
      if (after > exponent && !more) end = after;
    }
    push({.kind = TokenKind::number, .text = text.substr(at, end - at)});
    return end;
  }

  std::size_t letters(std::string_view text, std::size_t at) {
    std::size_t end = at;
    bool ascii = true;
    for (; end < text.size() && (is_letter(text[end]) || is_beyond_ascii(text[end])); ++end) {
      ascii = ascii && is_letter(text[end]);
    }
    // 1orx=2: a word that ran into its neighbours.
    const bool after_value =
        !tokens_.empty() && space_ == Space::none &&
        (tokens_.back().is(TokenKind::number) || tokens_.back().is(TokenKind::close));
    if (after_value && end - at == 3 && text.substr(at).starts_with("or")) end = at + 2;
    if (after_value && end - at == 4 && text.substr(at).starts_with("and")) end = at + 3;
    const Command* plain = ascii ? find_plain_name(text.substr(at, end - at)) : nullptr;
    if (plain != nullptr && !begins_atom(plain->does)) {
      if (plain->does != Does::wraps) {
        push({.kind = TokenKind::command,
              .does = plain->does,
              .text = plain->name,
              .means = plain->means});
      }
      return end;
    }
    push({.kind = ascii ? TokenKind::letters : TokenKind::word, .text = text.substr(at, end - at)});
    return end;
  }

  std::size_t command(std::string_view text, std::size_t at, int depth) {
    const std::string_view name = command_name_at(text, at);
    const std::size_t after = at + 1 + name.size();
    if (name.empty()) return after;
    if (name == "\\") return row(text, after);
    const Command* known = find_command(name);
    if (known == nullptr) {
      push({.kind = TokenKind::command, .text = name});
      return after;
    }
    switch (known->does) {
      case Does::nothing:
      case Does::wraps:
        return after;
      case Does::tight_space:
        return spaced(Space::tight, after);
      case Does::thin_space:
        return spaced(Space::thin, after);
      case Does::wide_space:
        return spaced(Space::wide, after);
      case Does::drops_argument:
        return argument(text, after).end;
      case Does::left:
      case Does::right:
        return delimiter(text, after, known->does == Does::left);
      case Does::text:
      case Does::roman:
        return upright(text, after, known->does, depth);
      case Does::begin:
      case Does::end:
        return environment(text, after, known->does);
      case Does::opens:
        push({.kind = TokenKind::open, .text = known->means});
        return after;
      case Does::closes:
        push({.kind = TokenKind::close, .text = known->means});
        return after;
      case Does::bar:
        push({.kind = TokenKind::bar, .text = known->means});
        return after;
      case Does::is:
        push({.kind = known->means == "&" ? TokenKind::word : TokenKind::symbol,
              .text = known->means});
        return after;
      default:
        push(
            {.kind = TokenKind::command, .does = known->does, .text = name, .means = known->means});
        return after;
    }
  }

  // The two backslashes between rows, less the extra space that may be asked for: \\[4pt].
  std::size_t row(std::string_view text, std::size_t at) {
    push({.kind = TokenKind::row});
    if (at < text.size() && text[at] == '*') ++at;
    if (at + 1 >= text.size() || text[at] != '[' ||
        !(is_digit(text[at + 1]) || text[at + 1] == '-')) {
      return at;
    }
    constexpr std::size_t kLongest = 12;
    const std::string_view length = text.substr(at, kLongest);
    const std::size_t close = length.find(']');
    const bool is_length =
        close != std::string_view::npos && close > 2 && is_letter(length[close - 1]);
    return is_length ? at + close + 1 : at;
  }

  struct Argument {
    std::string_view content;
    std::size_t end;
  };

  // The group at `at`, or what is left of the text if it never closes; nothing if there is none.
  Argument argument(std::string_view text, std::size_t at) {
    while (at < text.size() && (is_space(text[at]) || text[at] == '*')) ++at;
    if (at == text.size() || text[at] != '{') return {{}, at};
    int open = 0;
    for (std::size_t end = at; end < text.size(); ++end) {
      if (text[end] == '\\') {
        ++end;
      } else if (text[end] == '{') {
        ++open;
      } else if (text[end] == '}' && --open == 0) {
        return {text.substr(at + 1, end - at - 1), end + 1};
      }
    }
    return {text.substr(at + 1), text.size()};
  }

  std::size_t delimiter(std::string_view text, std::size_t at, bool left) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) return at;
    std::string_view spelled = text.substr(at, 1);
    std::size_t after = at + 1;
    if (spelled == "\\") {
      const std::string_view name = command_name_at(text, at);
      const Command* known = find_command(name);
      // \left without a delimiter: the command after it speaks for itself.
      if (known == nullptr || known->means.empty()) return at;
      spelled = known->means;
      after += name.size();
    } else if (std::string_view("()[]|.<>").find(spelled) == std::string_view::npos) {
      return at;
    }
    if (is_invisible(spelled, left)) return after;
    push({.kind = left ? TokenKind::open : TokenKind::close, .text = spelled});
    return after;
  }

  // A full stop stands for no delimiter at all. Only after a brace does it close something: the
  // rows of cases.
  bool is_invisible(std::string_view spelled, bool left) {
    if (left) {
      left_braces_.push_back(spelled == "{");
      return spelled == ".";
    }
    const bool closes_brace = !left_braces_.empty() && left_braces_.back();
    if (!left_braces_.empty()) left_braces_.pop_back();
    return spelled == "." && !closes_brace;
  }

  std::size_t upright(std::string_view text, std::size_t at, Does does, int depth) {
    const Argument found = argument(text, at);
    const std::string_view content = trimmed(found.content);
    if (content.size() != found.content.size()) spaced(Space::plain, 0);
    if (content == "," || content == ";" || content == ":") {
      push({.kind = TokenKind::symbol, .text = content});
    } else if (!content.empty() && (is_words(content) || depth == kDeepestText)) {
      push({.kind = does == Does::text ? TokenKind::text : TokenKind::roman, .text = content});
    } else {
      lex(content, depth + 1);
    }
    if (found.content.ends_with(' ')) spaced(Space::plain, 0);
    return found.end;
  }

  std::size_t environment(std::string_view text, std::size_t at, Does does) {
    const Argument found = argument(text, at);
    std::string_view name = trimmed(found.content);
    if (name.ends_with('*')) name.remove_suffix(1);
    push({.kind = does == Does::begin ? TokenKind::begin : TokenKind::leave, .text = name});
    const bool has_columns = name == "array" || name == "tabular";
    return does == Does::begin && has_columns ? argument(text, found.end).end : found.end;
  }

  // A $ opens or closes a formula, or is money: before digits or after them, and without a partner
  // that could close what it opens (no space before it, no digit after it, as in Markdown).
  std::size_t dollar(std::string_view text, std::size_t at) {
    if (text.substr(at).starts_with("$$")) return at + 2;
    if (in_formula_) {
      in_formula_ = false;
      return at + 1;
    }
    const std::size_t partner = text.find('$', at + 1);
    const bool before_digit =
        at + 1 < text.size() && (is_digit(text[at + 1]) || text[at + 1] == '.');
    bool money;
    if (partner == std::string_view::npos) {
      money = before_digit || (!tokens_.empty() && tokens_.back().is(TokenKind::number));
    } else {
      money = before_digit && is_space(text[partner - 1]) && partner + 1 < text.size() &&
              is_digit(text[partner + 1]);
    }
    if (money) push({.kind = TokenKind::symbol, .text = text.substr(at, 1)});
    in_formula_ = !money && partner != std::string_view::npos;
    return at + 1;
  }

  std::size_t punctuation(std::string_view text, std::size_t at) {
    if (text[at] == '~') return spaced(Space::thin, at + 1);
    if (text[at] == '`') return at + 1;
    if (text.substr(at).starts_with("**")) return two_stars(text, at);
    const Mark mark = mark_at(text.substr(at), space_ != Space::none);
    push(mark.token);
    return at + mark.size;
  }

  // Bold in Markdown, or a power in Python.
  std::size_t two_stars(std::string_view text, std::size_t at) {
    if (bold_ || tokens_.empty()) {
      bold_ = !bold_;
    } else {
      push({.kind = TokenKind::symbol, .text = "^"});
    }
    return text.find_first_not_of('*', at) == std::string_view::npos ? text.size() : at + 2;
  }

  std::size_t spaced(Space space, std::size_t next) {
    if (space_ == Space::none || space_ == Space::plain || space == Space::wide) {
      space_ = space == Space::plain && space_ != Space::none ? space_ : space;
    }
    return next;
  }

  void push(Token token) {
    token.space = std::exchange(space_, Space::none);
    if (token.is(Does::relates) && !open_.empty()) tokens_[open_.back()].states = true;
    note_separator(token);
    if (token.is(TokenKind::open) || token.is(TokenKind::group_open)) {
      open_.push_back(tokens_.size());
    } else if ((token.is(TokenKind::close) || token.is(TokenKind::group_close)) && !open_.empty()) {
      open_.pop_back();
    }
    tokens_.push_back(token);
  }

  // Tells the bracket around the last token what that token is, now that the next one is known.
  void note_separator(const Token& next) {
    if (tokens_.empty() || open_.empty()) return;
    const Token& last = tokens_.back();
    const bool semicolon = last.is_symbol(';');
    if (!semicolon && !last.is_symbol(',')) return;
    tokens_[open_.back()].lists = true;
    if (semicolon || next.space > Space::tight) tokens_[open_.back()].roomy = true;
  }

  std::vector<Token>& tokens_;
  std::vector<std::size_t> open_;  // the opening tokens not closed yet
  std::vector<bool> left_braces_;  // for each \left without its \right: is it a brace
  Space space_ = Space::none;      // since the last token
  bool in_formula_ = false;        // between two $
  bool bold_ = false;              // between two **
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  tokens.reserve(text.size() / 2 + 4);
  Lexer lexer(tokens);
  lexer.lex(text, 0);
  lexer.finish();
  return tokens;
}

}  // namespace proctor::graders::math
