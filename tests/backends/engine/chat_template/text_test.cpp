#include "backends/engine/chat_template/text.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "backends/engine/chat_template/case_mapping.h"
#include "backends/engine/chat_template/value.h"

using namespace proctor::engine;

TEST_CASE("only well-formed UTF-8 is valid") {
  struct Row {
    std::string_view bytes;
    bool valid;
  };
  constexpr Row kRows[] = {
      {"", true},
      {"aé日🙂", true},
      {"\xF4\x8F\xBF\xBF", true},   // the last code point
      {"\xF4\x90\x80\x80", false},  // the one after it
      {"\xC0\x80", false},          // two bytes for one
      {"\xE0\x9F\xBF", false},      // three for two
      {"\xED\xA0\x80", false},      // a surrogate
      {"\xE6\x97", false},          // cut
      {"\x80", false},              // a rest without its start
      {"\xFF", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.bytes);
    CHECK(valid_utf8(row.bytes) == row.valid);
  }
}

TEST_CASE("code points survive being taken apart and put together") {
  for (char32_t code = 0; code < 0x110000; code = code < 0x3000 ? code + 1 : code + 97) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string bytes;
    append_code_point(bytes, code);
    std::string_view rest = bytes;
    CHECK(take_code_point(rest) == code);
    CHECK(rest.empty());
    CHECK(count_code_points(bytes) == 1);
  }
}

TEST_CASE("splitting and joining again gives the same text") {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t i = random() % 12; i > 0; --i) text += "ab ,\n"[random() % 5];
    const std::int64_t limit = static_cast<std::int64_t>(random() % 5) - 1;
    CAPTURE(text);
    for (const auto& parts : {split(text, ",", limit), rsplit(text, ",", limit)}) {
      std::string joined;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) joined += ',';
        joined += parts[i];
      }
      CHECK(joined == text);
    }
    const std::string replaced = replace(text, "a", "bb", limit);
    CHECK(replaced.size() == replaced_size(text, "a", "bb", limit));
    CHECK(split_lines(text, true).size() == split_lines(text, false).size());
  }
}

TEST_CASE("letters change their case or say that they cannot") {
  struct Row {
    std::string_view text, lower, upper;  // an empty one is an error
  };
  constexpr Row kRows[] = {
      {"Hello 1", "hello 1", "HELLO 1"},
      {"Ärger Straße", "ärger straße", "ÄRGER STRASSE"},
      {"Жизнь Ё", "жизнь ё", "ЖИЗНЬ Ё"},
      {"αβγ", "αβγ", "ΑΒΓ"},
      {"日本 🙂", "日本 🙂", "日本 🙂"},
      {"Ā Ő Ÿ", "ā ő ÿ", "Ā Ő Ÿ"},
      {"Σ", "", "Σ"},  // at the end of a word it would become another letter
      {"ﬁ", "", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const auto lower = to_case(row.text, Case::lower);
    const auto upper = to_case(row.text, Case::upper);
    CHECK(static_cast<bool>(lower) == !row.lower.empty());
    CHECK(static_cast<bool>(upper) == !row.upper.empty());
    if (lower) CHECK(*lower == row.lower);
    if (upper) CHECK(*upper == row.upper);
  }
}

TEST_CASE("floats are spelled in the fewest digits that give them back") {
  struct Row {
    double number;
    std::string_view text;
  };
  constexpr Row kRows[] = {
      {0, "0.0"},
      {-0.0, "-0.0"},
      {1, "1.0"},
      {0.1, "0.1"},
      {1e15, "1000000000000000.0"},
      {1e16, "1e+16"},
      {1.5e300, "1.5e+300"},
      {1e-4, "0.0001"},
      {1e-5, "1e-05"},
      {5e-324, "5e-324"},
      {-2.5, "-2.5"},
      {123456.789, "123456.789"},
      {1e22, "1e+22"},
      {1.0 / 3, "0.3333333333333333"},
  };
  for (const Row& row : kRows) CHECK(float_text(row.number) == row.text);
  CHECK(float_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(float_text(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(float_text(std::nan("")) == "nan");
  std::mt19937_64 random(2);
  for (int i = 0; i < 20'000; ++i) {
    const double number =
        std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 400) - 260);
    CHECK(std::strtod(float_text(number).c_str(), nullptr) == number);
  }
}
