// Tables of gold, prediction and whether the one answers the other.
#pragma once

#include <span>

namespace proctor::graders::math {

struct EqualityRow {
  const char* gold;
  const char* prediction;
  bool equal;
};

// Checks each row as it stands, and that every answer in it equals itself.
void check_rows(std::span<const EqualityRow> rows);

// Also the other way round, where neither side decides the type.
void check_rows_both_ways(std::span<const EqualityRow> rows);

}  // namespace proctor::graders::math
