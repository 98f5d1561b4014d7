// Arithmetic with matrices of forms: answers such as \frac12 \begin{pmatrix}..., or a determinant.
#include <algorithm>

#include "graders/math/algebra/lower.h"

namespace proctor::graders::math {
namespace {

constexpr std::size_t kLargestDeterminant = 5;
constexpr std::int64_t kHighestPower = 64;

Matrix product_of(Forms& forms, const Matrix& a, const Matrix& b) {
  Matrix result{b.columns, {}};
  for (std::size_t row = 0; row < a.rows(); ++row) {
    for (std::size_t column = 0; column < b.columns; ++column) {
      std::vector<const Form*> terms;
      for (std::size_t k = 0; k < a.columns; ++k) {
        terms.push_back(
            forms.product(a.entries[row * a.columns + k], b.entries[k * b.columns + column]));
      }
      result.entries.push_back(forms.sum(terms));
    }
  }
  return result;
}

void scale(Forms& forms, Matrix& matrix, const Form* by) {
  for (const Form*& entry : matrix.entries) entry = forms.product(entry, by);
}

Matrix without(const Matrix& matrix, std::size_t row, std::size_t column) {
  Matrix minor{matrix.columns - 1, {}};
  for (std::size_t i = 0; i < matrix.entries.size(); ++i) {
    if (i / matrix.columns != row && i % matrix.columns != column) {
      minor.entries.push_back(matrix.entries[i]);
    }
  }
  return minor;
}

Matrix transposed(const Matrix& matrix) {
  Matrix result{matrix.rows(), {}};
  for (std::size_t column = 0; column < matrix.columns; ++column) {
    for (std::size_t row = 0; row < matrix.rows(); ++row) {
      result.entries.push_back(matrix.entries[row * matrix.columns + column]);
    }
  }
  return result;
}

std::optional<Matrix> inverse(Forms& forms, const Matrix& matrix) {
  const Form* whole = determinant(forms, matrix);
  if (whole == nullptr || (whole->is_number() && whole->number.is_zero())) return std::nullopt;
  if (matrix.entries.size() == 1) return Matrix{1, {forms.power(whole, -1)}};
  Matrix adjugate{matrix.columns, {}};
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (std::size_t column = 0; column < matrix.columns; ++column) {
      const Form* minor = determinant(forms, without(matrix, column, row));
      adjugate.entries.push_back((row + column) % 2 == 0 ? minor : forms.negative(minor));
    }
  }
  scale(forms, adjugate, forms.power(whole, -1));
  return adjugate;
}

}  // namespace

const Form* determinant(Forms& forms, const Matrix& matrix) {
  if (matrix.columns == 0 || matrix.columns > kLargestDeterminant ||
      matrix.rows() != matrix.columns) {
    return nullptr;
  }
  if (matrix.columns == 1) return matrix.entries[0];
  std::vector<const Form*> terms;
  for (std::size_t column = 0; column < matrix.columns; ++column) {
    const Form* term =
        forms.product(matrix.entries[column], determinant(forms, without(matrix, 0, column)));
    terms.push_back(column % 2 == 0 ? term : forms.negative(term));
  }
  return forms.sum(terms);
}

std::optional<Matrix> Lowering::matrix(const Node& node) {
  switch (node.kind) {
    case Kind::matrix: {
      Matrix result{node.columns, {}};
      if (node.columns == 0 || node.parts.size() % node.columns != 0) return std::nullopt;
      if (!arguments_of(node, result.entries)) return std::nullopt;
      return result;
    }
    case Kind::negative: {
      auto inner = matrix(*node.parts[0]);
      if (inner) scale(forms_, *inner, forms_.number(-1));
      return inner;
    }
    case Kind::quotient: {
      auto numerator = matrix(*node.parts[0]);
      const Form* denominator = expression(*node.parts[1]);
      if (!numerator || denominator == nullptr) return std::nullopt;
      scale(forms_, *numerator, forms_.power(denominator, -1));
      return numerator;
    }
    case Kind::sum:
      return matrix_sum(node);
    case Kind::product:
      return matrix_product(node);
    case Kind::power:
      return matrix_power(node);
    case Kind::call: {
      if (node.text != "transpose") return std::nullopt;
      const auto inner = matrix(*node.parts[0]);
      if (!inner) return std::nullopt;
      return transposed(*inner);
    }
    case Kind::bracketed:
      return node.parts.size() == 1 ? matrix(*node.parts[0]) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Matrix> Lowering::matrix_sum(const Node& node) {
  std::optional<Matrix> total;
  for (const Node* part : node.parts) {
    const auto next = matrix(*part);
    if (!next) return std::nullopt;
    if (!total) {
      total = next;
      continue;
    }
    if (total->columns != next->columns || total->entries.size() != next->entries.size()) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < next->entries.size(); ++i) {
      total->entries[i] = forms_.sum(total->entries[i], next->entries[i]);
    }
  }
  return total;
}

std::optional<Matrix> Lowering::matrix_product(const Node& node) {
  std::optional<Matrix> total;
  const Form* factor = forms_.number(1);
  for (const Node* part : node.parts) {
    if (!has_matrix(*part)) {
      const Form* number = expression(*part);
      if (number == nullptr) return std::nullopt;
      factor = forms_.product(factor, number);
      continue;
    }
    const auto next = matrix(*part);
    if (!next || (total && total->columns != next->rows())) return std::nullopt;
    total = total ? product_of(forms_, *total, *next) : *next;
  }
  if (total) scale(forms_, *total, factor);
  return total;
}

std::optional<Matrix> Lowering::matrix_power(const Node& node) {
  auto base = matrix(*node.parts[0]);
  const Form* exponent = expression(*node.parts[1]);
  if (!base || base->columns != base->rows() || exponent == nullptr || !exponent->is_number()) {
    return std::nullopt;
  }
  const auto steps = exponent->number.small();
  if (!steps || *steps == 0 || *steps < -kHighestPower || *steps > kHighestPower) {
    return std::nullopt;
  }
  if (*steps < 0) base = inverse(forms_, *base);
  if (!base) return std::nullopt;
  Matrix result = *base;
  for (std::int64_t step = 1; step < std::abs(*steps); ++step) {
    result = product_of(forms_, result, *base);
  }
  return result;
}

}  // namespace proctor::graders::math
