// Was the reply right: a question and its reply in, a score out.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/result.h"
#include "harness/core/score.h"

namespace proctor::graders {

struct GraderOptions {
  // The chat template itself wrote the opening <think>, so a reply without any tag that was cut at
  // its token limit is unfinished thinking and not an answer.
  bool think_prefilled = false;
};

// A pure function with a name. Thread-safe: one grader serves every worker.
class Grader {
 public:
  virtual ~Grader() = default;

  // "name@version", bumped whenever any verdict could change; part of a run's fingerprint.
  virtual std::string_view id() const = 0;

  // Grades one reply. A wrong, missing or undecidable answer is a Score; an Error means that the
  // grader itself could not do its work, and the sample stays ungraded.
  virtual Result<Score> grade(const Question& question, const Generation& reply) const = 0;
};

// The grader that a task names ("integer", "math"). Errors: not_found, listing the names there are.
Result<std::unique_ptr<Grader>> make_grader(std::string_view name, const GraderOptions& options);

std::vector<std::string_view> grader_names();

}  // namespace proctor::graders
