// What an answer is: a number, a tuple, an interval, an equation... The step between the tree,
// which keeps what was written, and the comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graders/math/algebra/lower.h"
#include "graders/math/algebra/zero_test.h"
#include "graders/math/expression/expression.h"

namespace proctor::graders::math {

enum class Shape : std::uint8_t {
  scalar,       // scalar: a number, or an expression with variables
  tuple,        // parts in order; text: its brackets; names: what the parts are the values of, if
                // it came from (x, y) = (3, 4) or x = 3, y = 4. Of two parts perhaps an interval
  collection,   // parts in any order: a set, or answers given side by side
  region,       // pieces of the real line
  constraints,  // inequalities: constraints, and perhaps pieces, if they could be solved
  equation,     // constraints: one, whose difference is zero
  matrix,       // parts: row-major scalars; columns
  piecewise,    // parts: value, condition, value, condition...
  ratio,        // parts: scalars
  based,        // text: digits in upper case; parts: the base, a scalar
  text,         // text: words in normal form
  congruence,   // parts: residue and modulus, scalars
  structure,    // kind and text: what it is; parts. Equal only to the same of equal parts
};

struct Scalar {
  const Form* form = nullptr;
  std::string_view unit;
  bool literal = false;  // one number as it was written, without a repetend
  int digits = 0;        // of a literal with a decimal point: the significant ones
  int last_place = 0;    // of a literal: its last digit stands for 10^last_place
  bool decimal = false;  // decimal fractions occur, perhaps rounded
  bool percent = false;  // the form is the value: 25% is 1/4
  bool degrees = false;  // the form is in radians
};

struct Endpoint {
  Scalar value;  // infinity is a form too
  bool closed = false;
};

struct Interval {
  Endpoint low;
  Endpoint high;
};

// difference < 0, <= 0 (l), = 0 or != 0 (n), with the letters of relation::.
struct Constraint {
  const Form* difference = nullptr;
  char relation = relation::kEqual;
};

struct Value {
  Shape shape = Shape::text;
  Kind kind = Kind::text;
  bool braces = false;   // of a collection: written as a set, so that it is no tuple
  bool ordered = false;  // of pieces: sorted and disjoint
  bool solved = false;   // of constraints: the pieces say the same, of the unknown `name`
  Scalar scalar;
  std::string text;
  std::string name;                     // what it is the value of: "x" in x = 5; empty if unknown
  std::string_view function;            // f, if the name is f(x)
  std::vector<std::string_view> bound;  // and its arguments, if they are all variables
  const Form* name_form = nullptr;      // of a name that can stand in an equation
  std::vector<std::string> names;       // of a tuple
  std::vector<Value> parts;
  std::vector<Value> conditions;  // "for x > 0" and the like
  std::string_view parameter;     // k, if one of them is k \in Z
  std::vector<Interval> pieces;
  std::vector<Constraint> constraints;
  std::size_t columns = 0;
};

// Reads trees as values. `forms` owns what the values refer to, besides the tree.
class ValueReader {
 public:
  ValueReader(Forms& forms, const Reading& reading)
      : forms_(forms), reading_(reading), lowering_(forms, reading) {}

  Value read(const Node& node);
  bool met_bare_log() const { return met_bare_log_; }

 private:
  Value read_one_sign(const Node& node);
  Value scalar(const Node& node);
  std::optional<Scalar> scalar_of(const Node& node);
  Value matrix(const Node& node);
  Value list(const Node& node);
  Value list_of(std::vector<Value> parts, std::string_view separator);
  Value bracketed(const Node& node);
  Value set(const Node& node);
  Value set_operation(const Node& node);
  Value set_builder(const Node& node);
  Value based(const Node& node);
  Value structure(const Node& node);
  Value piecewise(const Node& node);
  Value conditioned(const Node& node);
  void add_condition(const Node& node, Value& value);
  Value congruence(const Node& node);

  Value relation_value(const Node& node);
  Value equation(std::span<const Node* const> operands);
  Value equation_of(const Node& left, const Node& right);
  std::optional<Value> named(const Node& name, const Node& value);
  std::optional<Value> record(const Node& names, const Node& values);
  Value member(const Node& node);
  Value inequality(const Node& node);
  bool constraints_of(const Node& node, std::vector<Constraint>& out);
  void solve(const Node& node, Value& value);

  Forms& forms_;
  Reading reading_;
  Lowering lowering_;
  bool met_bare_log_ = false;
};

// Regions, in equality_regions.cpp.

// Whether the value is one without further ado: a region, or solved inequalities.
bool has_pieces(const Value& value);

// A tuple of two as an interval, a set of numbers as points, solved inequalities: as pieces.
std::optional<std::vector<Interval>> pieces_of(const Value& value);
Value region_value(std::vector<Interval> pieces);
// Pieces sorted, disjoint, and none empty; false, and left alone, if the ends cannot be put in
// order.
bool normalise(std::vector<Interval>& pieces);
// The pieces of x from those of a x + b. Nothing if a is zero or its sign cannot be told.
std::optional<std::vector<Interval>> scaled_back(Forms& forms, std::span<const Interval> pieces,
                                                 const Form* a, const Form* b);
// The pieces of x from those of |x|.
std::optional<std::vector<Interval>> unfolded(Forms& forms, std::span<const Interval> pieces);
std::optional<std::vector<Interval>> intersection(std::span<const Interval> a,
                                                  std::span<const Interval> b);
std::optional<std::vector<Interval>> complement(Forms& forms, std::vector<Interval> pieces);
std::vector<Interval> whole_line(Forms& forms);

// Whether a tree may be the left side of `name = value`: x, f(x), A:B, AB.
bool is_name(const Node& node);
// Whether a variable occurs.
bool has_symbols(const Node& node);

// Words in normal form, in equality_text.cpp: lower case, spaces squeezed, without final points and
// articles; "no solution" for its many wordings.
std::string normal_words(std::string_view text);
// The words of an answer in LaTeX, in normal form: \text{No solution.} is "no solution".
std::string words_of(std::string_view text);
// An answer without what only typesets it: to compare what is not understood.
std::string plain_text(std::string_view text);

}  // namespace proctor::graders::math
