// Was the reply right: a question and its reply in, a score out.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/result.h"
#include "harness/core/score.h"

namespace proctor::graders {

namespace code {
class Judge;
}

struct GraderOptions {
  // The chat template itself wrote the opening <think>, so a reply without any tag that was cut at
  // its token limit is unfinished thinking and not an answer.
  bool think_prefilled = false;
  // For graders of programs: who runs them, and must outlive the graders. Without one their replies
  // stay ungraded.
  code::Judge* judge = nullptr;
  // For a grader that takes programs in one language of several: which, and by what the time limits
  // of its questions are multiplied for it.
  std::string language = "cpp17";
  double time_factor = 1;
  // The tests of a question as JSON: {"tests": [{"input", "output"}]} and more, as
  // graders/code/job.h reads it. Called from many threads.
  std::function<Result<std::string>(const Question&)> load_tests{};
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

  // Which of these canonical forms, no two of them the same text, are one answer: for each the
  // place of the first that it is equal to, or its own. Here texts that differ are answers that
  // differ; a grader whose canonical forms do not say all overrides it.
  virtual std::vector<std::size_t> same_answers(std::span<const std::string_view> canonicals) const;
};

// The grader that a task names ("integer", "math"). Errors: not_found, listing the names there are.
Result<std::unique_ptr<Grader>> make_grader(std::string_view name, const GraderOptions& options);

std::vector<std::string_view> grader_names();

}  // namespace proctor::graders
