#include "graders/math/equality_value.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace proctor::graders::math {
namespace {

constexpr unsigned kMostSigns = 6;             // 64 answers
constexpr std::int64_t kFurthest = 1'000'000;  // powers of ten beyond are all alike here

// Signs are chosen for these as a whole, so that (\pm 1, 2) is two tuples.
bool holds_answers(const Node& node) {
  switch (node.kind) {
    case Kind::list:
    case Kind::relation:
    case Kind::set_operation:
    case Kind::set_builder:
      return true;
    case Kind::bracketed:
      return node.text == "{}";
    default:
      return false;
  }
}

// How precisely a number was written: 12.50 has four digits, the last of them for 10^-2.
void note_digits(const Node& node, Scalar& scalar) {
  const std::string_view number = node.text;
  if (node.kind != Kind::number || number.find('(') != number.npos) return;
  const std::size_t mantissa = std::min(number.find('e'), number.size());
  const std::size_t point = std::min(number.find('.'), mantissa);
  std::int64_t exponent = 0;
  if (mantissa < number.size()) {
    const std::size_t sign = number[mantissa + 1] == '+' ? 2 : 1;
    std::from_chars(number.data() + mantissa + sign, number.data() + number.size(), exponent);
  }
  const std::size_t places = point < mantissa ? mantissa - point - 1 : 0;
  scalar.literal = true;
  scalar.last_place = static_cast<int>(std::clamp<std::int64_t>(exponent, -kFurthest, kFurthest)) -
                      static_cast<int>(places);
  if (places == 0) return;
  const std::size_t first = number.find_first_not_of("0.");
  if (first >= mantissa) return;
  const auto width = static_cast<int>(mantissa - first);
  scalar.digits = first < point ? width - 1 : width;
}

const Node& without_sign(const Node& node) {
  return node.kind == Kind::negative ? without_sign(*node.parts[0]) : node;
}

// Whether an odd number of minus signs stands in front.
bool is_negated(const Node& node) {
  return node.kind == Kind::negative && !is_negated(*node.parts[0]);
}

bool is_degree_unit(std::string_view unit) { return unit == "degree" || unit == "degrees"; }

bool is_percent_unit(std::string_view unit) {
  return unit == "%" || unit == "percent" || unit == "percentage" || unit == "pct";
}

// "k \in Z" says what a letter of the answer runs through.
bool is_parameter(const Node& node) {
  return node.kind == Kind::relation && node.text.size() == 1 && node.text[0] == relation::kIn &&
         node.parts[0]->kind == Kind::symbol &&
         (node.parts[1]->kind == Kind::number_set || node.parts[1]->kind == Kind::symbol);
}

bool is_otherwise(const Value& condition) {
  return condition.shape == Shape::text &&
         (condition.text == "otherwise" || condition.text == "else" ||
          condition.text == "elsewhere");
}

bool all_have(std::span<const Value> parts, auto&& property) {
  return std::ranges::all_of(parts, property);
}

}  // namespace

Value ValueReader::read(const Node& node) {
  const unsigned signs = holds_answers(node) ? 0 : count_signs(node);
  if (signs == 0) return read_one_sign(node);
  if (signs > kMostSigns) return structure(node);
  const unsigned choices = 1u << signs;
  std::vector<Value> answers;
  for (unsigned choice = 0; choice < choices; ++choice) {
    Reading reading = reading_;
    reading.signs = signs == 1 && choice == 1 ? ~0u : choice;
    ValueReader reader(forms_, reading);
    answers.push_back(reader.read_one_sign(node));
    met_bare_log_ |= reader.met_bare_log_;
  }
  return list_of(std::move(answers), "or");
}

Value ValueReader::read_one_sign(const Node& node) {
  switch (node.kind) {
    case Kind::text: {
      Value value;
      value.text = normal_words(node.text);
      return value;
    }
    case Kind::list:
      return list(node);
    case Kind::bracketed:
      return bracketed(node);
    case Kind::set_operation:
      return set_operation(node);
    case Kind::set_builder:
      return set_builder(node);
    case Kind::empty_set: {
      Value value;
      value.shape = Shape::collection;
      value.braces = true;
      return value;
    }
    case Kind::number_set:
      if (node.text == "R") return region_value(whole_line(forms_));
      return structure(node);
    case Kind::relation:
      return relation_value(node);
    case Kind::piecewise:
      return piecewise(node);
    case Kind::based:
      return based(node);
    case Kind::ratio: {
      Value value = structure(node);
      if (all_have(value.parts, [](const Value& part) { return part.shape == Shape::scalar; })) {
        value.shape = Shape::ratio;
      }
      return value;
    }
    case Kind::opaque:
      if (node.text == "condition" || node.text == "choice") return conditioned(node);
      return scalar(node);
    default:
      return has_matrix(node) ? matrix(node) : scalar(node);
  }
}

Value ValueReader::scalar(const Node& node) {
  const auto read = scalar_of(node);
  if (!read) return structure(node);
  Value value;
  value.shape = Shape::scalar;
  value.scalar = *read;
  return value;
}

