// Walks one level down the syntax tree of an expression.
#pragma once

#include "backends/engine/chat_template/ast.h"

namespace proctor::engine {

// Calls `visit(const ExpressionPtr&)` for every child, in the order jinja2 keeps them; a child that
// is left out is a null pointer.
template <class Visit>
void for_each_child(const Expression::Node& node, Visit&& visit) {
  const auto all = [&](const CallArguments& arguments) {
    for (const ExpressionPtr& value : arguments.positional) visit(value);
    for (const auto& [name, value] : arguments.named) visit(value);
  };
  if (const auto* list = std::get_if<ListLiteral>(&node)) {
    for (const ExpressionPtr& item : list->items) visit(item);
  } else if (const auto* dict = std::get_if<DictLiteral>(&node)) {
    for (const auto& [key, value] : dict->entries) {
      visit(key);
      visit(value);
    }
  } else if (const auto* attribute = std::get_if<Attribute>(&node)) {
    visit(attribute->of);
  } else if (const auto* subscript = std::get_if<Subscript>(&node)) {
    visit(subscript->of);
    visit(subscript->key);
  } else if (const auto* slice = std::get_if<Slice>(&node)) {
    for (const ExpressionPtr* part : {&slice->of, &slice->start, &slice->stop, &slice->step}) {
      visit(*part);
    }
  } else if (const auto* call = std::get_if<Call>(&node)) {
    visit(call->function);
    all(call->arguments);
  } else if (const auto* filter = std::get_if<FilterUse>(&node)) {
    visit(filter->input);
    all(filter->arguments);
  } else if (const auto* test = std::get_if<TestUse>(&node)) {
    visit(test->input);
    all(test->arguments);
  } else if (const auto* negation = std::get_if<Not>(&node)) {
    visit(negation->operand);
  } else if (const auto* sign = std::get_if<Sign>(&node)) {
    visit(sign->operand);
  } else if (const auto* logic = std::get_if<Logic>(&node)) {
    visit(logic->left);
    visit(logic->right);
  } else if (const auto* arithmetic = std::get_if<Arithmetic>(&node)) {
    visit(arithmetic->left);
    visit(arithmetic->right);
  } else if (const auto* comparison = std::get_if<Comparison>(&node)) {
    visit(comparison->first);
    for (const auto& [relation, operand] : comparison->rest) visit(operand);
  } else if (const auto* concatenation = std::get_if<Concatenation>(&node)) {
    for (const ExpressionPtr& part : concatenation->parts) visit(part);
  } else if (const auto* conditional = std::get_if<Conditional>(&node)) {
    visit(conditional->test);
    visit(conditional->yes);
    visit(conditional->no);
  }
}

}  // namespace proctor::engine
