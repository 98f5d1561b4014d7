#include "graders/math/statement.h"

#include <algorithm>

#include "graders/math/expression/parser.h"
#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Bounds on what is tried, so that no sentence costs more than linear time.
constexpr std::size_t kLongestValue = 64;  // pieces
constexpr std::size_t kMostShortenings = 12;
constexpr std::size_t kMostFillers = 8;
constexpr int kMostCopulas = 16;

constexpr std::string_view kSentenceEnds[] = {".", "!", "?", "。", "！", "？"};

bool is_part_of_value(const Piece& piece) {
  return piece.kind == PieceKind::formula || piece.kind == PieceKind::math;
}

// Whether the value goes on from this piece to the next.
bool goes_on(const std::vector<Piece>& pieces, std::size_t at) {
  if (at + 1 >= pieces.size() || pieces[at].breaks) return false;
  const Piece& next = pieces[at + 1];
  if (is_part_of_value(next) || next.kind == PieceKind::unit) return true;
  if (next.kind != PieceKind::separator || next.breaks) return false;
  return at + 2 < pieces.size() && is_part_of_value(pieces[at + 2]);
}

bool same_word(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(),
                    [](char found, char wanted) { return (found | 0x20) == wanted; });
}

// Where a parenthesis begins that checks the result, or `end`.
std::size_t begin_of_check(std::string_view text, Span line) {
  constexpr std::string_view kCheck = "check";
  for (std::size_t at = line.begin; at + kCheck.size() < line.end; ++at) {
    if (text[at] == '(' && same_word(text.substr(at + 1, kCheck.size()), kCheck)) return at;
  }
  return line.end;
}

}  // namespace

bool reads_as_value(std::string_view text) {
  thread_local Arena arena;
  arena.clear();
  const Parsed parsed = parse_answer(text, arena);
  if (parsed.root == nullptr) return false;
  const Node& root = *parsed.root;
  if (root.kind != Kind::text) return root.kind != Kind::blank;
  return std::any_of(root.text.begin(), root.text.end(), is_digit);  // a time of day, a date
}

bool Statement::is_value(Span span) const {
  return reads_as_value(text_.substr(span.begin, span.end - span.begin));
}

// A formula that only mentions a quantity: "the largest $n$".
bool Statement::is_name(const Piece& piece) const {
  const std::string_view piece_text =
      text_.substr(piece.span.begin, piece.span.end - piece.span.begin);
  const auto letters = std::count_if(piece_text.begin(), piece_text.end(), is_letter);
  const bool marked = std::any_of(piece_text.begin(), piece_text.end(), [](char c) {
    return is_digit(c) || c == '\\' || c == '=' || c == '+' || c == '/' || c == '^';
  });
  return letters == 1 && !marked;
}

// The longest value from the piece `first` on. A formula counts even if it is not understood:
// nothing inside it may stand for it.
std::optional<Span> Statement::value_at(const std::vector<Piece>& pieces, std::size_t first) const {
  if (first >= pieces.size() || !is_part_of_value(pieces[first])) return std::nullopt;
  std::size_t last = first;
  while (last - first < kLongestValue && goes_on(pieces, last)) ++last;
  for (std::size_t tries = 0; tries < kMostShortenings; ++tries, --last) {
    const Span span{pieces[first].span.begin, pieces[last].span.end};
    if (pieces[last].kind != PieceKind::separator && is_value(span)) return span;
    if (last == first) break;
  }
  if (pieces[first].kind == PieceKind::formula) return pieces[first].span;
  return std::nullopt;
}

std::optional<Span> Statement::value_after(const std::vector<Piece>& pieces,
                                           std::size_t word) const {
  std::size_t at = word + 1;
  while (at < pieces.size() && at < word + kMostFillers && !pieces[at - 1].breaks &&
         (pieces[at].kind == PieceKind::filler || pieces[at].kind == PieceKind::conclusion ||
          pieces[at].kind == PieceKind::copula)) {
    ++at;
  }
  return value_at(pieces, at);
}

std::optional<Span> Statement::value_after_copula(const std::vector<Piece>& pieces,
                                                  std::size_t from) const {
  int copulas = 0;
  for (std::size_t at = pieces.size(); at-- > from && copulas < kMostCopulas;) {
    if (pieces[at].kind != PieceKind::copula) continue;
    if (at > from && pieces[at - 1].kind == PieceKind::negation) continue;  // "cannot be"
    ++copulas;
    if (const std::optional<Span> value = value_after(pieces, at)) return value;
  }
  return std::nullopt;
}

// Whether what is said after this piece is what the sentence is about.
bool Statement::concludes(const Piece& piece) const {
  const std::size_t after = text_.find_first_not_of("*_`\"')", piece.span.end);
  const bool colon = piece.breaks && after != kNone && text_[after] == ':';
  return colon || piece.kind == PieceKind::conclusion;
}

// Whether the clause of a piece, between commas and other marks, has a "not" in it.
bool Statement::is_negated(const std::vector<Piece>& pieces, std::size_t at) const {
  const auto ends = [](const Piece& piece) { return piece.breaks || piece.comma; };
  const auto negates = [](const Piece& piece) { return piece.kind == PieceKind::negation; };
  std::size_t begin = at;
  while (begin > 0 && !ends(pieces[begin - 1])) --begin;
  std::size_t end = at;
  while (end + 1 < pieces.size() && !ends(pieces[end])) ++end;
  return std::any_of(pieces.begin() + static_cast<std::ptrdiff_t>(begin),
                     pieces.begin() + static_cast<std::ptrdiff_t>(end) + 1, negates);
}

