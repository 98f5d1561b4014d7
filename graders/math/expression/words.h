// Words among formulas: which runs of letters are words and which are products, what joins two
// answers, and what opens a condition.
#pragma once

#include <string_view>

namespace proctor::graders::math {

enum class WordKind {
  other,
  conjunction,  // and
  disjunction,  // or
  condition,    // if, for, where...
  hedge,        // about, approximately: says nothing that can be compared
  option,       // option, choice: before a letter
  infinity,
  percent,
  degrees,
  ordinal,  // the th of 5th
};

// What a word, or the words of a \text, do. Case, and punctuation at the ends, do not matter.
WordKind word_kind(std::string_view words);

// What a word multiplies the number before it with: "million" gives "1000000"; empty if nothing.
std::string_view multiplier_of(std::string_view word);

// Whether letters that stand alone are a word ("odd", "Evelyn") and no product ("abc", "xy").
bool is_lone_word(std::string_view letters);

// Whether letters within a formula are a word. Here a product is the likelier reading.
bool is_word_in_formula(std::string_view letters);

// Whether a text that is no formula reads as words, numbers and punctuation: a name, a date, a
// sentence. There is at least one word and no sign of mathematics.
bool is_prose(std::string_view text);

// Whether a text is digits and nothing else.
bool is_integer(std::string_view text);

// Less the white space and the punctuation around it.
std::string_view stripped(std::string_view text);

}  // namespace proctor::graders::math
