#include "backends/engine/chat_template/interpreter.h"

#include <algorithm>
#include <utility>

#include "backends/engine/chat_template/interpreter_depth.h"
#include "backends/engine/chat_template/loop.h"

namespace proctor::engine {
namespace {

Error invalid(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

}  // namespace

class Interpreter::Entered {
 public:
  // A new scope within `parent`, whose hidden names begin undefined.
  Entered(Interpreter& interpreter, std::shared_ptr<Scope> parent, const Hidden& hidden)
      : interpreter_(interpreter), outer_(interpreter.scope_) {
    auto scope = std::make_shared<Scope>();
    scope->parent = std::move(parent);
    interpreter_.scope_ = std::move(scope);
    hide(hidden);
  }
  ~Entered() {
    if (interpreter_.scope_->captured) {
      interpreter_.captured_scopes_.push_back(interpreter_.scope_);
    }
    interpreter_.scope_ = outer_;
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

  // Begins the scope anew, as each round of a loop does.
  void reset(const Hidden& hidden) {
    interpreter_.scope_->names.clear();
    hide(hidden);
  }

 private:
  void hide(const Hidden& hidden) {
    for (const std::string& name : hidden) {
      interpreter_.scope_->set(name, Value::undefined("'" + name + "' is undefined"));
    }
  }

  Interpreter& interpreter_;
  std::shared_ptr<Scope> outer_;
};

const Value* Interpreter::Scope::find(std::string_view name) const {
  for (const auto& [known, value] : names) {
    if (known == name) return &value;
  }
  return nullptr;
}

void Interpreter::Scope::set(std::string_view name, Value value) {
  for (auto& [known, old] : names) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  names.emplace_back(name, std::move(value));
}

Interpreter::Interpreter(const Program& program, const Variables& variables,
                         std::optional<TemplateTime> now)
    : program_(program),
      variables_(variables),
      functions_(template_functions(namespaces_, std::move(now))) {}

Interpreter::~Interpreter() {
  // Namespaces and macros can hold each other and themselves.
  for (const std::shared_ptr<Namespace>& space : namespaces_) space->attributes.clear();
  for (const std::shared_ptr<Scope>& scope : captured_scopes_) scope->names.clear();
}

Result<std::string> Interpreter::run() {
  std::string text;
  const Result<Flow> flow = capture(program_.body, program_.hidden, text);
  if (!flow) return flow.error().within(std::to_string(line_));
  return text;
}

Result<Interpreter::Flow> Interpreter::execute(const Block& block) {
  for (const Statement& statement : block) {
    const Result<Flow> flow = execute(statement);
    if (!flow || *flow != Flow::on) return flow;
  }
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::execute(const Statement& statement) {
  const Depth depth(*this);
  if (const Result<void> fine = depth.allowed(); !fine) return fine.error();
  if (const Result<void> paid = budget_.take_steps(1); !paid) return paid.error();
  line_ = statement.line;
  return std::visit([this](const auto& node) { return run_node(node); }, statement.node);
}

Result<void> Interpreter::print(std::string_view text) {
  if (const Result<void> paid = budget_.take_bytes(text.size()); !paid) return paid;
  *out_ += text;
  return {};
}

Result<Interpreter::Flow> Interpreter::run_node(const Output& node) {
  if (const Result<void> done = print(node.text); !done) return done.error();
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::run_node(const Print& node) {
  const Result<Value> value = evaluate(*node.value);
  if (!value) return value.error();
  if (value->is_text()) {
    if (const Result<void> done = print(value->bytes()); !done) return done.error();
    return Flow::on;
  }
  const Result<std::string> text = to_text(*value, budget_);
  if (!text) return text.error();
  *out_ += *text;
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::run_node(const If& node) {
  for (const auto& [test, branch] : node.branches) {
    const Result<Value> value = evaluate(*test);
    if (!value) return value.error();
    if (truthy(*value)) return execute(branch);
  }
  return execute(node.otherwise);
}

Result<Interpreter::Flow> Interpreter::run_node(const For& node) {
  const Result<Value> items = evaluate(*node.items);
  if (!items) return items.error();
  Loop::Accepts accepts;
  if (node.condition != nullptr) {
    accepts = [this, &node, outer = scope_](const Value& item) -> Result<bool> {
      const Entered scope(*this, outer, {});
      if (const Result<void> done = assign(node.target, item); !done) return done.error();
      const Result<Value> value = evaluate(*node.condition);
      if (!value) return value.error();
      return truthy(*value);
    };
  }
  const Result<std::shared_ptr<Loop>> loop = Loop::over(*items, std::move(accepts), budget_);
  if (!loop) return loop.error();
  bool any = false;
  const Result<Flow> flow = iterate_body(node, **loop, Value(*loop), any);
  if (!flow || any) return flow;
  const Entered scope(*this, scope_, node.hidden_in_otherwise);
  return execute(node.otherwise);
}

// `any` is whether some round reached the end of its body: one left by break or continue does not
// count, so that jinja2 still takes the else branch after it.
Result<Interpreter::Flow> Interpreter::iterate_body(const For& node, Loop& loop, Value loop_value,
                                                    bool& any) {
  Entered scope(*this, scope_, {});
  while (true) {
    const Result<bool> more = loop.advance(budget_);
    if (!more) return more.error();
    if (!*more) break;
    scope.reset(node.hidden_in_body);
    scope_->set("loop", loop_value);
    if (const Result<void> done = assign(node.target, loop.current()); !done) return done.error();
    const Result<Flow> flow = execute(node.body);
    if (!flow) return flow;
    if (*flow == Flow::broken) break;
    if (*flow == Flow::on) any = true;
  }
  scope.reset({});
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::run_node(const Set& node) {
  if (const Result<void> fine = check_namespaces(node.target); !fine) return fine.error();
  Result<Value> value = evaluate(*node.value);
  if (!value) return value.error();
  if (const Result<void> done = assign(node.target, *std::move(value)); !done) return done.error();
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::run_node(const SetBlock& node) {
  std::string text;
  const Result<Flow> flow = capture(node.body, node.hidden, text);
  if (!flow || *flow != Flow::on) return flow;
  Result<Value> value = filtered(std::move(text), node.filters);
  if (!value) return value.error();
  if (const Result<void> fine = check_namespaces(node.target); !fine) return fine.error();
  if (const Result<void> done = assign(node.target, *std::move(value)); !done) return done.error();
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::run_node(const With& node) {
  std::vector<Value> values;
  for (const auto& [target, expression] : node.assignments) {
    Result<Value> value = evaluate(*expression);
    if (!value) return value.error();
    values.push_back(*std::move(value));
  }
  const Entered scope(*this, scope_, node.hidden);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Result<void> done = assign(node.assignments[i].first, values[i]);
    if (!done) return done.error();
  }
  return execute(node.body);
}

Result<Interpreter::Flow> Interpreter::run_node(const FilterBlock& node) {
  std::string text;
  const Result<Flow> flow = capture(node.body, node.hidden, text);
  if (!flow || *flow != Flow::on) return flow;
  const Result<Value> value = filtered(std::move(text), node.filters);
  if (!value) return value.error();
  const Result<std::string> shown = to_text(*value, budget_);
  if (!shown) return shown.error();
  *out_ += *shown;
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::run_node(const Generation& node) {
  std::string text;
  const Result<Flow> flow = capture(node.body, node.hidden, text);
  if (!flow) return flow;
  *out_ += text;
  return Flow::on;
}

Result<Interpreter::Flow> Interpreter::capture(const Block& body, const Hidden& hidden,
                                               std::string& text) {
  const Entered scope(*this, scope_, hidden);
  std::string* outer = std::exchange(out_, &text);
  const Result<Flow> flow = execute(body);
  out_ = outer;
  return flow;
}

Result<Value> Interpreter::filtered(std::string text, const std::vector<FilterUse>& filters) {
  Value value = Value::text(std::move(text));
  for (const FilterUse& use : filters) {
    const Result<Arguments> arguments = evaluate_arguments(use.arguments);
    if (!arguments) return arguments.error();
    Result<Value> next = use.filter->apply(value, *arguments, budget_);
    if (!next) return next;
    value = *std::move(next);
  }
  return value;
}

Result<Interpreter::Flow> Interpreter::run_node(const Macro& node) {
  for (Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    scope->captured = true;
  }
  const auto call = [this, &node, defined_in = scope_](const Arguments& arguments, Budget&) {
    return call_macro(node, defined_in, arguments);
  };
  scope_->set(node.name, Value(std::make_shared<const Function>(
                             Function{.name = "macro " + node.name, .call = call})));
  return Flow::on;
}

Result<Value> Interpreter::call_macro(const Macro& macro, const std::shared_ptr<Scope>& defined_in,
                                      const Arguments& arguments) {
  const Entered scope(*this, defined_in, macro.hidden);
  if (const Result<void> done = bind_parameters(macro, arguments); !done) {
    return done.error().within("macro " + macro.name);
  }
  std::string text;
  std::string* outer = std::exchange(out_, &text);
  const Result<Flow> flow = execute(macro.body);
  out_ = outer;
  if (!flow) return flow.error();
  return Value::text(std::move(text));
}

Result<void> Interpreter::bind_parameters(const Macro& macro, const Arguments& arguments) {
  const std::vector<std::string>& names = macro.parameters;
  if (arguments.positional.size() > names.size()) {
    return invalid("takes at most " + std::to_string(names.size()) + " arguments");
  }
  for (const auto& [name, value] : arguments.named) {
    const auto place = std::find(names.begin(), names.end(), name);
    if (place == names.end()) return invalid("has no parameter " + name);
    if (static_cast<std::size_t>(place - names.begin()) < arguments.positional.size()) {
      return invalid("got the argument " + name + " twice");
    }
    scope_->set(*place, value);
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    scope_->set(names[i], arguments.positional[i]);
  }
  const std::size_t required = names.size() - macro.defaults.size();
  for (std::size_t i = arguments.positional.size(); i < names.size(); ++i) {
    if (scope_->find(names[i]) != nullptr) continue;
    if (i < required) {
      scope_->set(names[i], Value::undefined("parameter '" + names[i] + "' was not provided"));
      continue;
    }
    Result<Value> value = evaluate(*macro.defaults[i - required]);
    if (!value) return value.error();
    scope_->set(names[i], *std::move(value));
  }
  return {};
}

Result<void> Interpreter::check_namespaces(const Target& target) const {
  for (const Target& part : target.parts) {
    if (const Result<void> fine = check_namespaces(part); !fine) return fine;
  }
  if (target.attribute.empty()) return {};
  if (look_up(target.name).object<Namespace>() != nullptr) return {};
  return invalid("cannot assign to an attribute of " + target.name + ", which is no namespace");
}

Result<void> Interpreter::assign(const Target& target, Value value) {
  if (target.tuple) {
    const Result<std::vector<Value>> items = iterate(value, budget_);
    if (!items) return items.error();
    if (items->size() != target.parts.size()) {
      return invalid("cannot assign " + std::to_string(items->size()) + " values to " +
                     std::to_string(target.parts.size()) + " names");
    }
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (const Result<void> done = assign(target.parts[i], (*items)[i]); !done) return done;
    }
    return {};
  }
  if (target.attribute.empty()) {
    scope_->set(target.name, std::move(value));
    return {};
  }
  if (target.attribute.starts_with('_')) return invalid("a namespace's name begins with _");
  const Value space = look_up(target.name);
  check(space.object<Namespace>() != nullptr);  // check_namespaces()
  space.object<Namespace>()->set(target.attribute, std::move(value));
  return {};
}

}  // namespace proctor::engine
