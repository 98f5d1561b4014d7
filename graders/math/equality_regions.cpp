// Pieces of the real line: intervals, points, half-lines and their unions.
#include <algorithm>
#include <iterator>
#include <utility>

#include "graders/math/equality_value.h"

namespace proctor::graders::math {
namespace {

// -1, 0 or 1 as one end stands left of, at or right of the other's value; nothing if unknown.
std::optional<int> order(const Endpoint& a, const Endpoint& b) {
  if (same(*a.value.form, *b.value.form)) return 0;
  Steps steps(kStepsOfComparison);
  return compare_sizes(*a.value.form, *b.value.form, steps);
}

// Whether a piece has no points.
std::optional<bool> is_empty(const Interval& piece) {
  const auto ends = order(piece.low, piece.high);
  if (!ends) return std::nullopt;
  return *ends > 0 || (*ends == 0 && !(piece.low.closed && piece.high.closed));
}

bool is_infinite(const Endpoint& end) { return end.value.form->has_infinity; }

Endpoint infinite_end(Forms& forms, int sign) {
  const Form* infinity = forms.constant(Constant::infinity);
  Endpoint end;
  end.value.form = sign < 0 ? forms.negative(infinity) : infinity;
  return end;
}

// The further right of two lower ends, or further left of two upper ones; open wins over closed.
std::optional<Endpoint> inner(const Endpoint& a, const Endpoint& b, int side) {
  const auto ends = order(a, b);
  if (!ends) return std::nullopt;
  if (*ends == 0) return a.closed ? b : a;
  return *ends * side > 0 ? a : b;
}

}  // namespace

std::vector<Interval> whole_line(Forms& forms) {
  return {{infinite_end(forms, -1), infinite_end(forms, 1)}};
}

Value region_value(std::vector<Interval> pieces) {
  Value value;
  value.shape = Shape::region;
  value.pieces = std::move(pieces);
  for (Interval& piece : value.pieces) {  // [0, \infty] is read as it was meant
    if (is_infinite(piece.low)) piece.low.closed = false;
    if (is_infinite(piece.high)) piece.high.closed = false;
  }
  value.ordered = normalise(value.pieces);
  return value;
}

bool has_pieces(const Value& value) {
  return value.shape == Shape::region || (value.shape == Shape::constraints && value.solved);
}

bool normalise(std::vector<Interval>& pieces) {
  std::vector<Interval> sorted;
  for (const Interval& piece : pieces) {
    const auto empty = is_empty(piece);
    if (!empty) return false;
    if (*empty) continue;
    auto at = sorted.begin();
    for (; at != sorted.end(); ++at) {
      const auto ends = order(piece.low, at->low);
      if (!ends) return false;
      if (*ends < 0 || (*ends == 0 && piece.low.closed)) break;
    }
    sorted.insert(at, piece);
  }
  std::vector<Interval> merged;
  for (Interval& piece : sorted) {
    if (merged.empty()) {
      merged.push_back(std::move(piece));
      continue;
    }
    Endpoint& high = merged.back().high;
    const auto gap = order(piece.low, high);
    const auto longer = order(piece.high, high);
    if (!gap || !longer) return false;
    if (*gap > 0 || (*gap == 0 && !piece.low.closed && !high.closed)) {
      merged.push_back(std::move(piece));
    } else if (*longer > 0) {
      high = std::move(piece.high);
    } else if (*longer == 0) {
      high.closed |= piece.high.closed;
    }
  }
  pieces = std::move(merged);
  return true;
}

std::optional<std::vector<Interval>> pieces_of(const Value& value) {
  const auto is_scalar = [](const Value& part) {
    return part.shape == Shape::scalar && !part.scalar.form->has_i;
  };
  switch (value.shape) {
    case Shape::region:
      return value.pieces;
    case Shape::constraints:
      return value.solved ? std::optional(value.pieces) : std::nullopt;
    case Shape::tuple: {
      const bool brackets = value.text == "()" || value.text == "[]";
      if (!brackets || value.parts.size() != 2 || !value.names.empty() ||
          !std::ranges::all_of(value.parts, is_scalar)) {
        return std::nullopt;
      }
      const bool closed = value.text == "[]";
      return region_value({{{value.parts[0].scalar, closed}, {value.parts[1].scalar, closed}}})
          .pieces;
    }
    case Shape::collection: {
      if (!std::ranges::all_of(value.parts, is_scalar)) return std::nullopt;
      std::vector<Interval> points;
      for (const Value& part : value.parts) {
        points.push_back({{part.scalar, true}, {part.scalar, true}});
      }
      return points;
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::vector<Interval>> intersection(std::span<const Interval> a,
                                                  std::span<const Interval> b) {
  std::vector<Interval> common;
  for (const Interval& x : a) {
    for (const Interval& y : b) {
      auto low = inner(x.low, y.low, 1);
      auto high = inner(x.high, y.high, -1);
      if (!low || !high) return std::nullopt;
      Interval piece{std::move(*low), std::move(*high)};
      // With letters for ends nobody knows, and it stays.
      if (!is_empty(piece).value_or(false)) common.push_back(std::move(piece));
    }
  }
  return common;
}

std::optional<std::vector<Interval>> complement(Forms& forms, std::vector<Interval> pieces) {
  if (!normalise(pieces)) return std::nullopt;
  std::vector<Interval> outside;
  Endpoint low = infinite_end(forms, -1);
  for (const Interval& piece : pieces) {
    if (!is_infinite(piece.low)) {
      outside.push_back({low, {piece.low.value, !piece.low.closed}});
    }
    low = {piece.high.value, !piece.high.closed};
  }
  if (!is_infinite(low)) outside.push_back({low, infinite_end(forms, 1)});
  if (pieces.empty()) return whole_line(forms);
  return outside;
}

std::optional<std::vector<Interval>> scaled_back(Forms& forms, std::span<const Interval> pieces,
                                                 const Form* a, const Form* b) {
  Steps steps(kStepsOfComparison);
  const auto sign = compare_sizes(*a, *forms.number(0), steps);
  if (!sign || *sign == 0) return std::nullopt;
  const auto moved = [&](const Endpoint& end) {
    if (is_infinite(end)) {
      const int side = coefficient_of(*end.value.form).sign() * *sign;
      return infinite_end(forms, side);
    }
    Endpoint result{end.value, end.closed};
    result.value.form = forms.quotient(forms.difference(end.value.form, b), a);
    return result;
  };
  std::vector<Interval> result;
  for (const Interval& piece : pieces) {
    Interval image{moved(piece.low), moved(piece.high)};
    if (*sign < 0) std::swap(image.low, image.high);
    result.push_back(std::move(image));
  }
  return result;
}

std::optional<std::vector<Interval>> unfolded(Forms& forms, std::span<const Interval> pieces) {
  Endpoint zero;
  zero.value.form = forms.number(0);
  zero.closed = true;
  const Interval positive{zero, infinite_end(forms, 1)};
  auto right = intersection(pieces, {&positive, 1});
  if (!right) return std::nullopt;
  auto left = scaled_back(forms, *right, forms.number(-1), forms.number(0));
  if (!left) return std::nullopt;
  std::ranges::move(*right, std::back_inserter(*left));
  if (!normalise(*left)) return std::nullopt;
  return left;
}

}  // namespace proctor::graders::math
