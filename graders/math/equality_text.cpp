// Answers as text: for words, and for what is not understood as anything else.
#include <algorithm>
#include <array>
#include <iterator>

#include "graders/math/equality_value.h"

namespace proctor::graders::math {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_word_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c < 0; }

struct Synonym {
  std::string_view from;
  std::string_view to;
};

constexpr Synonym kSynonyms[] = {
    {"no solutions", "no solution"},
    {"no real solution", "no solution"},
    {"no real solutions", "no solution"},
    {"there is no solution", "no solution"},
    {"there are no solutions", "no solution"},
    {"has no solution", "no solution"},
    {"empty set", "no solution"},
    {"true", "yes"},
    {"false", "no"},
    {"does not exist", "dne"},
};

// Commands that only typeset: they leave nothing behind.
constexpr std::string_view kLayout[] = {"left", "right", "displaystyle", "textstyle",
                                        "quad", "qquad", "limits",       "big",
                                        "Big",  "bigl",  "bigr"};

// Commands whose argument is the words that they typeset.
constexpr std::string_view kWrappers[] = {"text",   "textbf", "textit",     "textrm",      "mathrm",
                                          "mathbf", "mbox",   "textnormal", "operatorname"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

std::string_view command_at(std::string_view text, std::size_t backslash) {
  std::size_t end = backslash + 1;
  while (end < text.size() && is_letter(text[end])) ++end;
  return text.substr(backslash + 1, end - backslash - 1);
}

std::string_view trimmed(std::string_view text, std::string_view what) {
  const std::size_t first = text.find_first_not_of(what);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(what) - first + 1);
}

}  // namespace

std::string normal_words(std::string_view text) {
  std::string words;
  for (const char c : text) {
    if (is_space(c) || c == '~') {
      if (!words.empty() && words.back() != ' ') words += ' ';
    } else {
      words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  std::string_view rest = trimmed(words, " .,;:!");
  for (const std::string_view article : {"the ", "an ", "a "}) {
    if (rest.starts_with(article) && rest.size() > article.size()) {
      rest.remove_prefix(article.size());
      break;
    }
  }
  for (const Synonym& synonym : kSynonyms) {
    if (rest == synonym.from) return std::string(synonym.to);
  }
  return std::string(rest);
}

std::string words_of(std::string_view text) {
  std::string words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '$' || c == '{' || c == '}' || c == '*') continue;
    if (c != '\\') {
      words += c;
      continue;
    }
    const std::string_view command = command_at(text, i);
    if (is_one_of(command, kWrappers) || is_one_of(command, kLayout)) {
      i += command.size();
    } else {
      words += command.empty() ? ' ' : c;
    }
  }
  return normal_words(words);
}

std::string plain_text(std::string_view text) {
  std::string plain;
  bool space = false;
  const auto put = [&](char c) {
    // Two numbers that are not one stay apart: 1 1/2 is not 11/2.
    if (space && !plain.empty() && is_word_character(plain.back()) && is_word_character(c)) {
      plain += ' ';
    }
    space = false;
    plain += c;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_space(c) || c == '$') {
      space = true;
      continue;
    }
    if (c != '\\') {
      put(c);
      continue;
    }
    const std::string_view command = command_at(text, i);
    if (is_one_of(command, kLayout)) {
      i += command.size();
      space = true;
    } else if (command.empty() && i + 1 < text.size() &&
               std::string_view(",;:! ()[]").find(text[i + 1]) != std::string_view::npos) {
      ++i;
      space = true;
    } else {
      put(c);
    }
  }
  while (!plain.empty() && plain.back() == '.') plain.pop_back();
  return plain;
}

}  // namespace proctor::graders::math
