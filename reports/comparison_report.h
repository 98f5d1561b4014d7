// A comparison as people and programs read it: tables, Markdown, JSON, JUnit. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/comparison.h"
#include "reports/store.h"

namespace proctor::reports {

// One side of a comparison. Several runs of one model are taken together.
struct ComparedRuns {
  std::vector<RunId> runs{};
  std::string store{};  // the file
  std::string model{};
  std::string created_at{};   // of the last one
  std::string fingerprint{};  // likewise
};

struct ComparisonReport {
  ComparedRuns base{};
  ComparedRuns next{};
  ComparisonOptions options{};
  std::string alpha_origin{};  // "--alpha", or the budget that it comes from
  std::vector<TaskComparison> tasks{};
  std::vector<std::string> differences{};  // between the runs' recipes, under --across
  std::vector<std::string> warnings{};
};

enum class ComparisonFormat { table, markdown, json, junit };
std::optional<ComparisonFormat> comparison_format_named(std::string_view name);

// The whole: REGRESSION if a task regressed; else INCONCLUSIVE if one is; else IMPROVED if one
// improved; else PASS.
ChangeVerdict overall(const ComparisonReport& report);

// Text that ends with a line break. In JUnit a REGRESSION is a failure, a task with missing samples
// an error, and an INCONCLUSIVE one skipped, or with `strict` a failure.
std::string format_comparison(const ComparisonReport& report, ComparisonFormat format,
                              bool strict = false);

}  // namespace proctor::reports
