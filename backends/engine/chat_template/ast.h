// A parsed template: statements and expressions as data. Immutable once parsed, so that several
// renders may read it at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backends/engine/chat_template/filters.h"
#include "backends/engine/chat_template/operators.h"
#include "backends/engine/chat_template/value.h"
#include "backends/engine/chat_template/value_tests.h"

namespace proctor::engine {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;
struct Statement;
using Block = std::vector<Statement>;

struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
};

struct Literal {
  Value value;
};
struct Name {
  std::string name;
};
struct ListLiteral {
  std::vector<ExpressionPtr> items;
  bool tuple = false;
};
struct DictLiteral {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
struct Attribute {
  ExpressionPtr of;
  std::string name;
};
struct Subscript {
  ExpressionPtr of;
  ExpressionPtr key;
};
struct Slice {
  ExpressionPtr of;
  ExpressionPtr start, stop, step;  // null where left out
};
struct Call {
  ExpressionPtr function;
  CallArguments arguments;
};
struct FilterUse {
  ExpressionPtr input;  // null at the head of a filter block, whose text is the input
  const FilterEntry* filter = nullptr;
  CallArguments arguments;
};
struct TestUse {
  ExpressionPtr input;
  const TestEntry* test = nullptr;
  CallArguments arguments;
};
struct Not {
  ExpressionPtr operand;
};
struct Sign {
  bool minus = false;
  ExpressionPtr operand;
};
struct Logic {
  bool is_and = false;
  ExpressionPtr left, right;
};
struct Arithmetic {
  Operator op = Operator::add;
  ExpressionPtr left, right;
};
// a < b <= c: true when each neighbouring pair is.
struct Comparison {
  ExpressionPtr first;
  std::vector<std::pair<Relation, ExpressionPtr>> rest;
};
struct Concatenation {
  std::vector<ExpressionPtr> parts;
};
struct Conditional {
  ExpressionPtr test, yes;
  ExpressionPtr no;  // null where there is no else
};

struct Expression {
  using Node = std::variant<Literal, Name, ListLiteral, DictLiteral, Attribute, Subscript, Slice,
                            Call, FilterUse, TestUse, Not, Sign, Logic, Arithmetic, Comparison,
                            Concatenation, Conditional>;
  int line = 0;
  int depth = 1;  // of this tree, at most kMaxNesting
  Node node;
};

// What set, for and with assign to: a name, an attribute of a namespace, or a tuple of targets.
struct Target {
  std::string name;
  std::string attribute;      // of the namespace `name`, where not empty
  std::vector<Target> parts;  // a tuple's; then the two above are empty
  bool tuple = false;
};

// The names that a scope starts without, although the render has variables so called: those that
// jinja2 takes for locals because the scope assigns them before it reads them.
using Hidden = std::vector<std::string>;

struct Output {
  std::string text;
};
struct Print {
  ExpressionPtr value;
};
struct If {
  std::vector<std::pair<ExpressionPtr, Block>> branches;
  Block otherwise;
};
struct For {
  Target target;
  ExpressionPtr items;
  ExpressionPtr condition;  // null where there is none
  Block body, otherwise;
  Hidden hidden_in_body, hidden_in_otherwise;
};
struct Set {
  Target target;
  ExpressionPtr value;
};
struct SetBlock {
  Target target;
  std::vector<FilterUse> filters;  // applied in this order
  Block body;
  Hidden hidden;
};
struct Macro {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<ExpressionPtr> defaults;  // of the last parameters
  Block body;
  Hidden hidden;
};
struct With {
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  Block body;
  Hidden hidden;
};
struct FilterBlock {
  std::vector<FilterUse> filters;
  Block body;
  Hidden hidden;
};
// {% generation %}: what training counts as the model's own text; here a scope and no more.
struct Generation {
  Block body;
  Hidden hidden;
};
struct Break {};
struct Continue {};

struct Statement {
  using Node = std::variant<Output, Print, If, For, Set, SetBlock, Macro, With, FilterBlock,
                            Generation, Break, Continue>;
  int line = 0;
  Node node;
};

struct Program {
  Block body;
  Hidden hidden;
};

}  // namespace proctor::engine
