#include "graders/math/prose_words.h"

#include <algorithm>
#include <string>

#include "graders/math/expression/units.h"
#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

constexpr std::string_view kCopulas[] = {
    "is",     "are",      "was",  "were", "be",  "equals", "equal",  "gives",  "give", "becomes",
    "yields", "contains", "have", "has",  "get", "gets",   "est",    "sont",   "vaut", "ist",
    "sind",   "lautet",   "es",   "son",  "to",  "jest",   "wynosi", "adalah", "este", "zijn"};
constexpr std::string_view kFillers[] = {
    "the",      "a",       "an",        "about",      "approximately",
    "exactly",  "just",    "only",      "simply",     "either",
    "now",      "also",    "precisely", "given",      "by",
    "always",   "number",  "interval",  "set",        "point",
    "value",    "values",  "function",  "expression", "matrix",
    "vector",   "pair",    "ordered",   "fraction",   "integer",
    "integers", "numbers", "option",    "choice",     "letter",
    "equation", "union",   "roughly",   "at",         "of",
    "de",       "environ", "etwa",      "genau",      "indeed",
    "points",   "pairs",   "angle"};
constexpr std::string_view kConclusions[] = {
    "so",    "thus",     "therefore", "hence",    "consequently", "donc", "also", "daher",
    "somit", "folglich", "quindi",    "portanto", "luego",        "dus",  "then", "whence"};
constexpr std::string_view kSeparators[] = {"and", "or", "und", "oder", "et", "ou", "y", "o"};
// Words beside the names of units (expression/units.h) that belong to the number before them.
constexpr std::string_view kUnits[] = {"percent", "percentage", "pct",      "hundred", "thousand",
                                       "million", "billion",    "trillion", "dozen",   "a.m",
                                       "p.m",     "am",         "pm",       "square",  "cubic",
                                       "units",   "unit",       "per",      "min",     "sec"};
// Units of one letter, which may as well be variables: they end what is read as a number.
constexpr std::string_view kLetterUnits[] = {"m", "g", "s", "h", "l"};
constexpr std::string_view kNegations[] = {
    "not",  "cannot", "can't", "isn't", "aren't", "never", "wasn't",  "doesn't", "nicht",
    "kein", "keine",  "pas",   "non",   "nie",    "niet",  "neither", "nor"};
constexpr std::string_view kProse[] = {"i", "e.g", "i.e", "vs", "q.e.d"};
// Names that may stand in plain mathematics; other runs of two letters or more are words.
constexpr std::string_view kNames[] = {
    "sin",  "cos",   "tan",      "cot",  "sec",   "csc",  "arcsin", "arccos", "arctan", "asin",
    "acos", "atan",  "sinh",     "cosh", "tanh",  "log",  "ln",     "lg",     "exp",    "sqrt",
    "cbrt", "abs",   "floor",    "ceil", "gcd",   "lcm",  "max",    "min",    "mod",    "pi",
    "inf",  "infty", "infinity", "oo",   "alpha", "beta", "gamma",  "theta",  "phi",    "lambda",
    "mu",   "sigma", "omega",    "sgn",  "binom", "cm",   "mm",     "km",     "kg",     "mg",
    "ft",   "am",    "pm",       "or",   "and",   "xy",   "ab",     "ac",     "bc",     "yz",
    "xz",   "abc",   "xyz",      "frac", "cis",   "det",  "arg"};

// Words with other letters than ASCII's; a word comes before those that begin it.
struct ForeignWord {
  std::string_view word;
  PieceKind kind;
};
constexpr ForeignWord kForeign[] = {
    {"等于", PieceKind::copula},        {"應該是", PieceKind::copula},
    {"应该是", PieceKind::copula},      {"是", PieceKind::copula},
    {"为", PieceKind::copula},          {"為", PieceKind::copula},
    {"равно", PieceKind::copula},       {"равен", PieceKind::copula},
    {"равна", PieceKind::copula},       {"это", PieceKind::copula},
    {"は", PieceKind::copula},          {"이다", PieceKind::copula},
    {"é", PieceKind::copula},           {"è", PieceKind::copula},
    {"است", PieceKind::copula},         {"هو", PieceKind::copula},
    {"هي", PieceKind::copula},          {"和", PieceKind::separator},
    {"或", PieceKind::separator},       {"与", PieceKind::separator},
    {"及", PieceKind::separator},       {"и", PieceKind::separator},
    {"или", PieceKind::separator},      {"因此", PieceKind::conclusion},
    {"所以", PieceKind::conclusion},    {"故", PieceKind::conclusion},
    {"则", PieceKind::conclusion},      {"不", PieceKind::negation},
    {"没", PieceKind::negation},        {"не", PieceKind::negation},
    {"поэтому", PieceKind::conclusion}, {"значит", PieceKind::conclusion},
    {"よって", PieceKind::conclusion},  {"따라서", PieceKind::conclusion}};

