#include "graders/code/python_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "graders/code/word_comparison.h"

namespace proctor::graders::code {
namespace {

constexpr int kDeepest = 500;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& text, unsigned code_point) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) return put(code_point);
  if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
  }
  put(0x80 | (code_point & 0x3F));
}

// Recursive descent over the text; nothing is returned once it has left the grammar, and `at_` is
// then where it did.
class Reader {
 public:
  explicit Reader(std::string_view json) : json_(json) {}

  std::optional<PythonValue> document() {
    std::optional<PythonValue> value = any(0);
    skip_blanks();
    if (at_ != json_.size()) return std::nullopt;
    return value;
  }

  std::size_t at() const { return at_; }

 private:
  char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }

  bool take(std::string_view text) {
    if (!json_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  std::optional<PythonValue> any(int depth) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (depth > kDeepest) return std::nullopt;
    skip_blanks();
    if (take("null")) return PythonValue{};
    if (take("true")) return PythonValue{true};
    if (take("false")) return PythonValue{false};
    if (take("NaN")) return PythonValue{std::numeric_limits<double>::quiet_NaN()};
    if (take("Infinity")) return PythonValue{kInfinity};
    if (take("-Infinity")) return PythonValue{-kInfinity};
    if (take("[")) return list(depth);
    if (take("{")) return dict(depth);
    if (take("\"")) {
      std::optional<std::string> text = string();
      if (!text) return std::nullopt;
      return PythonValue{std::move(*text)};
    }
    return number();
  }

  std::optional<PythonValue> list(int depth) {
    PythonList items;
    skip_blanks();
    if (take("]")) return PythonValue{std::move(items)};
    do {
      std::optional<PythonValue> item = any(depth + 1);
      if (!item) return std::nullopt;
      items.push_back(std::move(*item));
      skip_blanks();
    } while (take(","));
    if (!take("]")) return std::nullopt;
    return PythonValue{std::move(items)};
  }

  std::optional<PythonValue> dict(int depth) {
    PythonDict entries;
    skip_blanks();
    if (take("}")) return PythonValue{std::move(entries)};
    do {
      skip_blanks();
      if (!take("\"")) return std::nullopt;
      std::optional<std::string> key = string();
      if (!key) return std::nullopt;
      skip_blanks();
      if (!take(":")) return std::nullopt;
      std::optional<PythonValue> value = any(depth + 1);
      if (!value) return std::nullopt;
      entries.emplace_back(std::move(*key), std::move(*value));
      skip_blanks();
    } while (take(","));
    if (!take("}")) return std::nullopt;
    return PythonValue{with_each_key_once(std::move(entries))};
  }

  static PythonDict with_each_key_once(PythonDict entries) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    PythonDict once;
    for (auto& entry : entries) {
      if (!once.empty() && once.back().first == entry.first) once.pop_back();
      once.push_back(std::move(entry));
    }
    return once;
  }

  // After the opening quote.
  std::optional<std::string> string() {
    std::string text;
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      ++at_;
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
      } else if (!escape(text)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  // After the backslash.
  bool escape(std::string& text) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t name = kNames.find(peek());
    if (at_ < json_.size() && name != std::string_view::npos) {
      ++at_;
      text += kMeanings[name];
      return true;
    }
    std::optional<unsigned> unit = utf16_unit();
    if (!unit) return false;
    if (*unit >= 0xD800 && *unit < 0xDC00 && json_.substr(at_).starts_with("\\u")) {
      const std::size_t second = at_;
      ++at_;
      const std::optional<unsigned> low = utf16_unit();
      if (!low) return false;
      if (*low >= 0xDC00 && *low < 0xE000) {
        unit = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
      } else {
        at_ = second;  // two characters, of which the first is half a pair: Python keeps it
      }
    }
    append_utf8(text, *unit);
    return true;
  }

  // "uXXXX"
  std::optional<unsigned> utf16_unit() {
    if (!take("u") || json_.size() - at_ < 4) return std::nullopt;
    unsigned unit = 0;
    const char* begin = json_.data() + at_;
    if (std::from_chars(begin, begin + 4, unit, 16).ptr != begin + 4) return std::nullopt;
    at_ += 4;
    return unit;
  }

  std::optional<PythonValue> number() {
    const std::size_t begin = at_;
    take("-");
    const std::size_t first_digit = at_;
    if (!digits()) return std::nullopt;
    if (json_[first_digit] == '0' && at_ - first_digit > 1) return std::nullopt;
    bool whole = true;
    if (take(".")) {
      whole = false;
      if (!digits()) return std::nullopt;
    }
    if (take("e") || take("E")) {
      whole = false;
      if (!take("+")) take("-");
      if (!digits()) return std::nullopt;
    }
    const std::string_view token = json_.substr(begin, at_ - begin);
    if (whole) return PythonValue{PythonInt{std::string(token == "-0" ? "0" : token)}};
    const std::optional<double> value = parse_double(token);
    if (!value) return std::nullopt;
    return PythonValue{*value};
  }

  bool digits() {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

// The whole number that a value is, if it is one: what == goes by among bool, int and float.
std::optional<std::string> whole_number(const PythonValue& value) {
  if (const bool* truth = std::get_if<bool>(&value.value)) return *truth ? "1" : "0";
  if (const PythonInt* number = std::get_if<PythonInt>(&value.value)) return number->digits;
  const double* number = std::get_if<double>(&value.value);
  if (number == nullptr || !std::isfinite(*number) || std::trunc(*number) != *number) {
    return std::nullopt;
  }
  std::array<char, 400> text{};  // the largest double has 309 digits
  const auto end = std::to_chars(text.data(), text.data() + text.size(),
                                 *number == 0 ? 0.0 : *number, std::chars_format::fixed);
  return std::string(text.data(), end.ptr);
}

bool equal_lists(const PythonList& left, const PythonList& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), python_equal);
}

bool equal_dicts(const PythonDict& left, const PythonDict& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first && python_equal(a.second, b.second);
                    });
}

}  // namespace

Result<PythonValue> parse_python_value(std::string_view json) {
  Reader reader(json);
  std::optional<PythonValue> value = reader.document();
  if (value) return std::move(*value);
  return Error(ErrorCode::invalid_input, "not JSON from byte " + std::to_string(reader.at()));
}

bool python_equal(const PythonValue& left, const PythonValue& right) {
  const double* a = std::get_if<double>(&left.value);
  const double* b = std::get_if<double>(&right.value);
  if (a != nullptr && b != nullptr) return *a == *b;
  if (const std::optional<std::string> number = whole_number(left)) {
    return number == whole_number(right);
  }
  if (left.value.index() != right.value.index()) return false;
  if (const auto* text = std::get_if<std::string>(&left.value)) {
    return *text == std::get<std::string>(right.value);
  }
  if (const auto* list = std::get_if<PythonList>(&left.value)) {
    return equal_lists(*list, std::get<PythonList>(right.value));
  }
  if (const auto* dict = std::get_if<PythonDict>(&left.value)) {
    return equal_dicts(*dict, std::get<PythonDict>(right.value));
  }
  return std::holds_alternative<std::monostate>(left.value);
}

}  // namespace proctor::graders::code
