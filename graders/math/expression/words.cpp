#include "graders/math/expression/words.h"

#include <algorithm>
#include <iterator>

#include "graders/math/latex.h"

namespace proctor::graders::math {
namespace {

struct KnownWord {
  std::string_view word;
  WordKind kind;
};

constexpr KnownWord kWords[] = {
    {"and", WordKind::conjunction},     {"or", WordKind::disjunction},
    {"and/or", WordKind::disjunction},  {"&", WordKind::conjunction},
    {"if", WordKind::condition},        {"for", WordKind::condition},
    {"for some", WordKind::condition},  {"for all", WordKind::condition},
    {"for any", WordKind::condition},   {"for every", WordKind::condition},
    {"for each", WordKind::condition},  {"when", WordKind::condition},
    {"where", WordKind::condition},     {"with", WordKind::condition},
    {"whenever", WordKind::condition},  {"such that", WordKind::condition},
    {"provided", WordKind::condition},  {"provided that", WordKind::condition},
    {"approximately", WordKind::hedge}, {"approx", WordKind::hedge},
    {"about", WordKind::hedge},         {"roughly", WordKind::hedge},
    {"exactly", WordKind::hedge},       {"option", WordKind::option},
    {"choice", WordKind::option},       {"infinity", WordKind::infinity},
    {"inf", WordKind::infinity},        {"oo", WordKind::infinity},
    {"percent", WordKind::percent},     {"per cent", WordKind::percent},
    {"percentage", WordKind::percent},  {"pct", WordKind::percent},
    {"degree", WordKind::degrees},      {"degrees", WordKind::degrees},
    {"deg", WordKind::degrees},         {"th", WordKind::ordinal},
    {"st", WordKind::ordinal},          {"nd", WordKind::ordinal},
    {"rd", WordKind::ordinal},
};

struct Multiplier {
  std::string_view word, value;
};

constexpr Multiplier kMultipliers[] = {
    {"hundred", "100"},        {"thousand", "1000"},          {"million", "1000000"},
    {"billion", "1000000000"}, {"trillion", "1000000000000"},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, lower);
}

bool is_vowel(char c) { return std::string_view("aeiouyAEIOUY").find(c) != std::string_view::npos; }

// Variables are named in the order of the alphabet: abc, xyz, uv. Words hardly ever are.
bool are_neighbours(std::string_view letters) {
  for (std::size_t i = 1; i < letters.size(); ++i) {
    const int step = letters[i] - letters[i - 1];
    if (step < 1 || step > 3) return false;
  }
  return letters.find('o') == std::string_view::npos;
}

}  // namespace

bool is_integer(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n~.,;:!?*\"";
  const std::size_t from = text.find_first_not_of(kAround);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kAround) - from + 1);
}

WordKind word_kind(std::string_view words) {
  // Most by far are the single letters of variables.
  if (words.size() == 1) return words == "&" ? WordKind::conjunction : WordKind::other;
  words = stripped(words);
  if (words.empty() || words.size() > 13) return WordKind::other;
  const auto* known = std::ranges::find_if(
      kWords, [&](const KnownWord& row) { return same_word(words, row.word); });
  return known == std::end(kWords) ? WordKind::other : known->kind;
}

std::string_view multiplier_of(std::string_view word) {
  for (const Multiplier& row : kMultipliers) {
    if (same_word(word, row.word)) return row.value;
  }
  return {};
}

bool is_lone_word(std::string_view letters) {
  if (letters.size() < 2 || are_neighbours(letters)) return false;
  // Two letters with an i are a complex number more often than a word.
  if (letters.size() == 2 && letters.find('i') != std::string_view::npos) return false;
  if (letters.size() == 2 && (letters[0] == 'e' || letters[1] == 'e')) return false;
  return std::ranges::any_of(
      letters.substr(0, letters.size() > 3 ? letters.size() : 3),
      [&](char c) { return is_vowel(c) && (letters.size() > 2 || c != 'y'); });
}

bool is_word_in_formula(std::string_view letters) {
  return letters.size() >= 3 && !are_neighbours(letters) && is_lone_word(letters);
}

bool is_prose(std::string_view text) {
  bool has_word = false;
  std::size_t run = 0;
  for (const char c : text) {
    if (is_letter(c) || static_cast<unsigned char>(c) >= 0x80) {
      has_word = has_word || ++run >= 2;
      continue;
    }
    run = 0;
    const bool plain = is_digit(c) || is_space(c) ||
                       std::string_view("-'.,/&:;!?~()\"#%$").find(c) != std::string_view::npos;
    if (!plain) return false;
  }
  return has_word;
}

}  // namespace proctor::graders::math
