// Runs a parsed template.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/engine/chat_template/ast.h"
#include "backends/engine/chat_template/functions.h"
#include "harness/core/result.h"

namespace proctor::engine {

// One render: made, run once, thrown away. Reads the program and the variables, which must outlive
// it; any number of them may run at a time over the same program.
class Interpreter {
 public:
  // `variables` hide the functions of the same name.
  Interpreter(const Program& program, const Variables& variables, std::optional<TemplateTime> now);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  // The text the template prints. Errors: invalid_input, "LINE: what went wrong".
  Result<std::string> run();

 private:
  // The names assigned in one scope. Looked up from the innermost outwards.
  struct Scope {
    std::shared_ptr<Scope> parent;
    std::vector<std::pair<std::string_view, Value>> names;
    bool captured = false;  // by a macro, so that it outlives its block

    const Value* find(std::string_view name) const;
    void set(std::string_view name, Value value);
  };
  enum class Flow { on, broken, continued };  // how a block was left

  // Counts how deep the evaluation is.
  class Depth;
  // Makes a scope the current one while it lives.
  class Entered;

  // interpreter.cpp: statements
  Result<Flow> execute(const Block& block);
  Result<Flow> execute(const Statement& statement);
  Result<Flow> run_node(const Output& node);
  Result<Flow> run_node(const Print& node);
  Result<Flow> run_node(const If& node);
  Result<Flow> run_node(const For& node);
  Result<Flow> run_node(const Set& node);
  Result<Flow> run_node(const SetBlock& node);
  Result<Flow> run_node(const Macro& node);
  Result<Flow> run_node(const With& node);
  Result<Flow> run_node(const FilterBlock& node);
  Result<Flow> run_node(const Generation& node);
  Result<Flow> run_node(const Break&) { return Flow::broken; }
  Result<Flow> run_node(const Continue&) { return Flow::continued; }
  Result<Flow> iterate_body(const For& node, Loop& loop, Value loop_value, bool& any);
  Result<void> print(std::string_view text);
  // Runs the block in a scope of its own; `text` is what it prints. A block left by break or
  // continue has printed for nothing.
  Result<Flow> capture(const Block& body, const Hidden& hidden, std::string& text);
  Result<Value> filtered(std::string text, const std::vector<FilterUse>& filters);
  Result<Value> call_macro(const Macro& macro, const std::shared_ptr<Scope>& defined_in,
                           const Arguments& arguments);
  Result<void> bind_parameters(const Macro& macro, const Arguments& arguments);
  Result<void> assign(const Target& target, Value value);
  Result<void> check_namespaces(const Target& target) const;

  // expressions.cpp
  Result<Value> evaluate(const Expression& expression);
  Result<Value> value_of(const Literal& node);
  Result<Value> value_of(const Name& node);
  Result<Value> value_of(const ListLiteral& node);
  Result<Value> value_of(const DictLiteral& node);
  Result<Value> value_of(const Attribute& node);
  Result<Value> value_of(const Subscript& node);
  Result<Value> value_of(const Slice& node);
  Result<Value> value_of(const Call& node);
  Result<Value> value_of(const FilterUse& node);
  Result<Value> value_of(const TestUse& node);
  Result<Value> value_of(const Not& node);
  Result<Value> value_of(const Sign& node);
  Result<Value> value_of(const Logic& node);
  Result<Value> value_of(const Arithmetic& node);
  Result<Value> value_of(const Comparison& node);
  Result<Value> value_of(const Concatenation& node);
  Result<Value> value_of(const Conditional& node);
  Result<std::vector<Value>> values_of(const std::vector<ExpressionPtr>& expressions);
  Result<Arguments> evaluate_arguments(const CallArguments& arguments);
  Value look_up(std::string_view name) const;

  const Program& program_;
  const Variables& variables_;
  Namespaces namespaces_;
  Variables functions_;
  std::vector<std::shared_ptr<Scope>> captured_scopes_;
  std::shared_ptr<Scope> scope_;
  std::string* out_ = nullptr;
  Budget budget_;
  int depth_ = 0;
  int line_ = 1;
};

}  // namespace proctor::engine
