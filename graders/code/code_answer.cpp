#include "graders/code/code_answer.h"

#include <string>

#include "graders/code/extraction.h"
#include "graders/code/program_grading.h"
#include "graders/think.h"

namespace proctor::graders::code {
namespace {

class CodeAnswer : public Grader {
 public:
  CodeAnswer(const GraderOptions& options, Job::Runner runner)
      : think_prefilled_(options.think_prefilled), runner_(runner), grading_(options) {}

  std::string_view id() const override {
    return runner_ == Job::Runner::process ? "code-lcb@1" : "code-lcb-compat@1";
  }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    Score score;
    score.thinking = split_thinking(reply, think_prefilled_).state;
    const Span span = find_program(reply.text);
    if (span.begin == span.end) {
      score.verdict = Verdict::no_answer;
      score.explanation = "no program between the last two lines with ```";
      return score;
    }
    const Result<const Language*> python = language_named("python3");
    if (!python) return python.error();
    const auto complete = [&](Job& job) {
      job.language = *python;
      job.runner = runner_;
      job.checker = Comparison{Comparison::Rule::lcb, 0};
    };
    const Result<void> scored = grading_.score(question, reply.text, span, complete, score);
    if (!scored) return scored.error();
    return score;
  }

 private:
  const bool think_prefilled_;
  const Job::Runner runner_;
  const ProgramGrading grading_;
};

}  // namespace

std::unique_ptr<Grader> make_code_answer(const GraderOptions& options) {
  return std::make_unique<CodeAnswer>(options, Job::Runner::process);
}

std::unique_ptr<Grader> make_lcb_compat_answer(const GraderOptions& options) {
  return std::make_unique<CodeAnswer>(options, Job::Runner::lcb_compat);
}

}  // namespace proctor::graders::code
