// Inequalities as values: what each says of a difference, and, where they are bounds on one
// unknown, the pieces of the line that they leave.
#include <algorithm>
#include <utility>

#include "graders/math/equality_value.h"

namespace proctor::graders::math {
namespace {

struct Linear {
  const Form* slope = nullptr;
  const Form* offset = nullptr;
};

std::optional<Linear> linear_in(Forms& forms, const Form* form, const Form* unknown) {
  Linear line;
  line.offset = forms.substitute(form, unknown->name, forms.number(0));
  line.slope =
      forms.difference(forms.substitute(form, unknown->name, forms.number(1)), line.offset);
  const Form* rebuilt = forms.sum(forms.product(line.slope, unknown), line.offset);
  Steps steps(kStepsOfComparison);
  if (compare_forms(*rebuilt, *form, steps).verdict != Verdict::equal) return std::nullopt;
  return line;
}

// Where x itself stands in a relation to zero.
std::vector<Interval> pieces_for(Forms& forms, char operation) {
  Scalar zero;
  zero.form = forms.number(0);
  std::vector<Interval> line = whole_line(forms);
  const Interval below{line[0].low, {zero, operation == relation::kAtMost}};
  switch (operation) {
    case relation::kLess:
    case relation::kAtMost:
      return {below};
    case relation::kNotEqual:
      return {below, {{zero, false}, line[0].high}};
    default:
      return {{{zero, true}, {zero, true}}};
  }
}

// The operand whose values a relation is about: the middle of a chain, or the only one that is no
// number.
const Node* subject_of(const Node& node) {
  if (node.parts.size() == 3 && has_symbols(*node.parts[1])) return node.parts[1];
  const Node* subject = nullptr;
  for (const Node* part : node.parts) {
    if (!has_symbols(*part)) continue;
    if (subject != nullptr) return nullptr;
    subject = part;
  }
  return subject;
}

bool is_absolute(const Form& form) {
  return form.op == Op::function && form.function == Function::abs;
}

}  // namespace

// Each relation of the chain as something that is less than, at most, equal to or not zero.
bool ValueReader::constraints_of(const Node& node, std::vector<Constraint>& out) {
  std::vector<const Form*> sides;
  for (const Node* part : node.parts) {
    const auto side = scalar_of(*part);
    if (!side) return false;
    sides.push_back(side->form);
  }
  for (std::size_t i = 0; i < node.text.size(); ++i) {
    const char operation = node.text[i];
    if (operation == relation::kGreater || operation == relation::kAtLeast) {
      out.push_back({forms_.difference(sides[i + 1], sides[i]),
                     operation == relation::kGreater ? relation::kLess : relation::kAtMost});
    } else {
      out.push_back({forms_.difference(sides[i], sides[i + 1]), operation});
    }
  }
  return true;
}

Value ValueReader::inequality(const Node& node) {
  Value value;
  value.shape = Shape::constraints;
  if (!constraints_of(node, value.constraints)) return structure(node);
  solve(node, value);
  return value;
}

// Linear bounds on one unknown u, or on |u|, become pieces; others stay as they are.
void ValueReader::solve(const Node& node, Value& value) {
  const Node* subject = subject_of(node);
  const Form* about = subject != nullptr ? lowering_.expression(*subject) : nullptr;
  const bool absolute = about != nullptr && is_absolute(*about);
  const auto unknowns = symbols_of(about != nullptr ? *about : *value.constraints[0].difference);
  if (unknowns.size() != 1) return;
  const Form* unknown = forms_.symbol(unknowns[0]);
  std::vector<Interval> pieces = whole_line(forms_);
  for (const Constraint& constraint : value.constraints) {
    // Of |u| the bounds are found as if it were an unknown of its own.
    const Form* t = absolute ? forms_.symbol("|" + std::string(unknowns[0]) + "|") : unknown;
    const Form* difference =
        absolute ? forms_.replace(constraint.difference, about, t) : constraint.difference;
    const auto line = linear_in(forms_, difference, t);
    if (!line) return;
    const auto part =
        scaled_back(forms_, pieces_for(forms_, constraint.relation), line->slope, line->offset);
    const auto both = part ? intersection(pieces, *part) : std::nullopt;
    if (!both) return;
    pieces = *both;
  }
  if (absolute) {
    const Form* inside = about->parts[0];
    const auto line = linear_in(forms_, inside, unknown);
    const auto folded = line ? unfolded(forms_, pieces) : std::nullopt;
    const auto back =
        folded ? scaled_back(forms_, *folded, line->slope, line->offset) : std::nullopt;
    if (!back) return;
    pieces = *back;
  }
  value.pieces = std::move(pieces);
  value.ordered = normalise(value.pieces);
  value.solved = true;
  value.name = unknowns[0];
}

}  // namespace proctor::graders::math
