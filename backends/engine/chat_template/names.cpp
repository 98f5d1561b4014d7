#include "backends/engine/chat_template/names.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "backends/engine/chat_template/children.h"

namespace proctor::engine {
namespace {

// What one scope knows of its names when it begins: nothing yet (hidden), or a value from outside
// or from its caller.
struct Scope {
  enum class Start { hidden, known };

  const Scope* parent = nullptr;
  bool macro = false;  // this scope is a macro's or lies in one
  std::map<std::string, Start, std::less<>> names{};
  std::set<std::string, std::less<>> stores{};

  bool knows(std::string_view name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->parent) {
      if (scope->names.count(name) > 0) return true;
    }
    return false;
  }
  void load(const std::string& name) {
    if (!knows(name)) names[name] = Start::known;
  }
  void store(const std::string& name) {
    stores.insert(name);
    const bool outside = parent != nullptr && parent->knows(name);
    names.try_emplace(name, outside ? Start::known : Start::hidden);
  }
  void declare(const std::string& name) {
    stores.insert(name);
    names[name] = Start::known;
  }
  // After the branches of an if: a name that only some of them store may be read from outside.
  void merge(const std::vector<Scope>& branches) {
    std::set<std::string, std::less<>> stored;
    for (const Scope& branch : branches) stored.insert(branch.stores.begin(), branch.stores.end());
    for (const Scope& branch : branches) {
      for (const auto& [name, start] : branch.names) names[name] = start;
    }
    for (const std::string& name : stored) {
      if (stores.count(name) == 0) names[name] = Start::known;
    }
    stores.insert(stored.begin(), stored.end());
  }
  Hidden hidden() const {
    Hidden all;
    for (const auto& [name, start] : names) {
      if (start == Start::hidden) all.push_back(name);
    }
    return all;
  }
};

Error unsupported(int line, const std::string& name) {
  return Error(ErrorCode::invalid_input,
               std::to_string(line) + ": " + name + " in a macro is not supported");
}

class Resolver {
 public:
  Result<void> run(Program& program) {
    resolve(program.body, Scope(), program.hidden);
    if (special_) return unsupported(special_->first, special_->second);
    return {};
  }

 private:
  // A scope's own block: first its names, then the scopes within, which look at all of them.
  void resolve(Block& block, Scope scope, Hidden& hidden) {
    visit(block, scope);
    hidden = scope.hidden();
    for (Statement& statement : block) nested(statement, scope);
  }

  static Scope under(const Scope& parent) { return {.parent = &parent, .macro = parent.macro}; }

  void nested(Statement& statement, const Scope& scope) {
    if (auto* node = std::get_if<If>(&statement.node)) {
      for (auto& [test, branch] : node->branches) {
        for (Statement& one : branch) nested(one, scope);
      }
      for (Statement& one : node->otherwise) nested(one, scope);
    } else if (auto* loop = std::get_if<For>(&statement.node)) {
      Scope body = under(scope);
      body.declare("loop");
      declare(loop->target, body);
      resolve(loop->body, std::move(body), loop->hidden_in_body);
      resolve(loop->otherwise, under(scope), loop->hidden_in_otherwise);
    } else if (auto* set = std::get_if<SetBlock>(&statement.node)) {
      resolve(set->body, under(scope), set->hidden);
    } else if (auto* macro = std::get_if<Macro>(&statement.node)) {
      Scope body = under(scope);
      body.macro = true;
      for (const std::string& name : macro->parameters) body.declare(name);
      for (const ExpressionPtr& value : macro->defaults) visit(value, body);
      resolve(macro->body, std::move(body), macro->hidden);
    } else if (auto* with = std::get_if<With>(&statement.node)) {
      Scope body = under(scope);
      for (const auto& [target, value] : with->assignments) declare(target, body);
      resolve(with->body, std::move(body), with->hidden);
    } else if (auto* filter = std::get_if<FilterBlock>(&statement.node)) {
      resolve(filter->body, under(scope), filter->hidden);
    } else if (auto* generation = std::get_if<Generation>(&statement.node)) {
      Scope body = under(scope);
      body.macro = true;
      resolve(generation->body, std::move(body), generation->hidden);
    }
  }

  static void declare(const Target& target, Scope& scope) {
    if (!target.tuple) scope.declare(target.name);
    for (const Target& part : target.parts) declare(part, scope);
  }

  // The names that a block itself stores and loads, in order; the scopes within are left out, save
  // for what they take from this one: the items of a loop, the values of a with.
  void visit(const Block& block, Scope& scope) {
    for (const Statement& statement : block) visit(statement, scope);
  }

  void visit(const Statement& statement, Scope& scope) {
    if (const auto* print = std::get_if<Print>(&statement.node)) {
      visit(print->value, scope);
    } else if (const auto* branches = std::get_if<If>(&statement.node)) {
      visit_if(*branches, scope);
    } else if (const auto* loop = std::get_if<For>(&statement.node)) {
      visit(loop->items, scope);
    } else if (const auto* set = std::get_if<Set>(&statement.node)) {
      visit(set->value, scope);
      store(set->target, scope);
    } else if (const auto* block = std::get_if<SetBlock>(&statement.node)) {
      store(block->target, scope);
    } else if (const auto* macro = std::get_if<Macro>(&statement.node)) {
      scope.store(macro->name);
    } else if (const auto* with = std::get_if<With>(&statement.node)) {
      for (const auto& [target, value] : with->assignments) visit(value, scope);
    } else if (const auto* filter = std::get_if<FilterBlock>(&statement.node)) {
      for (const FilterUse& use : filter->filters) visit(use.arguments, scope);
    }
  }

  void visit_if(const If& node, Scope& scope) {
    visit(node.branches[0].first, scope);
    std::vector<Scope> branches;
    Scope& body = branches.emplace_back(scope);
    visit(node.branches[0].second, body);
    // jinja2 keeps all elif in one list, each an if of its own within it.
    Scope others = scope;
    for (std::size_t i = 1; i < node.branches.size(); ++i) {
      visit(node.branches[i].first, others);
      Scope branch = others;
      visit(node.branches[i].second, branch);
      others.merge({branch});
    }
    branches.push_back(std::move(others));
    Scope& otherwise = branches.emplace_back(scope);
    visit(node.otherwise, otherwise);
    scope.merge(branches);
  }

  void store(const Target& target, Scope& scope) {
    if (target.tuple) {
      for (const Target& part : target.parts) store(part, scope);
    } else if (target.attribute.empty()) {
      scope.store(target.name);
    } else {
      scope.load(target.name);
    }
  }

  void visit(const CallArguments& arguments, Scope& scope) {
    for (const ExpressionPtr& value : arguments.positional) visit(value, scope);
    for (const auto& [name, value] : arguments.named) visit(value, scope);
  }

  void visit(const ExpressionPtr& expression, Scope& scope) {
    if (expression == nullptr) return;
    if (const auto* name = std::get_if<Name>(&expression->node)) {
      const bool special =
          name->name == "caller" || name->name == "varargs" || name->name == "kwargs";
      if (special && scope.macro && !scope.knows(name->name) && !special_) {
        special_ = {expression->line, name->name};
      }
      scope.load(name->name);
    }
    for_each_child(expression->node, [&](const ExpressionPtr& child) { visit(child, scope); });
  }

  std::optional<std::pair<int, std::string>> special_;  // the first special name, and its line
};

}  // namespace

Result<void> resolve_names(Program& program) { return Resolver().run(program); }

}  // namespace proctor::engine