constexpr std::string_view kMathSigns[] = {
    "−", "–", "×", "·", "⋅",  "÷",  "√",  "∛",  "π",  "°",  "∞",  "≤", "≥", "≠", "±", "∓",
    "≈", "∪", "∩", "∅", "∈",  "½",  "⅓",  "⅔",  "¼",  "¾",  "⅕",  "⅖", "⅗", "⅘", "⅙", "⅚",
    "⅛", "⅜", "⅝", "⅞", "²",  "³",  "¹",  "⁰",  "⁴",  "⁵",  "⁶",  "⁷", "⁸", "⁹", "⁻", "ⁿ",
    "₀", "₁", "₂", "₃", "₄",  "₅",  "₆",  "₇",  "₈",  "₉",  "θ",  "α", "β", "γ", "φ", "λ",
    "ω", "σ", "μ", "ℝ", "ℤ",  "ℕ",  "ℚ",  "ℂ",  "€",  "£",  "￥", "∖", "⌊", "⌋", "⌈", "⌉",
    "∑", "∏", "∫", "′", "％", "－", "＋", "＝", "．", "／", "∣",  "⟨", "⟩"};

constexpr std::string_view kForeignPunctuation[] = {"。", "，", "、", "；", "：", "！", "？", "（",
                                                    "）", "「", "」", "《", "》", "“",  "”",  "…"};

template <std::size_t size>
bool is_in(const std::string_view (&words)[size], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// Whether every run of letters is one letter, a name that mathematics knows, or a command.
bool is_math(std::string_view word) {
  constexpr std::string_view kSigns = "+-*/^=<>()[]{}|!%.,:;'_&$\\~";
  for (std::size_t at = 0; at < word.size();) {
    if (!is_ascii(word[at])) {
      const std::size_t length = character_length(word, at);
      if (!is_mathematical(word.substr(at, length))) return false;
      at += length;
      continue;
    }
    if (!is_letter(word[at])) {
      const bool allowed = is_digit(word[at]) || kSigns.find(word[at]) != std::string_view::npos;
      if (!allowed) return false;
      if (word[at] == '\\') at += command_name_at(word, at).size();
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < word.size() && is_letter(word[at])) ++at;
    if (at - begin > 1 && !is_in(kNames, word.substr(begin, at - begin))) return false;
  }
  return true;
}

std::string lower_without_brackets(std::string_view word) {
  while (!word.empty() && (word.front() == '(' || word.front() == '[')) word.remove_prefix(1);
  while (!word.empty() && (word.back() == ')' || word.back() == ']')) word.remove_suffix(1);
  std::string lower(word);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

}  // namespace

PieceKind kind_of_word(std::string_view word, bool after_number) {
  const std::string lower = lower_without_brackets(word);
  if (after_number && (is_in(kUnits, lower) || is_plain_unit(lower))) return PieceKind::unit;
  if (is_in(kProse, lower) || (after_number && is_in(kLetterUnits, word))) return PieceKind::prose;
  if (is_in(kSeparators, lower) && (lower.size() > 1 || after_number)) return PieceKind::separator;
  if (is_in(kCopulas, lower)) return PieceKind::copula;
  if (is_in(kNegations, lower)) return PieceKind::negation;
  if (is_in(kConclusions, lower)) return PieceKind::conclusion;
  if (is_in(kFillers, lower)) return PieceKind::filler;
  if (const std::optional<KnownWord> known = foreign_word_at(lower)) {
    if (known->length == lower.size()) return known->kind;
  }
  return is_math(word) ? PieceKind::math : PieceKind::prose;
}

std::optional<KnownWord> foreign_word_at(std::string_view text) {
  for (const ForeignWord& known : kForeign) {
    if (text.starts_with(known.word)) return KnownWord{known.kind, known.word.size()};
  }
  return std::nullopt;
}

bool is_mathematical(std::string_view character) {
  // Full-width digits are U+FF10 to U+FF19.
  if (character.size() == 3 && character.starts_with("\xEF\xBC") && character[2] >= '\x90' &&
      character[2] <= '\x99') {
    return true;
  }
  return is_in(kMathSigns, character);
}

bool is_foreign_punctuation(std::string_view character) {
  return is_in(kForeignPunctuation, character);
}

bool is_ascii(char c) { return (static_cast<unsigned char>(c) & 0x80) == 0; }

std::size_t character_length(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

}  // namespace proctor::graders::math
