// A problem's statement as one text, in the layout that README.md shows.
#pragma once

#include <string>

#include "tasks/codeforces/problem.h"

namespace proctor::tasks::codeforces {

std::string format_statement(const Problem& problem);

}  // namespace proctor::tasks::codeforces