std::optional<Span> Statement::last_value(const std::vector<Piece>& pieces,
                                          std::size_t from) const {
  std::size_t last = pieces.size();
  while (last > from && (!is_part_of_value(pieces[last - 1]) || is_name(pieces[last - 1]))) --last;
  if (last == from || is_negated(pieces, last - 1)) return std::nullopt;
  std::size_t first = last - 1;
  const auto belongs = [&](std::size_t at) {
    const bool assigned = text_.substr(pieces[at + 1].span.begin, 1) == "=";
    return !pieces[at].breaks && (assigned || !is_name(pieces[at])) &&
           (is_part_of_value(pieces[at]) || (pieces[at].kind == PieceKind::separator && at > from &&
                                             is_part_of_value(pieces[at - 1])));
  };
  while (first > from && last - first < kMostShortenings && belongs(first - 1)) --first;
  while (pieces[first].kind == PieceKind::separator) ++first;
  for (; first < last; ++first) {
    const std::string_view sign = text_.substr(pieces[first].span.begin, 1);
    if (sign == "=" || pieces[first].kind == PieceKind::separator) continue;
    const std::optional<Span> value = value_at(pieces, first);
    if (value && value->end >= pieces[last - 1].span.end) return value;
  }
  return std::nullopt;
}

std::optional<Span> Statement::leading_value(Span range) const {
  const std::vector<Piece> split = pieces(range);
  if (split.empty()) return std::nullopt;
  if (is_part_of_value(split[0])) return value_at(split, 0);
  if (split[0].kind == PieceKind::prose || split[0].kind == PieceKind::negation) {
    return std::nullopt;
  }
  return value_after(split, 0);
}

std::optional<Span> Statement::asserted_value(Span range) const {
  return value_after_copula(pieces(range), 0);
}

std::optional<Span> Statement::concluding_value(Span range) const {
  const std::vector<Piece> split = pieces(range);
  for (std::size_t at = split.size(); at-- > 0;) {
    if (!concludes(split[at])) continue;
    if (std::optional<Span> value = value_after_copula(split, at + 1)) return value;
    if (std::optional<Span> value = last_value(split, at + 1)) return value;
  }
  if (std::optional<Span> value = value_after_copula(split, 0)) return value;
  return last_value(split, 0);
}

std::optional<Span> Statement::last_line(std::size_t end) const {
  constexpr std::string_view kEmpty = " \t\r\n*_`-#>";
  const std::size_t last = text_.substr(0, end).find_last_not_of(kEmpty);
  if (last == kNone) return std::nullopt;
  std::size_t begin = last + 1;
  auto formula =
      std::lower_bound(formulas_.begin(), formulas_.end(), begin,
                       [](const Formula& one, std::size_t at) { return one.whole.begin < at; });
  while (begin > 0 && text_[begin - 1] != '\n') {
    --begin;
    if (formula != formulas_.begin() && (formula - 1)->whole.end > begin) {
      begin = (--formula)->whole.begin;  // a formula may run over several lines
    }
  }
  Span line{begin, std::min(text_.find('\n', last), std::min(end, text_.size()))};
  line.end = begin_of_check(text_, line);
  return line;
}

bool Statement::ends_sentence(const Piece& piece) const {
  if (!piece.breaks) return false;
  const std::size_t after = text_.find_first_not_of("*_`\"')", piece.span.end);
  const std::string_view mark = after == kNone ? "" : text_.substr(after);
  return std::any_of(std::begin(kSentenceEnds), std::end(kSentenceEnds),
                     [&](std::string_view end) { return mark.starts_with(end); });
}

Span Statement::first_sentence(Span line) const {
  const std::vector<Piece> split = pieces(line);
  for (const Piece& piece : split) {
    if (ends_sentence(piece)) return {line.begin, piece.span.end};
  }
  return split.empty() ? line : Span{line.begin, std::max(line.end, split.back().span.end)};
}

Span Statement::last_sentence(Span line) const {
  const std::vector<Piece> split = pieces(line);
  if (split.empty()) return line;
  std::size_t first = split.size() - 1;
  while (first > 0 && !ends_sentence(split[first - 1])) --first;
  return {split[first].span.begin, line.end};
}

std::optional<Span> Statement::predicate(Span sentence) const {
  const std::vector<Piece> split = pieces(sentence);
  for (std::size_t at = split.size(); at-- > 1;) {
    if (split[at - 1].kind != PieceKind::copula) continue;
    std::size_t first = at;
    while (first + 1 < split.size() && split[first].kind == PieceKind::filler) ++first;
    return Span{split[first].span.begin, split.back().span.end};
  }
  return std::nullopt;
}

bool Statement::is_expression(Span range) const {
  const std::vector<Piece> split = pieces(range);
  if (split.empty()) return false;
  const auto words = std::count_if(split.begin(), split.end(), [](const Piece& piece) {
    return !is_part_of_value(piece) && piece.kind != PieceKind::unit &&
           piece.kind != PieceKind::separator;
  });
  constexpr std::ptrdiff_t kMostWords = 3;  // "for some"
  const bool formula_first = split[0].kind == PieceKind::formula && words <= kMostWords;
  const bool one_word = split.size() == 1;
  return (words == 0 || formula_first || one_word) && is_value(range);
}

}  // namespace proctor::graders::math
