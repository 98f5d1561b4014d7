#include "tests/graders/math/expression/tree.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "graders/math/expression/parser.h"

namespace proctor::graders::math {

std::string tree_of(std::string_view answer) {
  Arena arena;
  const Parsed parsed = parse_answer(answer, arena);
  switch (parsed.failure) {
    case ParseFailure::empty:
      return "empty";
    case ParseFailure::unparsed:
      return "unparsed";
    case ParseFailure::over_budget:
      return "over_budget";
    case ParseFailure::none:
      break;
  }
  std::string tree = to_string(*parsed.root);
  std::ranges::replace(tree, '"', '\'');
  return tree;
}

void check_trees(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.answer);
    CHECK(tree_of(row.answer) == row.tree);
    CHECK(tree_of(" " + std::string(row.answer) + "\n") == row.tree);
  }
}

}  // namespace proctor::graders::math
