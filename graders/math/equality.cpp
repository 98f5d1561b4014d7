#include "graders/math/equality.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "graders/math/equality_compare.h"
#include "graders/math/equality_value.h"
#include "graders/math/expression/parser.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kLongestExactForm = 200;  // characters
constexpr int kExactDigits = 5;  // a decimal with more may be an approximation, and stays one

// The names e and i where an answer gives them a value: e = 1/2 is about an eccentricity.
void collect_names(const Node& node, std::vector<std::string_view>& names) {
  if (node.kind == Kind::relation) {
    const Node& left = *node.parts[0];
    if (left.kind == Kind::symbol && (left.text == "e" || left.text == "i")) {
      names.push_back(left.text);
    }
  } else if (node.kind == Kind::list) {
    for (const Node* part : node.parts) collect_names(*part, names);
  }
}

// A number in exact form, if it is one without a unit or a name and reads the same when read again.
std::optional<std::string> exact_form(const Value& value) {
  if (!value.name.empty() || !value.conditions.empty()) return std::nullopt;
  if (value.shape == Shape::scalar) {
    const Scalar& scalar = value.scalar;
    const bool plain = scalar.unit.empty() && !scalar.percent && !scalar.degrees;
    const bool exact = !scalar.decimal || (scalar.digits > 0 && scalar.digits <= kExactDigits);
    if (!plain || !exact || !scalar.form->is_number()) return std::nullopt;
    if (scalar.form->number.bits() > static_cast<std::int64_t>(kLongestExactForm)) {
      return std::nullopt;
    }
    return scalar.form->number.text();
  }
  const bool set = value.shape == Shape::collection && value.braces;
  const bool tuple = value.shape == Shape::tuple && value.names.empty() && value.text == "()";
  if ((!set && !tuple) || value.parts.size() < 2) return std::nullopt;
  std::vector<std::string> parts;
  for (const Value& part : value.parts) {
    auto text = exact_form(part);
    if (!text || part.shape != Shape::scalar) return std::nullopt;
    parts.push_back(std::move(*text));
  }
  if (set) {
    std::ranges::sort(parts);
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  }
  std::string joined = set ? "\\{" : "(";
  for (std::size_t i = 0; i < parts.size(); ++i) joined += (i == 0 ? "" : ", ") + parts[i];
  return joined + (set ? "\\}" : ")");
}

std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (space && (result.empty() || result.back() == ' ')) continue;
    result += space ? ' ' : c;
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// "3,75" as "3.75". Where a list would be possible too, only a decimal gold can tell.
std::optional<std::string> with_decimal_comma(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" $");
  if (start == text.npos) return std::nullopt;
  const std::string_view plain = text.substr(start, text.find_last_not_of(" $") - start + 1);
  const std::size_t comma = plain.find(',');
  if (comma == plain.npos || comma == 0 || comma + 1 == plain.size()) return std::nullopt;
  const std::size_t first = plain[0] == '-' ? 1 : 0;
  for (std::size_t i = first; i < plain.size(); ++i) {
    if (i != comma && (plain[i] < '0' || plain[i] > '9')) return std::nullopt;
  }
  std::string decimal(plain);
  decimal[comma] = '.';
  return decimal;
}

Equality equality_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::equal:
      return Equality::equal;
    case Verdict::unequal:
      return Equality::unequal;
    case Verdict::undecided:
      return Equality::undecided;
    case Verdict::over_budget:
      return Equality::over_budget;
  }
  return Equality::undecided;
}

}  // namespace

struct Answer::Parts {
  std::string text;
  std::string plain;
  Arena arena;
  Forms forms;
  std::vector<std::string_view> names;
  ParseFailure failure = ParseFailure::none;
  std::optional<Value> value;
  std::optional<Value> decimal_logs;  // the same with \log to base 10, where that matters
  mutable std::once_flag canonical_made;
  mutable std::string canonical;

  void read();
};

void Answer::Parts::read() {
  const Parsed parsed = parse_answer(text, arena);
  failure = parsed.failure;
  if (parsed.root == nullptr) return;
  collect_names(*parsed.root, names);
  Reading reading;
  reading.names = names;
  ValueReader reader(forms, reading);
  value = reader.read(*parsed.root);
  if (!reader.met_bare_log()) return;
  reading.decimal_log = true;
  decimal_logs = ValueReader(forms, reading).read(*parsed.root);
}

Answer::Answer(std::string_view text) : parts_(std::make_unique<Parts>()) {
  parts_->text = text;
  parts_->plain = plain_text(text);
  parts_->read();
}

Answer::Answer(Answer&&) noexcept = default;
Answer& Answer::operator=(Answer&&) noexcept = default;
Answer::~Answer() = default;

std::string_view Answer::text() const { return parts_->text; }

bool Answer::understood() const { return parts_->value.has_value(); }

const std::string& Answer::canonical() const {
  std::call_once(parts_->canonical_made, [this] {
    std::optional<std::string> exact;
    if (parts_->value) exact = exact_form(*parts_->value);
    parts_->canonical = exact ? std::move(*exact) : squeezed(parts_->text);
  });
  return parts_->canonical;
}

Comparison compare(const Answer& gold, const Answer& prediction) {
  use_flint_on_this_thread();
  const Answer::Parts& a = gold.parts();
  const Answer::Parts& b = prediction.parts();
  if (!a.plain.empty() && a.plain == b.plain) return {Equality::equal, "text"};
  if (!a.value || !b.value) {
    const bool long_winded =
        a.failure == ParseFailure::over_budget || b.failure == ParseFailure::over_budget;
    return {long_winded ? Equality::over_budget : Equality::unparsed, "text"};
  }
  const Decision decision = Comparer().compare(*a.value, *b.value);
  if (decision.verdict == Verdict::equal) return {Equality::equal, decision.stage};
  if (a.decimal_logs || b.decimal_logs) {
    const Decision other = Comparer().compare(a.decimal_logs ? *a.decimal_logs : *a.value,
                                              b.decimal_logs ? *b.decimal_logs : *b.value);
    if (other.verdict == Verdict::equal) return {Equality::equal, other.stage};
  }
  if (a.value->shape == Shape::scalar && a.value->scalar.digits > 0) {
    if (const auto decimal = with_decimal_comma(b.text)) return compare(gold, Answer(*decimal));
  }
  const bool words = a.value->shape == Shape::text || b.value->shape == Shape::text;
  if (words && words_of(a.text) == words_of(b.text)) return {Equality::equal, "text"};
  if (decision.verdict != Verdict::unequal && (a.forms.over_budget() || b.forms.over_budget())) {
    return {Equality::over_budget, decision.stage};
  }
  return {equality_of(decision.verdict), decision.stage};
}

}  // namespace proctor::graders::math
