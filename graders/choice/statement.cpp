#include "graders/choice/statement.h"

#include <algorithm>
#include <array>
#include <string>

#include "graders/math/latex.h"

namespace proctor::graders::choice {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// What may stand around a letter or an option's text without being part of it. Longer ones first.
constexpr std::string_view kOpening[] = {
    "\\boxed{", "\\fbox{", "\\textbf{", "\\textit{", "\\text{", "\\mathbf{", "\\mathrm{", "\\(",
    "\\[",      "\\$",     "option ",   "Option ",   "choice ", "Choice ",   "letter ",   "（",
    "【",       "“",       "*",         "_",         "`",       "\"",        "'",         "$",
    "(",        "[",       "{",         "<",         " ",       "\t",        "\r"};
constexpr std::string_view kClosing[] = {"\\)", "\\]", "\\$", "）", "】", "”",  "。", "*",
                                         "_",   "`",   "\"",  "'",  "$",  ")",  "]",  "}",
                                         ">",   ".",   "!",   "\\", " ",  "\t", "\r"};
// What ends a letter when text follows it at once: "C) the third", "C: the third". Not a hyphen:
// C-14 and B-cells are no letters.
constexpr std::string_view kLabelEnds[] = {")", ".",   ":",   "：", ",", ";",  "）", "]", "}",
                                           "*", "\\)", "\\]", "$",  "—", "\"", "'",  "`"};
// A capital A before any other word is an article, and a capital I a pronoun.
constexpr std::string_view kAfterArticle[] = {"because", "since", "as",   "is", "due", "for",
                                              "and",     "or",    "with", "(",  "["};
constexpr std::string_view kQuotedFormats[] = {"$LETTER", "LETTER",  "[LETTER]", "<LETTER>",
                                               "X",       "A/B/C/D", "ABCD"};

template <std::size_t N>
std::size_t length_of_prefix(std::string_view text, const std::string_view (&pieces)[N]) {
  for (const std::string_view piece : pieces) {
    if (text.starts_with(piece)) return piece.size();
  }
  return 0;
}

template <std::size_t N>
std::size_t length_of_suffix(std::string_view text, const std::string_view (&pieces)[N]) {
  for (const std::string_view piece : pieces) {
    if (text.ends_with(piece)) return piece.size();
  }
  return 0;
}

std::string_view part(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

Span without_opening(std::string_view text, Span span) {
  while (const std::size_t size = length_of_prefix(part(text, span), kOpening)) span.begin += size;
  return span;
}

Span bare(std::string_view text, Span span) {
  span = without_opening(text, span);
  while (const std::size_t size = length_of_suffix(part(text, span), kClosing)) span.end -= size;
  return span;
}

bool is_only_closing(std::string_view rest) {
  while (const std::size_t size = length_of_prefix(rest, kClosing)) rest.remove_prefix(size);
  return rest.empty();
}

std::size_t letters_of(std::span<const std::string_view> options) {
  return options.empty() ? kMostOptions : options.size();
}

// Which option a letter names, if it is one of theirs.
std::optional<std::size_t> option_of(char c, std::size_t letters) {
  const char first = c >= 'a' ? 'a' : 'A';
  if (!is_letter(c) || static_cast<std::size_t>(c - first) >= letters) return std::nullopt;
  return static_cast<std::size_t>(c - first);
}

// Whether what follows a letter lets it be an answer and not the beginning of a word or a sentence.
bool ends_letter(char letter, std::string_view rest) {
  if (is_only_closing(rest)) return true;
  const bool small = letter >= 'a';
  if (length_of_prefix(rest, kLabelEnds) > 0) return !small || rest.starts_with(')');
  if (small || !is_space(rest.front())) return false;
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (rest.starts_with('=')) return false;  // a quantity D = 5
  const bool word = letter == 'A' || letter == 'I';
  return !word || length_of_prefix(rest, kAfterArticle) > 0;
}

// A letter at the front of `rest` after what joins two: ", B", " or (B)", "/B", " and B".
std::optional<std::size_t> next_of_several(std::string_view rest, std::size_t letters,
                                           std::size_t& used) {
  constexpr std::string_view kJoins[] = {", or ", ", and ", " or ", " and ", " & ",
                                         ",",     "/",      "&",    ";",     "、"};
  std::size_t at = 0;
  while (at < rest.size() && length_of_prefix(rest.substr(at), kJoins) == 0) {
    const std::size_t closing = length_of_prefix(rest.substr(at), kClosing);
    if (closing == 0) return std::nullopt;
    at += closing;
  }
  if (at == rest.size()) return std::nullopt;
  at += length_of_prefix(rest.substr(at), kJoins);
  at = without_opening(rest, {at, rest.size()}).begin;
  if (at == rest.size() || rest[at] >= 'a') return std::nullopt;
  const std::optional<std::size_t> option = option_of(rest[at], letters);
  const std::string_view after = rest.substr(at + 1);
  if (!option || (!after.empty() && (is_letter(after.front()) || is_digit(after.front())))) {
    return std::nullopt;
  }
  used = at + 1;
  return option;
}

std::optional<Commitment> read_letter(std::string_view text, Span span, std::size_t letters) {
  const Span inner = without_opening(text, span);
  const std::string_view said = part(text, inner);
  if (said.empty()) return std::nullopt;
  const std::optional<std::size_t> option = option_of(said.front(), letters);
  if (!option) return std::nullopt;
  std::string_view rest = said.substr(1);
  std::size_t used = 0;
  for (std::optional<std::size_t> next; (next = next_of_several(rest, letters, used));) {
    if (*next != *option) return Commitment{{}, Commitment::Kind::several, bare(text, span)};
    rest.remove_prefix(used);
  }
  if (!ends_letter(said.front(), said.substr(1))) return std::nullopt;
  return Commitment{{}, Commitment::Kind::option, {inner.begin, inner.begin + 1}, *option};
}

// The text with its typesetting and white space left out, which two copies of it may differ in.
std::string essence(std::string_view text) {
  std::string kept;
  const Span inner = bare(text, {0, text.size()});
  for (const char c : part(text, inner)) {
    if (!is_space(c) && c != '$') kept += c;
  }
  return kept;
}

std::optional<Commitment> read_text(std::string_view text, Span span,
                                    std::span<const std::string_view> options) {
  std::size_t longest = 0;
  for (const std::string_view option : options) longest = std::max(longest, option.size());
  constexpr std::size_t kMostTypesetting = 200;
  if (span.end - span.begin > longest + kMostTypesetting) return std::nullopt;
  const std::string said = essence(part(text, span));
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (said.empty() || essence(options[i]) != said) continue;
    if (found) return Commitment{{}, Commitment::Kind::several, bare(text, span)};
    found = i;
  }
  if (!found) return std::nullopt;
  return Commitment{{}, Commitment::Kind::option, bare(text, span), *found};
}

bool quotes_the_format(std::string_view said) {
  const auto trimmed = [](std::string_view text) {
    while (!text.empty() && std::string_view(" \t\r*_`'\".").find(text.front()) != kNone) {
      text.remove_prefix(1);
    }
    while (!text.empty() && std::string_view(" \t\r*_`'\".").find(text.back()) != kNone) {
      text.remove_suffix(1);
    }
    return text;
  };
  return std::find(std::begin(kQuotedFormats), std::end(kQuotedFormats), trimmed(said)) !=
             std::end(kQuotedFormats) ||
         said.find("$LETTER") != kNone;
}

}  // namespace

std::optional<Commitment> read_statement(std::string_view text, Span span,
                                         std::span<const std::string_view> options) {
  const Span inner = bare(text, span);
  if (inner.begin >= inner.end || quotes_the_format(part(text, span))) return std::nullopt;
  // "C. elegans" may be an option's text.
  const bool one_letter = inner.end - inner.begin == 1;
  if (!one_letter) {
    if (std::optional<Commitment> written = read_text(text, span, options)) return written;
  }
  if (std::optional<Commitment> letter = read_letter(text, span, letters_of(options))) {
    return letter;
  }
  if (std::optional<Commitment> written = read_text(text, span, options)) return written;
  return Commitment{{}, Commitment::Kind::no_option, inner};
}

}  // namespace proctor::graders::choice
