#include "graders/math/pieces.h"

#include <algorithm>
#include <optional>
#include <string>

#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

bool is_in(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

class PieceSplitter {
 public:
  PieceSplitter(std::string_view text, const std::vector<Formula>& formulas, Span range)
      : text_(text), range_(range) {
    formula_ = std::lower_bound(
        formulas.begin(), formulas.end(), range.begin,
        [](const Formula& formula, std::size_t at) { return formula.whole.begin < at; });
    last_formula_ = formulas.end();
  }

  std::vector<Piece> all() {
    std::size_t at = range_.begin;
    while (at < range_.end) at = step(at);
    return std::move(pieces_);
  }

 private:
  std::size_t step(std::size_t at) {
    if (formula_ != last_formula_ && at >= formula_->whole.begin) {
      const Span whole = (formula_++)->whole;
      pieces_.push_back({PieceKind::formula, whole});
      return whole.end;
    }
    const char c = text_[at];
    if (is_space(c)) return at + 1;
    if (is_emphasis(at)) return at + 2;
    if (is_in("*_`\"", c) && at_word_edge(at)) return at + 1;
    if (is_punctuation(at)) return take_punctuation(at);
    if (!is_ascii(c)) {
      if (const std::size_t end = take_foreign(at); end > at) return end;
    }
    return take_word(at);
  }

  bool is_emphasis(std::size_t at) const {
    const std::string_view two = text_.substr(at, 2);
    return two == "**" || two == "__";
  }

  bool at_word_edge(std::size_t at) const {
    const bool first = at == 0 || is_space(text_[at - 1]);
    const bool last = at + 1 >= text_.size() || is_space(text_[at + 1]);
    return first != last;
  }

  // A sign that ends a word here: not the point in 3.5, the comma in 1,000 or the colon in 3:4.
  bool is_punctuation(std::size_t at) const {
    if (!is_in(".,;:!?", text_[at])) return false;
    std::size_t next = at + 1;
    while (next < text_.size() && is_in("*_`\"')", text_[next])) ++next;
    const bool factorial = text_[at] == '!' && at > 0 && !is_space(text_[at - 1]) &&
                           next < text_.size() && !is_space(text_[next]);
    if (factorial) return false;
    return next >= text_.size() || is_space(text_[next]) || is_in(".,;:!?", text_[next]) ||
           (!is_ascii(text_[next]) && text_[at] != '.' && text_[at] != ':');
  }

  std::size_t take_punctuation(std::size_t at) {
    if (pieces_.empty()) return at + 1;
    if (text_[at] == ',') {
      pieces_.back().comma = true;
    } else {
      pieces_.back().breaks = true;
    }
    return at + 1;
  }

  // A word or mark of a script without spaces, or one character of it; `at` if what is there is
  // mathematics or a word between spaces.
  std::size_t take_foreign(std::size_t at) {
    const std::size_t length = character_length(text_, at);
    const std::string_view character = text_.substr(at, length);
    if (is_foreign_punctuation(character)) {
      if (!pieces_.empty()) pieces_.back().breaks = true;
      return at + length;
    }
    if (is_accented(character) || is_mathematical(character)) return at;
    const std::optional<KnownWord> word = foreign_word_at(text_.substr(at, range_.end - at));
    const std::size_t end = at + (word ? word->length : length);
    pieces_.push_back({word ? word->kind : PieceKind::prose, {at, end}});
    return end;
  }

  // Letters of two bytes (Latin with accents, Greek, Cyrillic, Arabic) stand in words between
  // spaces.
  static bool is_accented(std::string_view character) {
    return character.size() == 2 && !is_mathematical(character);
  }

  // Up to the next space, formula, emphasis, punctuation or letter of another script.
  std::size_t take_word(std::size_t begin) {
    const std::size_t limit =
        formula_ == last_formula_ ? range_.end : std::min(range_.end, formula_->whole.begin);
    std::size_t at = begin;
    while (at < limit && !is_space(text_[at])) {
      const std::size_t length = character_length(text_, at);
      if (at > begin) {
        const std::string_view character = text_.substr(at, length);
        const bool foreign =
            !is_ascii(text_[at]) && !is_mathematical(character) && !is_accented(character);
        const bool emphasis = is_emphasis(at) || (is_in("*_`\"", text_[at]) && at_word_edge(at));
        if (foreign || emphasis || is_punctuation(at)) break;
      }
      at += length;
    }
    at = std::min(at, limit);
    take_word({begin, at});
    return at;
  }

  void take_word(Span span) {
    const std::string_view word = text_.substr(span.begin, span.end - span.begin);
    const bool after_number =
        !pieces_.empty() && !pieces_.back().breaks &&
        (pieces_.back().kind == PieceKind::math || pieces_.back().kind == PieceKind::formula ||
         pieces_.back().kind == PieceKind::unit);
    pieces_.push_back({kind_of_word(word, after_number), span});
  }

  std::string_view text_;
  Span range_;
  std::vector<Formula>::const_iterator formula_;
  std::vector<Formula>::const_iterator last_formula_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> split_pieces(std::string_view text, const std::vector<Formula>& formulas,
                                Span range) {
  return PieceSplitter(text, formulas, range).all();
}

}  // namespace proctor::graders::math
