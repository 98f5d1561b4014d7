// Answers beside their trees, as rows of a table.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace proctor::graders::math {

// What the parser makes of an answer: its tree as to_string() writes it, with ' for ", or else
// "empty", "unparsed" or "over_budget".
std::string tree_of(std::string_view answer);

struct Row {
  std::string_view answer, tree;
};

// Checks each row, and that its tree does not depend on white space and dollars around the answer.
void check_trees(std::initializer_list<Row> rows);

}  // namespace proctor::graders::math
