// Random expressions: each equals its rewritings and itself, and differs from its perturbations,
// which doubles at a few points tell apart beforehand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "graders/math/equality.h"

namespace proctor::graders::math {
namespace {

struct Tree {
  char op = 'n';  // n: number, x or y: itself, + - * / ^, s: sine, e: exponential, q: square root
  int number = 0;
  std::vector<Tree> parts;
};

Tree leaf(char op, int number = 0) { return {op, number, {}}; }

Tree with(char op, std::vector<Tree> parts) { return {op, 0, std::move(parts)}; }

std::string text_of(const Tree& tree) {
  const auto part = [&](std::size_t i) { return text_of(tree.parts[i]); };
  switch (tree.op) {
    case 'n':
      return std::to_string(tree.number);
    case '/':
      return "\\frac{" + part(0) + "}{" + part(1) + "}";
    case '^':
      return "\\left(" + part(0) + "\\right)^{" + part(1) + "}";
    case 's':
      return "\\sin\\left(" + part(0) + "\\right)";
    case 'k':
      return "\\cos\\left(" + part(0) + "\\right)";
    case 'e':
      return "e^{" + part(0) + "}";
    case 'q':
      return "\\sqrt{" + part(0) + "}";
    case '*':
      return "(" + part(0) + ")\\cdot(" + part(1) + ")";
    case '+':
    case '-':
      return "(" + part(0) + ")" + tree.op + "(" + part(1) + ")";
    default:
      return std::string(1, tree.op);
  }
}

double value_of(const Tree& tree, double x, double y) {
  const auto part = [&](std::size_t i) { return value_of(tree.parts[i], x, y); };
  switch (tree.op) {
    case 'n':
      return tree.number;
    case 'x':
      return x;
    case 'y':
      return y;
    case '+':
      return part(0) + part(1);
    case '-':
      return part(0) - part(1);
    case '*':
      return part(0) * part(1);
    case '/':
      return part(0) / part(1);
    case '^':
      return std::pow(part(0), part(1));
    case 's':
      return std::sin(part(0));
    case 'k':
      return std::cos(part(0));
    case 'e':
      return std::exp(part(0));
    default:
      return std::sqrt(part(0));
  }
}

class Writer {
 public:
  explicit Writer(std::uint32_t seed) : random_(seed) {}

  Tree expression(int depth) {
    if (depth == 0) {
      switch (below(4)) {
        case 0:
          return leaf('x');
        case 1:
          return leaf('y');
        default:
          return leaf('n', 1 + static_cast<int>(below(9)));
      }
    }
    const auto part = [&] { return expression(depth - 1); };
    switch (below(9)) {
      case 0:
      case 1:
        return with('+', {part(), part()});
      case 2:
        return with('-', {part(), part()});
      case 3:
      case 4:
        return with('*', {part(), part()});
      case 5:
        return with('/', {part(), positive(part())});
      case 6:
        return with('^', {part(), leaf('n', 2 + static_cast<int>(below(2)))});
      case 7:
        return with('s', {part()});
      default:
        return with('q', {positive(part())});
    }
  }

