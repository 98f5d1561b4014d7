#include "backends/engine/chat_template/expression_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "backends/engine/chat_template/children.h"

namespace proctor::engine {

class ExpressionParser::Nesting {
 public:
  explicit Nesting(ExpressionParser& parser) : parser_(parser) { ++parser_.nesting_; }
  ~Nesting() { --parser_.nesting_; }
  Nesting(const Nesting&) = delete;

  Result<void> allowed() const {
    if (parser_.nesting_ <= kMaxNesting) return {};
    return parser_.tokens_.wrong("the expression is nested deeper than 200 levels");
  }

 private:
  ExpressionParser& parser_;
};

Result<ExpressionPtr> ExpressionParser::make(int line, Expression::Node node) const {
  int depth = 1;
  for_each_child(node, [&](const ExpressionPtr& child) {
    if (child != nullptr) depth = std::max(depth, 1 + child->depth);
  });
  if (depth > kMaxNesting) return tokens_.wrong("the expression is nested deeper than 200 levels");
  return ExpressionPtr(new Expression{.line = line, .depth = depth, .node = std::move(node)});
}

Result<ExpressionPtr> ExpressionParser::expression() {
  const Nesting nesting(*this);
  if (const Result<void> fine = nesting.allowed(); !fine) return fine.error();
  Result<ExpressionPtr> result = disjunction();
  while (result && tokens_.is_name("if")) {
    const int where = line();
    tokens_.next();
    Result<ExpressionPtr> test = disjunction();
    if (!test) return test;
    ExpressionPtr no;
    if (tokens_.skip_name("else")) {
      Result<ExpressionPtr> otherwise = expression();
      if (!otherwise) return otherwise;
      no = *std::move(otherwise);
    }
    result = make(where, Conditional{*std::move(test), *std::move(result), std::move(no)});
  }
  return result;
}

Result<ExpressionPtr> ExpressionParser::tuple(bool conditional) {
  const int where = line();
  std::vector<ExpressionPtr> items;
  bool is_tuple = false;
  while (true) {
    const bool ends = tokens_.is(Token::Kind::print_end) || tokens_.is(Token::Kind::block_end) ||
                      tokens_.is_symbol(")");
    if (ends) break;
    Result<ExpressionPtr> item = conditional ? expression() : disjunction();
    if (!item) return item;
    items.push_back(*std::move(item));
    if (!tokens_.skip_symbol(",")) break;
    is_tuple = true;
  }
  if (is_tuple) return make(where, ListLiteral{.items = std::move(items), .tuple = true});
  if (items.empty()) return tokens_.unexpected("an expression");
  return std::move(items[0]);
}

Result<ExpressionPtr> ExpressionParser::disjunction() {
  Result<ExpressionPtr> left = conjunction();
  while (left && tokens_.is_name("or")) {
    const int where = line();
    tokens_.next();
    Result<ExpressionPtr> right = conjunction();
    if (!right) return right;
    left = make(where, Logic{false, *std::move(left), *std::move(right)});
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::conjunction() {
  Result<ExpressionPtr> left = negation();
  while (left && tokens_.is_name("and")) {
    const int where = line();
    tokens_.next();
    Result<ExpressionPtr> right = negation();
    if (!right) return right;
    left = make(where, Logic{true, *std::move(left), *std::move(right)});
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::negation() {
  if (!tokens_.is_name("not")) return comparison();
  const Nesting nesting(*this);
  if (const Result<void> fine = nesting.allowed(); !fine) return fine.error();
  const int where = line();
  tokens_.next();
  Result<ExpressionPtr> operand = negation();
  if (!operand) return operand;
  return make(where, Not{*std::move(operand)});
}

Result<ExpressionPtr> ExpressionParser::comparison() {
  constexpr std::pair<std::string_view, Relation> kRelations[] = {
      {"==", Relation::equal},    {"!=", Relation::unequal}, {">", Relation::greater},
      {">=", Relation::at_least}, {"<", Relation::less},     {"<=", Relation::at_most}};
  const int where = line();
  Result<ExpressionPtr> first = sum();
  if (!first) return first;
  std::vector<std::pair<Relation, ExpressionPtr>> rest;
  while (true) {
    std::optional<Relation> relation;
    for (const auto& [symbol, meaning] : kRelations) {
      if (tokens_.skip_symbol(symbol)) relation = meaning;
    }
    if (!relation && tokens_.skip_name("in")) relation = Relation::in;
    if (!relation && tokens_.is_name("not") && tokens_.is_name("in", 1)) {
      tokens_.next();
      tokens_.next();
      relation = Relation::not_in;
    }
    if (!relation) break;
    Result<ExpressionPtr> operand = sum();
    if (!operand) return operand;
    rest.emplace_back(*relation, *std::move(operand));
  }
  if (rest.empty()) return first;
  return make(where, Comparison{*std::move(first), std::move(rest)});
}

Result<ExpressionPtr> ExpressionParser::sum() {
  Result<ExpressionPtr> left = concatenation();
  while (left && (tokens_.is_symbol("+") || tokens_.is_symbol("-"))) {
    const int where = line();
    const Operator op = tokens_.next().text == "+" ? Operator::add : Operator::subtract;
    Result<ExpressionPtr> right = concatenation();
    if (!right) return right;
    left = make(where, Arithmetic{op, *std::move(left), *std::move(right)});
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::concatenation() {
  const int where = line();
  Result<ExpressionPtr> first = product();
  if (!first || !tokens_.is_symbol("~")) return first;
  Concatenation all;
  all.parts.push_back(*std::move(first));
  while (tokens_.skip_symbol("~")) {
    Result<ExpressionPtr> part = product();
    if (!part) return part;
    all.parts.push_back(*std::move(part));
  }
  return make(where, std::move(all));
}

Result<ExpressionPtr> ExpressionParser::product() {
  constexpr std::pair<std::string_view, Operator> kOperators[] = {{"*", Operator::multiply},
                                                                  {"/", Operator::divide},
                                                                  {"//", Operator::floor_divide},
                                                                  {"%", Operator::modulo}};
  Result<ExpressionPtr> left = power();
  while (left) {
    const int where = line();
    std::optional<Operator> op;
    for (const auto& [symbol, meaning] : kOperators) {
      if (!op && tokens_.skip_symbol(symbol)) op = meaning;
    }
    if (!op) break;
    Result<ExpressionPtr> right = power();
    if (!right) return right;
    left = make(where, Arithmetic{*op, *std::move(left), *std::move(right)});
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::power() {
  Result<ExpressionPtr> left = unary();
  while (left && tokens_.is_symbol("**")) {
    const int where = line();
    tokens_.next();
    Result<ExpressionPtr> right = unary();
    if (!right) return right;
    left = make(where, Arithmetic{Operator::power, *std::move(left), *std::move(right)});
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::unary(bool with_filters) {
  const Nesting nesting(*this);
  if (const Result<void> fine = nesting.allowed(); !fine) return fine.error();
  const int where = line();
  Result<ExpressionPtr> result = [&]() -> Result<ExpressionPtr> {
    const bool minus = tokens_.is_symbol("-");
    if (!minus && !tokens_.is_symbol("+")) return primary();
    tokens_.next();
    Result<ExpressionPtr> operand = unary(false);
    if (!operand) return operand;
    return make(where, Sign{minus, *std::move(operand)});
  }();
  if (result) result = postfix(*std::move(result));
  if (result && with_filters) result = filters_and_tests(*std::move(result));
  return result;
}

}  // namespace proctor::engine
