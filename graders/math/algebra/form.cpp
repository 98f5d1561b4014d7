#include "graders/math/algebra/form.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "graders/math/algebra/hash.h"

namespace proctor::graders::math {
namespace {

constexpr std::int64_t kMostWork = 400'000;    // some 5 ms
constexpr std::int64_t kWorkOfNode = 20;       // in words of arithmetic
constexpr std::int64_t kLargestForm = 20'000;  // nodes: evaluation walks them all
constexpr std::size_t kFirstMemory = 2048;

std::uint64_t hash_of_parts(std::uint64_t seed, std::span<const Form* const> parts) {
  for (const Form* part : parts) seed = combined(seed, part->hash);
  return seed;
}

void set_hashes(Form& form) {
  const std::uint64_t op = combined(0x51ed270b, static_cast<std::uint64_t>(form.op));
  switch (form.op) {
    case Op::number:
      form.key = form.hash = combined(op, form.number.hash());
      return;
    case Op::symbol:
      form.key = form.hash = combined(op, hash_of(form.name));
      return;
    case Op::constant:
      form.key = form.hash = combined(op, static_cast<std::uint64_t>(form.constant));
      return;
    case Op::product:
      form.key = form.parts.size() == 1 ? form.parts[0]->key : hash_of_parts(op, form.parts);
      form.hash = form.number.is_one() ? form.key : combined(form.key, form.number.hash());
      return;
    case Op::sum:
      form.key = form.hash = combined(hash_of_parts(op, form.parts), form.number.hash());
      return;
    case Op::power:
      form.key = form.hash = hash_of_parts(op, form.parts);
      return;
    case Op::function:
      form.key = form.hash =
          hash_of_parts(combined(op, static_cast<std::uint64_t>(form.function)), form.parts);
      return;
    case Op::undefined:
      form.key = form.hash = op;
  }
}

bool same_parts(std::span<const Form* const> a, std::span<const Form* const> b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const Form* x, const Form* y) { return same(*x, *y); });
}

void collect_symbols(const Form& form, std::vector<std::string_view>& out) {
  if (!form.has_symbol) return;
  if (form.op == Op::symbol) out.push_back(form.name);
  for (const Form* part : form.parts) collect_symbols(*part, out);
}

}  // namespace

bool same(const Form& a, const Form& b) {
  if (&a == &b) return a.op != Op::undefined;
  if (a.hash != b.hash || a.op != b.op || a.op == Op::undefined) return false;
  return a.constant == b.constant && a.function == b.function && a.number == b.number &&
         a.name == b.name && same_parts(a.parts, b.parts);
}

std::vector<std::string_view> symbols_of(const Form& form) {
  std::vector<std::string_view> names;
  collect_symbols(form, names);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::span<const Form* const> factors_of(const Form* const& form) {
  return form->op == Op::product ? form->parts : std::span<const Form* const>(&form, 1);
}

const Rational& coefficient_of(const Form& form) {
  static const Rational one(1);
  return form.op == Op::product ? form.number : one;
}

Forms::Forms() : memory_(kFirstMemory) { use_flint_on_this_thread(); }

Forms::~Forms() {
  for (Form* form = last_; form != nullptr;) {
    Form* before = form->made_before;
    form->~Form();
    form = before;
  }
}

Form* Forms::make(Op op) {
  work_ += kWorkOfNode;
  Form* form = new (memory_.allocate(sizeof(Form), alignof(Form))) Form;
  form->op = op;
  form->made_before = last_;
  last_ = form;
  return form;
}

const Form* Forms::finish(Form* form, std::span<const Form* const> parts) {
  if (!parts.empty()) {
    auto** kept =
        static_cast<const Form**>(memory_.allocate(parts.size_bytes(), alignof(const Form*)));
    std::ranges::copy(parts, kept);
    form->parts = {kept, parts.size()};
    for (const Form* part : parts) {
      form->size += part->size;
      form->has_symbol |= part->has_symbol;
      form->has_opaque |= part->has_opaque;
      form->has_i |= part->has_i;
      form->has_infinity |= part->has_infinity;
    }
  }
  set_hashes(*form);
  return form->size <= kLargestForm ? form : give_up();
}

// Counts what an operation on numbers cost: a multiplication for integers, and a greatest common
// divisor for fractions. False once the budget is spent.
bool Forms::charge(const Rational& result) {
  const std::int64_t words = result.bits() / 64 + 1;
  const auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(words)));
  work_ += words + words * (result.is_integer() ? root / 4 : words / 16);
  return work_ <= kMostWork;
}

const Form* Forms::give_up() {
  over_budget_ = true;
  return undefined();
}

std::string_view Forms::keep(std::string_view text) {
  if (text.empty()) return {};
  auto* copy = static_cast<char*>(memory_.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

const Form* Forms::number(Rational value) {
  if (!charge(value)) return give_up();
  Form* form = make(Op::number);
  form->number = std::move(value);
  return finish(form, {});
}

const Form* Forms::symbol(std::string_view name, bool opaque) {
  Form* form = make(Op::symbol);
  form->name = keep(name);
  form->has_symbol = true;
  form->has_opaque = opaque;
  return finish(form, {});
}

const Form* Forms::constant(Constant which) {
  Form* form = make(Op::constant);
  form->constant = which;
  form->has_i = which == Constant::i;
  form->has_infinity = which == Constant::infinity;
  return finish(form, {});
}

const Form* Forms::undefined() { return finish(make(Op::undefined), {}); }

const Form* Forms::sum(const Form* a, const Form* b) {
  const Form* terms[] = {a, b};
  return sum(terms);
}

const Form* Forms::product(const Form* a, const Form* b) {
  const Form* factors[] = {a, b};
  return product(factors);
}

const Form* Forms::negative(const Form* a) { return scaled(a, Rational(-1)); }

const Form* Forms::difference(const Form* a, const Form* b) { return sum(a, negative(b)); }

const Form* Forms::quotient(const Form* a, const Form* b) { return product(a, power(b, -1)); }

const Form* Forms::power(const Form* base, std::int64_t exponent) {
  return power(base, number(Rational(exponent)));
}

const Form* Forms::root(const Form* radicand, std::int64_t degree) {
  return power(radicand, number(Rational(1, static_cast<std::uint64_t>(degree))));
}

const Form* Forms::function(Function which, const Form* argument) {
  return function(which, std::span<const Form* const>(&argument, 1));
}

const Form* Forms::substitute(const Form* form, std::string_view name, const Form* value) {
  if (!form->has_symbol) return form;
  if (form->op == Op::symbol) return form->name == name ? value : form;
  std::vector<const Form*> parts;
  parts.reserve(form->parts.size() + 1);
  for (const Form* part : form->parts) parts.push_back(substitute(part, name, value));
  return rebuilt(form, std::move(parts));
}

const Form* Forms::replace(const Form* form, const Form* what, const Form* value) {
  if (same(*form, *what)) return value;
  if (form->parts.empty()) return form;
  std::vector<const Form*> parts;
  parts.reserve(form->parts.size() + 1);
  for (const Form* part : form->parts) parts.push_back(replace(part, what, value));
  return rebuilt(form, std::move(parts));
}

const Form* Forms::rebuilt(const Form* form, std::vector<const Form*> parts) {
  switch (form->op) {
    case Op::sum:
      parts.push_back(number(form->number));
      return sum(parts);
    case Op::product:
      parts.push_back(number(form->number));
      return product(parts);
    case Op::power:
      return power(parts[0], parts[1]);
    default:
      return function(form->function, parts);
  }
}

}  // namespace proctor::graders::math
