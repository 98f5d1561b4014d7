// Expressions of a running template.
#include <utility>

#include "backends/engine/chat_template/access.h"
#include "backends/engine/chat_template/interpreter.h"
#include "backends/engine/chat_template/interpreter_depth.h"
#include "backends/engine/chat_template/loop.h"

namespace proctor::engine {

Result<Value> Interpreter::evaluate(const Expression& expression) {
  const Depth depth(*this);
  if (const Result<void> fine = depth.allowed(); !fine) return fine.error();
  if (const Result<void> paid = budget_.take_steps(1); !paid) return paid.error();
  line_ = expression.line;
  return std::visit([this](const auto& node) { return value_of(node); }, expression.node);
}

Value Interpreter::look_up(std::string_view name) const {
  for (const Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    if (const Value* found = scope->find(name)) return *found;
  }
  for (const Variables* variables : {&variables_, &functions_}) {
    for (const auto& [known, value] : *variables) {
      if (known == name) return value;
    }
  }
  return Value::undefined("'" + std::string(name) + "' is undefined");
}

Result<Value> Interpreter::value_of(const Literal& node) { return node.value; }

Result<Value> Interpreter::value_of(const Name& node) { return look_up(node.name); }

Result<std::vector<Value>> Interpreter::values_of(const std::vector<ExpressionPtr>& expressions) {
  std::vector<Value> values;
  values.reserve(expressions.size());
  for (const ExpressionPtr& expression : expressions) {
    Result<Value> value = evaluate(*expression);
    if (!value) return value.error();
    values.push_back(*std::move(value));
  }
  return values;
}

Result<Value> Interpreter::value_of(const ListLiteral& node) {
  Result<std::vector<Value>> items = values_of(node.items);
  if (!items) return items.error();
  return node.tuple ? Value::tuple(*std::move(items)) : Value::list(*std::move(items));
}

Result<Value> Interpreter::value_of(const DictLiteral& node) {
  auto dict = std::make_shared<Dict>();
  for (const auto& [key_expression, value_expression] : node.entries) {
    Result<Value> key = evaluate(*key_expression);
    if (!key) return key;
    Result<Value> value = evaluate(*value_expression);
    if (!value) return value;
    const Result<void> done = dict->set(*std::move(key), *std::move(value));
    if (!done) return done.error();
  }
  return Value(std::shared_ptr<const Dict>(std::move(dict)));
}

Result<Value> Interpreter::value_of(const Attribute& node) {
  const Result<Value> of = evaluate(*node.of);
  if (!of) return of;
  return get_attribute(*of, node.name, budget_);
}

Result<Value> Interpreter::value_of(const Subscript& node) {
  const Result<Value> of = evaluate(*node.of);
  if (!of) return of;
  const Result<Value> key = evaluate(*node.key);
  if (!key) return key;
  return get_item(*of, *key, budget_);
}

Result<Value> Interpreter::value_of(const Slice& node) {
  const Result<Value> of = evaluate(*node.of);
  if (!of) return of;
  Value bounds[3];
  std::size_t i = 0;
  for (const ExpressionPtr* part : {&node.start, &node.stop, &node.step}) {
    if (*part != nullptr) {
      Result<Value> bound = evaluate(**part);
      if (!bound) return bound;
      bounds[i] = *std::move(bound);
    }
    ++i;
  }
  return get_slice(*of, bounds[0], bounds[1], bounds[2], budget_);
}

Result<Arguments> Interpreter::evaluate_arguments(const CallArguments& arguments) {
  Result<std::vector<Value>> positional = values_of(arguments.positional);
  if (!positional) return positional.error();
  Arguments all{.positional = *std::move(positional), .named = {}};
  for (const auto& [name, expression] : arguments.named) {
    Result<Value> value = evaluate(*expression);
    if (!value) return value.error();
    all.named.emplace_back(name, *std::move(value));
  }
  return all;
}

Result<Value> Interpreter::value_of(const Call& node) {
  const Result<Value> function = evaluate(*node.function);
  if (!function) return function;
  const int line = line_;
  const Result<Arguments> arguments = evaluate_arguments(node.arguments);
  if (!arguments) return arguments.error();
  line_ = line;
  if (const Undefined* undefined = function->as<Undefined>()) {
    return Error(ErrorCode::invalid_input, *undefined->why);
  }
  const Function* callee = function->object<const Function>();
  if (callee == nullptr) {
    return Error(ErrorCode::invalid_input, "'" + type_name(*function) + "' cannot be called");
  }
  return callee->call(*arguments, budget_);
}

Result<Value> Interpreter::value_of(const FilterUse& node) {
  const Result<Value> input = evaluate(*node.input);
  if (!input) return input;
  const Result<Arguments> arguments = evaluate_arguments(node.arguments);
  if (!arguments) return arguments.error();
  return node.filter->apply(*input, *arguments, budget_);
}

Result<Value> Interpreter::value_of(const TestUse& node) {
  const Result<Value> input = evaluate(*node.input);
  if (!input) return input;
  const Result<Arguments> arguments = evaluate_arguments(node.arguments);
  if (!arguments) return arguments.error();
  const Result<bool> holds = run_test(*node.test, *input, *arguments, budget_);
  if (!holds) return holds.error();
  return Value(*holds);
}

Result<Value> Interpreter::value_of(const Not& node) {
  const Result<Value> operand = evaluate(*node.operand);
  if (!operand) return operand;
  return Value(!truthy(*operand));
}

Result<Value> Interpreter::value_of(const Sign& node) {
  const Result<Value> operand = evaluate(*node.operand);
  if (!operand) return operand;
  return apply_sign(node.minus, *operand);
}

// As in Python, the value of the operand that decides.
Result<Value> Interpreter::value_of(const Logic& node) {
  Result<Value> left = evaluate(*node.left);
  if (!left || truthy(*left) != node.is_and) return left;
  return evaluate(*node.right);
}

Result<Value> Interpreter::value_of(const Arithmetic& node) {
  const Result<Value> left = evaluate(*node.left);
  if (!left) return left;
  const Result<Value> right = evaluate(*node.right);
  if (!right) return right;
  return apply(node.op, *left, *right, budget_);
}

Result<Value> Interpreter::value_of(const Comparison& node) {
  Result<Value> left = evaluate(*node.first);
  for (const auto& [relation, operand] : node.rest) {
    if (!left) return left;
    Result<Value> right = evaluate(*operand);
    if (!right) return right;
    const Result<bool> holds = relate(relation, *left, *right, budget_);
    if (!holds) return holds.error();
    if (!*holds) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Result<Value> Interpreter::value_of(const Concatenation& node) {
  const Result<std::vector<Value>> parts = values_of(node.parts);
  if (!parts) return parts.error();
  std::string all;
  for (const Value& part : *parts) {
    const Result<std::string> text = to_text(part, budget_);
    if (!text) return text.error();
    all += *text;
  }
  return Value::text(std::move(all));
}

Result<Value> Interpreter::value_of(const Conditional& node) {
  const Result<Value> test = evaluate(*node.test);
  if (!test) return test;
  if (truthy(*test)) return evaluate(*node.yes);
  if (node.no != nullptr) return evaluate(*node.no);
  return Value::undefined("the inline if is false and has no else");
}

}  // namespace proctor::engine
