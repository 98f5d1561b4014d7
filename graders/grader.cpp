#include "graders/grader.h"

#include <numeric>
#include <string>

#include "graders/choice/choice_answer.h"
#include "graders/choice/choice_compat.h"
#include "graders/code/code_answer.h"
#include "graders/code/contest_answer.h"
#include "graders/integer_answer.h"
#include "graders/math/math_answer.h"
#include "graders/math/math_compat.h"

namespace proctor::graders {
namespace {

struct GraderEntry {
  std::string_view name;
  std::unique_ptr<Grader> (*make)(const GraderOptions& options);
};

constexpr GraderEntry kGraders[] = {
    {"choice", make_choice_answer},
    {"choice-openr1", make_choice_openr1},
    {"choice-simple-evals", make_choice_simple_evals},
    {"code", code::make_code_answer},
    {"code-contest", code::make_contest_answer},
    {"code-lcb-compat", code::make_lcb_compat_answer},
    {"integer", make_integer_answer},
    {"math", make_math_answer},
    {"math-openr1", make_math_openr1},
    {"math-simple-evals", make_math_simple_evals},
};

}  // namespace

std::vector<std::size_t> Grader::same_answers(std::span<const std::string_view> canonicals) const {
  std::vector<std::size_t> same(canonicals.size());
  std::iota(same.begin(), same.end(), std::size_t{0});
  return same;
}

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