// Unit, percent and degrees are read off the outside, under a sign if there is one: -5 cm, 25%.
std::optional<Scalar> ValueReader::scalar_of(const Node& node) {
  Scalar result;
  const Node* core = &without_sign(node);
  if (core->kind == Kind::quantity && is_degree_unit(core->text)) {
    result.degrees = true;
  } else if (core->kind == Kind::percent ||
             (core->kind == Kind::quantity && is_percent_unit(core->text))) {
    result.percent = true;
  } else if (core->kind == Kind::quantity) {
    result.unit = core->text;
  }
  const bool wrapped = core->kind == Kind::quantity || core->kind == Kind::percent;
  const bool negative = wrapped && is_negated(node);
  core = wrapped ? core->parts[0] : &node;
  const Form* form = lowering_.expression(*core);
  const Met met = lowering_.take_met();
  met_bare_log_ |= met.bare_log;
  if (form == nullptr) return std::nullopt;
  if (negative) form = forms_.negative(form);
  if (result.percent) form = forms_.product(form, forms_.number(Rational(1, 100)));
  if (result.degrees) {
    const Form* factors[] = {form, forms_.constant(Constant::pi), forms_.number(Rational(1, 180))};
    form = forms_.product(factors);
  }
  result.form = form;
  result.decimal = met.decimal;
  result.degrees |= met.degrees;
  if (!result.degrees) note_digits(without_sign(*core), result);
  if (result.percent) result.last_place -= 2;
  return result;
}

Value ValueReader::matrix(const Node& node) {
  const auto entries = lowering_.matrix(node);
  const Met met = lowering_.take_met();
  if (!entries) return structure(node);
  Value value;
  value.shape = Shape::matrix;
  value.columns = entries->columns;
  for (std::size_t i = 0; i < entries->entries.size(); ++i) {
    Value part;
    part.shape = Shape::scalar;
    part.scalar.form = entries->entries[i];
    part.scalar.decimal = met.decimal;
    if (node.kind == Kind::matrix) note_digits(without_sign(*node.parts[i]), part.scalar);
    value.parts.push_back(std::move(part));
  }
  return value;
}

Value ValueReader::list(const Node& node) {
  std::vector<Value> parts;
  std::vector<const Node*> conditions;
  for (const Node* part : node.parts) {
    if (is_parameter(*part) && !parts.empty()) {  // x = k \pi, k \in Z
      conditions.push_back(part);
      continue;
    }
    Value value = read(*part);
    if (value.shape == Shape::collection && !value.braces && value.name.empty()) {
      if (part->kind == Kind::list) {  // 1, 2; 3, 4
        value.shape = Shape::tuple;
        value.text = "()";
      } else {  // a plus-minus
        std::ranges::move(value.parts, std::back_inserter(parts));
        continue;
      }
    }
    parts.push_back(std::move(value));
  }
  Value value = list_of(std::move(parts), node.text);
  for (const Node* condition : conditions) add_condition(*condition, value);
  return value;
}

Value ValueReader::based(const Node& node) {
  const auto base = scalar_of(*node.parts[0]);
  if (!base) return structure(node);
  Value value;
  value.shape = Shape::based;
  for (const char c : node.text) {
    if (c == '0' && value.text.empty()) continue;
    value.text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  if (value.text.empty()) value.text = "0";
  Value part;
  part.shape = Shape::scalar;
  part.scalar = *base;
  value.parts.push_back(std::move(part));
  return value;
}

Value ValueReader::structure(const Node& node) {
  Value value;
  value.shape = Shape::structure;
  value.kind = node.kind;
  value.text = node.text;
  for (const Node* part : node.parts) value.parts.push_back(read_one_sign(*part));
  return value;
}

// "Otherwise" is where none of the other conditions holds.
Value ValueReader::piecewise(const Node& node) {
  Value value = structure(node);
  value.shape = Shape::piecewise;
  Value* rest = nullptr;
  std::optional<std::vector<Interval>> elsewhere = whole_line(forms_);
  for (std::size_t i = 1; i < value.parts.size() && elsewhere; i += 2) {
    Value& condition = value.parts[i];
    if (is_otherwise(condition)) {
      rest = &condition;
      continue;
    }
    const auto pieces = pieces_of(condition);
    const auto outside = pieces ? complement(forms_, *pieces) : std::nullopt;
    elsewhere = outside ? intersection(*elsewhere, *outside) : std::nullopt;
  }
  if (rest != nullptr && elsewhere) *rest = region_value(std::move(*elsewhere));
  return value;
}

// "y = x^2 for x > 0", and "(D) Alina", of which the letter is enough.
Value ValueReader::conditioned(const Node& node) {
  Value value = read(*node.parts[0]);
  if (node.text != "condition") return value;
  for (const Node* condition : node.parts.subspan(1)) add_condition(*condition, value);
  return value;
}

void ValueReader::add_condition(const Node& node, Value& value) {
  if (is_parameter(node) && node.parts[1]->text == "Z") value.parameter = node.parts[0]->text;
  value.conditions.push_back(read(node));
}

}  // namespace proctor::graders::math