  // The same function, written differently at one place.
  Tree rewritten(const Tree& tree) {
    if (!tree.parts.empty() && below(3) != 0) {
      Tree result = tree;
      Tree& part = result.parts[below(static_cast<std::uint32_t>(result.parts.size()))];
      if (part.op != 'n' || tree.op != '^') part = rewritten(part);
      return result;
    }
    const Tree other = expression(1);
    switch (below(8)) {
      case 0:
        if (tree.op == '+' || tree.op == '*') return with(tree.op, {tree.parts[1], tree.parts[0]});
        return with('+', {leaf('n', 0), tree});
      case 1:
        return with('-', {with('+', {tree, other}), other});
      case 2:
        return with('/', {with('*', {tree, positive(other)}), positive(other)});
      case 3:
        if (tree.op == '*' && tree.parts[1].op == '+') {
          const Tree& sum = tree.parts[1];
          return with('+', {with('*', {tree.parts[0], sum.parts[0]}),
                            with('*', {tree.parts[0], sum.parts[1]})});
        }
        return with('-', {with('*', {leaf('n', 2), tree}), tree});
      case 4:
        return with('*', {tree, with('+', {with('^', {with('s', {other}), leaf('n', 2)}),
                                           with('^', {with('k', {other}), leaf('n', 2)})})});
      case 5:
        if (tree.op == 'q') {
          return with('/', {with('q', {with('*', {leaf('n', 4), tree.parts[0]})}), leaf('n', 2)});
        }
        return with('/', {with('*', {tree, leaf('n', 3)}), leaf('n', 3)});
      case 6:
        if (tree.op == 's') {
          const Tree half = with('/', {tree.parts[0], leaf('n', 2)});
          return with('*', {leaf('n', 2), with('*', {with('s', {half}), with('k', {half})})});
        }
        return with('*', {tree, leaf('n', 1)});
      default:
        if (tree.op == '+') {  // a + b = (a^2 - b^2) / (a - b) would have poles: over a third one
          const Tree below_both = positive(other);
          return with('/', {with('+', {with('*', {tree.parts[0], below_both}),
                                       with('*', {tree.parts[1], below_both})}),
                            below_both});
        }
        return with('-', {leaf('n', 0), with('-', {leaf('n', 0), tree})});
    }
  }

  // Another number or variable at one place.
  Tree perturbed(const Tree& tree) {
    if (tree.parts.empty()) {
      if (tree.op == 'n') return leaf('n', tree.number + 1);
      return leaf(tree.op == 'x' ? 'y' : 'x');
    }
    Tree result = tree;
    Tree& part = result.parts[below(static_cast<std::uint32_t>(result.parts.size()))];
    part = perturbed(part);
    return result;
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_()) % bound; }

  // t^2 + 1, so that it can be divided by and has a real root.
  static Tree positive(const Tree& tree) {
    return with('+', {with('^', {tree, leaf('n', 2)}), leaf('n', 1)});
  }

  std::mt19937 random_;
};

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

// 1: equal at all points that have a value, -1: clearly different at one, 0: no telling.
int compare_by_doubles(const Tree& a, const Tree& b) {
  constexpr double kPoints[][2] = {{0.37, 1.21}, {-0.83, 0.59}, {1.43, -0.71}, {-1.13, -0.47}};
  int defined = 0;
  for (const auto& [x, y] : kPoints) {
    const double left = value_of(a, x, y);
    const double right = value_of(b, x, y);
    if (!std::isfinite(left) || !std::isfinite(right) || std::abs(left) > 1e6) continue;
    ++defined;
    if (std::abs(left - right) > 1e-5 * std::max(1.0, std::abs(left))) return -1;
    if (!close(left, right)) return 0;
  }
  return defined > 0 ? 1 : 0;
}

TEST_CASE("random expressions equal their rewritings and differ from their perturbations") {
  int rewritings = 0;
  int perturbations = 0;
  for (std::uint32_t seed = 1; seed <= 250; ++seed) {
    Writer writer(seed);
    const Tree original = writer.expression(3);
    const Tree rewritten = writer.rewritten(writer.rewritten(original));
    const Tree perturbed = writer.perturbed(original);
    const Answer first(text_of(original));
    const Answer second(text_of(rewritten));
    const Answer third(text_of(perturbed));
    CAPTURE(first.text());
    CAPTURE(second.text());
    CAPTURE(third.text());
    CHECK(compare(first, Answer(" " + text_of(original) + "  ")).equality == Equality::equal);
    if (compare_by_doubles(original, rewritten) == 1) {
      ++rewritings;
      CHECK(compare(first, second).equality == Equality::equal);
      CHECK(compare(second, first).equality == Equality::equal);
    }
    if (compare_by_doubles(original, perturbed) == -1) {
      ++perturbations;
      CHECK(compare(first, third).equality == Equality::unequal);
      CHECK(compare(third, first).equality == Equality::unequal);
      CHECK(compare(second, third).equality != Equality::equal);
    }
  }
  CHECK(rewritings > 200);
  CHECK(perturbations > 200);
}

}  // namespace
}  // namespace proctor::graders::math
