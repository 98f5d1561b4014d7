// The expressions of a template, from the loosest binding (x if y else z) to the tightest.
#pragma once

#include <string_view>
#include <vector>

#include "backends/engine/chat_template/ast.h"
#include "backends/engine/chat_template/token_stream.h"
#include "harness/core/result.h"

namespace proctor::engine {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  // One expression.
  Result<ExpressionPtr> expression();
  // One expression, or several with commas between: a tuple. Without `conditional`, an `if` after
  // it is left alone: in `for x in y if z` it belongs to the loop.
  Result<ExpressionPtr> tuple(bool conditional = true);
  // What follows each | : filters without their input.
  Result<std::vector<FilterUse>> filters(bool first_without_pipe);

 private:
  // Counts how deep the recursion is; errors: invalid_input, past kMaxNesting.
  class Nesting;

  Result<ExpressionPtr> disjunction();
  Result<ExpressionPtr> conjunction();
  Result<ExpressionPtr> negation();
  Result<ExpressionPtr> comparison();
  Result<ExpressionPtr> sum();
  Result<ExpressionPtr> concatenation();
  Result<ExpressionPtr> product();
  Result<ExpressionPtr> power();
  Result<ExpressionPtr> unary(bool with_filters = true);
  Result<ExpressionPtr> primary();
  Result<ExpressionPtr> name_or_constant();
  Result<ExpressionPtr> parenthesized();
  Result<ExpressionPtr> list();
  Result<ExpressionPtr> dict();
  Result<ExpressionPtr> postfix(ExpressionPtr of);
  Result<ExpressionPtr> filters_and_tests(ExpressionPtr input);
  Result<ExpressionPtr> after_dot(ExpressionPtr of);
  Result<ExpressionPtr> in_brackets(ExpressionPtr of);
  Result<ExpressionPtr> test(ExpressionPtr input);
  Result<FilterUse> filter();
  Result<CallArguments> arguments();
  Result<void> argument(CallArguments& all);

  // Errors: invalid_input, when the tree gets deeper than kMaxNesting.
  Result<ExpressionPtr> make(int line, Expression::Node node) const;
  int line() const { return tokens_.peek().line; }

  TokenStream& tokens_;
  int nesting_ = 0;
};

}  // namespace proctor::engine
