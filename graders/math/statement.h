// What a sentence says a value is, by its words: "so the area is $15$ cm, which is more than 10".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "graders/math/formulas.h"
#include "graders/math/pieces.h"

namespace proctor::graders::math {

// A text whose formulas have been found; the text must outlive it. Values are spans of it that the
// parser understands, or whole formulas. Each function is linear in the range it looks at.
class Statement {
 public:
  explicit Statement(std::string_view text) : text_(text), formulas_(find_formulas(text)) {}

  std::string_view text() const { return text_; }
  std::vector<Piece> pieces(Span range) const { return split_pieces(text_, formulas_, range); }

  // The value that the range begins with, fillers aside, as long as it goes on: "17 cm since..."
  std::optional<Span> leading_value(Span range) const;

  // The value that the range ends up with: what follows its last "so" or colon, or else its last
  // copula with a value after it, or else the last value in it, unless its clause says "not".
  std::optional<Span> concluding_value(Span range) const;

  // Only what follows a copula, for sentences that need not be about the answer.
  std::optional<Span> asserted_value(Span range) const;

  // The line that ends at or before `end` with something other than white space and rules in it,
  // without what stands in a parenthesis that begins with "check"; formulas are not broken.
  std::optional<Span> last_line(std::size_t end) const;

  // The first and the last sentence of a line.
  Span first_sentence(Span line) const;
  Span last_sentence(Span line) const;

  // What follows the last copula of a sentence, be it a value or words.
  std::optional<Span> predicate(Span sentence) const;

  // Whether the range is an expression or several and nothing else; a condition in a few words may
  // follow a formula.
  bool is_expression(Span range) const;

 private:
  std::optional<Span> value_at(const std::vector<Piece>& pieces, std::size_t first) const;
  std::optional<Span> value_after(const std::vector<Piece>& pieces, std::size_t word) const;
  std::optional<Span> value_after_copula(const std::vector<Piece>& pieces, std::size_t from) const;
  std::optional<Span> last_value(const std::vector<Piece>& pieces, std::size_t from) const;
  bool concludes(const Piece& piece) const;
  bool is_negated(const std::vector<Piece>& pieces, std::size_t at) const;
  bool is_value(Span span) const;
  bool is_name(const Piece& piece) const;
  bool ends_sentence(const Piece& piece) const;

  std::string_view text_;
  std::vector<Formula> formulas_;
};

// Whether the text is an answer by itself: the parser understands it, and not as words.
bool reads_as_value(std::string_view text);

}  // namespace proctor::graders::math
