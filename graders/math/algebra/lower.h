// From what was written to what it means: expression trees into forms.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graders/math/algebra/form.h"
#include "graders/math/expression/expression.h"

namespace proctor::graders::math {

// What the text alone does not say.
struct Reading {
  bool decimal_log = false;  // \log without a base is to base 10, not e
  unsigned signs = 0;        // bit k: the k-th plus-minus is a minus (see count_signs)
  std::span<const std::string_view> names;  // variables, even if called e or i
};

struct Matrix {
  std::size_t columns = 0;
  std::vector<const Form*> entries;  // row-major

  std::size_t rows() const { return columns == 0 ? 0 : entries.size() / columns; }
};

// What a lowering came across.
struct Met {
  bool decimal = false;   // a decimal fraction, perhaps rounded
  bool degrees = false;   // outside of functions
  bool bare_log = false;  // Reading::decimal_log mattered
};

// One pass over one answer, part by part in order. The forms live in `forms`.
class Lowering {
 public:
  Lowering(Forms& forms, const Reading& reading) : forms_(forms), reading_(reading) {}

  // The form of an expression; null if it is none (a list, a relation, a word).
  const Form* expression(const Node& node);
  // A matrix, or arithmetic with matrices worked out; nothing if it is none or the shapes misfit.
  std::optional<Matrix> matrix(const Node& node);

  // What was met since the last call.
  Met take_met() { return std::exchange(met_, {}); }

 private:
  const Form* number(std::string_view text);
  const Form* based(const Node& node);
  const Form* symbol(std::string_view name);
  const Form* constant(std::string_view name);
  const Form* sum(const Node& node);
  const Form* product(const Node& node);
  const Form* plus_minus(const Node& node);
  const Form* root(const Node& node);
  const Form* call(const Node& node);
  const Form* function_of(std::string_view name, std::span<const Form* const> arguments);
  const Form* reciprocal_function(std::string_view name, const Form* x);
  const Form* logarithm(std::string_view name, std::span<const Form* const> arguments);
  const Form* binomial(const Form* n, const Form* k);
  const Form* norm(const Node& node);
  const Form* big_operation(const Node& node);
  const Form* opaque(const Node& node);
  bool arguments_of(const Node& node, std::vector<const Form*>& out);

  std::optional<Matrix> matrix_sum(const Node& node);
  std::optional<Matrix> matrix_product(const Node& node);
  std::optional<Matrix> matrix_power(const Node& node);

  Forms& forms_;
  Reading reading_;
  std::vector<std::string_view> indices_;  // of the sums around
  unsigned next_sign_ = 0;
  int function_depth_ = 0;
  Met met_;
};

// How many independent signs there are to choose: each \pm counts, and all of them as one where a
// \mp says that they go together; then Reading::signs is all zeros or all ones.
unsigned count_signs(const Node& node);

// Whether matrices occur, so that an expression is one for Lowering::matrix().
bool has_matrix(const Node& node);

const Form* determinant(Forms& forms, const Matrix& matrix);  // null if too large or not square

// The sum of body over index = from..to in closed form, for bodies that are polynomials in the
// index or geometric, or short; null otherwise.
const Form* closed_sum(Forms& forms, std::string_view index, const Form* from, const Form* to,
                       const Form* body);
const Form* closed_product(Forms& forms, std::string_view index, const Form* from, const Form* to,
                           const Form* body);

}  // namespace proctor::graders::math
