// The words that tell answers from the prose around them, by tables in several languages.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace proctor::graders::math {

// What a piece of a line can be; see pieces.h.
enum class PieceKind {
  formula,     // set as one, between delimiters
  math,        // plain text that can be part of an expression: "17", "x²", "sqrt(2)/3", "="
  unit,        // a word that belongs to the number before it: "percent", "cm", "million"
  separator,   // "and", "or", between two answers
  copula,      // "is", "equals", 是: what follows is what the subject is
  filler,      // "the", "about", "exactly": may stand between a copula and its value
  conclusion,  // "so", "hence", 所以: what follows is what the sentence is about
  negation,    // "not", "cannot": what its clause says is no answer
  prose,       // any other word, and signs that are no mathematics
};

// The kind of a word of ASCII letters, digits and signs, or of a run of mathematical signs.
// `after_number`: whether a number stands directly before it, so that it may be a unit.
PieceKind kind_of_word(std::string_view word, bool after_number);

struct KnownWord {
  PieceKind kind;
  std::size_t length;  // bytes
};

// The word of another script that `text` begins with, if it is in the tables.
std::optional<KnownWord> foreign_word_at(std::string_view text);

// One character: a digit, letter or sign beyond ASCII that formulas in plain text are made of.
bool is_mathematical(std::string_view character);
bool is_foreign_punctuation(std::string_view character);

bool is_ascii(char c);
// The bytes of the UTF-8 character at `at`.
std::size_t character_length(std::string_view text, std::size_t at);

}  // namespace proctor::graders::math
