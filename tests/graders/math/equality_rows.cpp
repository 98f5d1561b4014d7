#include "tests/graders/math/equality_rows.h"

#include <doctest/doctest.h>

#include <string>

#include "graders/math/equality.h"

namespace proctor::graders::math {
namespace {

void check_row(const EqualityRow& row, bool both_ways) {
  const std::string pair = std::string(row.gold) + " << " + row.prediction;
  CAPTURE(pair);
  const Answer gold(row.gold);
  const Answer prediction(row.prediction);
  const Comparison there = compare(gold, prediction);
  CAPTURE(there.stage);
  CHECK((there.equality == Equality::equal) == row.equal);
  if (both_ways) {
    CHECK((compare(prediction, gold).equality == Equality::equal) == row.equal);
  }
  CHECK(compare(gold, Answer(row.gold)).equality == Equality::equal);
  CHECK(compare(prediction, Answer(row.prediction)).equality == Equality::equal);
}

}  // namespace

void check_rows(std::span<const EqualityRow> rows) {
  for (const EqualityRow& row : rows) check_row(row, false);
}

void check_rows_both_ways(std::span<const EqualityRow> rows) {
  for (const EqualityRow& row : rows) check_row(row, true);
}

}  // namespace proctor::graders::math
