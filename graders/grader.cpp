#include "graders/grader.h"

#include <string>

#include "graders/integer_answer.h"
#include "graders/math/string_answer.h"

namespace proctor::graders {
namespace {

struct GraderEntry {
  std::string_view name;
  std::unique_ptr<Grader> (*make)(const GraderOptions& options);
};

constexpr GraderEntry kGraders[] = {
    {"integer", make_integer_answer},
    {"math", make_string_answer},
};

}  // namespace

Result<std::unique_ptr<Grader>> make_grader(std::string_view name, const GraderOptions& options) {
  std::string names;
  for (const GraderEntry& entry : kGraders) {
    if (entry.name == name) return entry.make(options);
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
  return Error(ErrorCode::not_found,
               "no grader is named \"" + std::string(name) + "\"; there are: " + names);
}

std::vector<std::string_view> grader_names() {
  std::vector<std::string_view> names;
  for (const GraderEntry& entry : kGraders) names.push_back(entry.name);
  return names;
}

}  // namespace proctor::graders
