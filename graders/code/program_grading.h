// What graders of programs have in common: the tests of a question at hand, a program judged by
// them, and the score that this amounts to.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "graders/code/job.h"
#include "graders/code/tests_cache.h"
#include "graders/grader.h"

namespace proctor::graders::code {

// Thread-safe.
class ProgramGrading {
 public:
  explicit ProgramGrading(const GraderOptions& options);

  // Fills in the score of a reply whose program is `span` of its text: verdict, what was extracted,
  // and how the tests went. `complete` gives the job its language and what else its tests do not
  // say; its code is there already.
  // Errors, naming the question: unavailable, without a judge or when the judge could not judge;
  // those of GraderOptions::load_tests; those of parse_stored_tests.
  Result<void> score(const Question& question, std::string_view text, Span span,
                     const std::function<void(Job&)>& complete, Score& score) const;

 private:
  Result<Judgement> judge(const Question& question, std::string program,
                          const std::function<void(Job&)>& complete) const;

  const GraderOptions options_;
  mutable TestsCache tests_;
};

}  // namespace proctor::graders::code
