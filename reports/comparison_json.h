// A comparison as JSON, for programs: all figures, shares instead of points, null for what is not
// known. Pure.
#pragma once

#include <string>

#include "reports/comparison_report.h"

namespace proctor::reports {

// One object, indented, that ends with a line break.
std::string comparison_json(const ComparisonReport& report);

}  // namespace proctor::reports
