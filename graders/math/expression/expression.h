// What an answer says, as a tree: the language between the parser, which knows LaTeX and text, and
// the comparison, which knows mathematics. The tree keeps what was written (nothing is evaluated,
// no order is changed), less its typesetting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proctor::graders::math {

// The kinds of node, with what `text` and `parts` hold.
enum class Kind : std::uint8_t {
  // atoms
  number,    // text: DIGITS[.DIGITS][(DIGITS)][eSIGNED], e.g. "12", "0.5", "0.1(6)", "6.02e23"
             // (grouping removed; (..) is the repetend; e.. also for a written \times 10^{n})
  based,     // text: digits as written; parts: the base. 1010_2
  symbol,    // text: "x", "alpha", "x_1", "A_{max}" as "A_max", "f'", an unknown command's name.
             // e and i are symbols: only the comparison can know
  constant,  // text: "pi", "e" or "i" (upright: \mathrm{e}), "infinity"
  text,      // text: words, spaces squeezed, case kept: "no solution", "Monday", "3:45 pm"
  blank,     // an empty slot: \square, {}, a cell with nothing in it

  // arithmetic
  sum,               // parts: n >= 2 terms
  mixed,             // parts: a whole number and a fraction, both positive: 2\frac{1}{3}
  product,           // parts: n >= 2 factors
  quotient,          // parts: numerator, denominator
  negative,          // parts: 1
  plus_minus,        // parts: 1 (\pm x) or 2 (a \pm b); text: "+-" or "-+"
  power,             // parts: base, exponent
  root,              // parts: radicand, degree (a number 2 for \sqrt)
  factorial,         // parts: 1
  double_factorial,  // parts: 1
  percent,           // parts: 1
  degrees,           // parts: 1
  quantity,          // parts: 1; text: the unit in normal form: "cm^2", "dollar", "mile/hour"
  ratio,             // parts: 2 or more: a : b
  call,              // text: sin cos tan cot sec csc asin acos atan acot asec acsc sinh ... atanh
  // ln log (parts: x, or x and the base) exp abs floor ceil norm binomial gcd lcm
  // max min mod re im arg conjugate det transpose; parts: arguments
  apply,        // text: the name of an unknown function, "f"; parts: arguments
  big_sum,      // text: index; parts: from, to, body
  big_product,  // the same
  opaque,  // what is compared by its parts, in order. text: "integral", "limit", "sum", "dots",
           // "composition", "line" (over points), an accent ("vec"); "condition" (what holds,
           // and where), "given" (of P(A | B)), "choice" (the letter, and what it stands
           // for), or what is said of the part: "even" of "n is even"

  // containers
  list,           // parts: n >= 2, written without brackets; text: "," or ";" "and" "or"
  bracketed,      // parts: n >= 0; text: the two brackets: "()" "(]" "[)" "[]" "{}" "<>" "]["...;
                  // a set is "{}"; tuple or interval is for the comparison to say.
                  // (x) alone is x, so "()" has no single part; "[]" and "{}" may
  set_operation,  // text: "union", "intersection" or "difference"; parts: n >= 2
  number_set,     // text: R N Z Q C
  empty_set,
  set_builder,  // parts: element, then the conditions
  matrix,       // parts: row-major; columns: how many. A determinant is call "det" of it
  relation,     // parts: n >= 2 operands; text: n - 1 operators, one letter each (Relation)
  piecewise,    // parts: value, condition, value, condition...; "otherwise" is a text
};

// The operators of Kind::relation, as letters of Node::text.
namespace relation {
constexpr char kEqual = '=', kLess = '<', kGreater = '>', kAtMost = 'l', kAtLeast = 'g',
               kNotEqual = 'n', kApproximately = '~', kIn = 'e', kNotIn = 'E', kCongruent = 'c',
               kSubset = 's', kMapsTo = 'm', kProportional = 'p';
}

struct Node {
  Kind kind = Kind::blank;
  std::string_view text;
  std::span<const Node* const> parts;
  std::size_t columns = 0;  // of a matrix
};

// Memory for one tree (or several that live and die together): nodes, texts and lists of parts are
// never freed one by one. Not thread-safe; what was built may be read from any thread.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  const Node* make(Kind kind, std::string_view text = {}, std::span<const Node* const> parts = {},
                   std::size_t columns = 0);
  std::string_view keep(std::string_view text);

  // Forgets all nodes, and keeps the memory for the next tree.
  void clear();
  std::size_t nodes() const { return nodes_; }

 private:
  void* take(std::size_t bytes, std::size_t alignment);

  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // the one in use
  std::size_t used_ = 0;   // of it
  std::size_t nodes_ = 0;
};

// The tree as an S-expression, for tests and explanations: (sum x (negative 2)).
std::string to_string(const Node& node);

}  // namespace proctor::graders::math
