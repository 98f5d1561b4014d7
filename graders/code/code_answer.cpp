#include "graders/code/code_answer.h"

#include <string>

#include "graders/code/excerpt.h"
#include "graders/code/extraction.h"
#include "graders/code/job.h"
#include "graders/code/judge.h"
#include "graders/code/tests_cache.h"
#include "graders/think.h"

namespace proctor::graders::code {
namespace {

constexpr std::size_t kMostProgramBytes = 4096;  // of the score; the reply has it all
constexpr std::size_t kMostDetailBytes = 500;
constexpr std::size_t kMostTestBytes = 256U << 20;

std::string explain(const Judgement& judgement) {
  const std::string total = std::to_string(judgement.total);
  const std::string times = "at most " + std::to_string(judgement.cpu.count()) + " ms a test";
  if (!judgement.first_failure) return "AC: " + total + " tests, " + times;
  const Judgement::Failure& failure = *judgement.first_failure;
  return std::string(short_name(failure.verdict)) + " on test " + std::to_string(failure.test + 1) +
         " of " + total + ": " + shortened(failure.detail, kMostDetailBytes) + "; " + times;
}

class CodeAnswer : public Grader {
 public:
  CodeAnswer(const GraderOptions& options, Job::Runner runner)
      : options_(options), runner_(runner), tests_(kMostTestBytes) {}

  std::string_view id() const override {
    return runner_ == Job::Runner::process ? "code-lcb@1" : "code-lcb-compat@1";
  }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    Score score;
    score.thinking = split_thinking(reply, options_.think_prefilled).state;
    const Span span = find_program(reply.text);
    const std::string program = reply.text.substr(span.begin, span.end - span.begin);
    if (program.empty()) {
      score.verdict = Verdict::no_answer;
      score.explanation = "no program between the last two lines with ```";
      return score;
    }
    score.span = span;
    score.extracted = shortened(program, kMostProgramBytes);
    const Result<Judgement> judgement = judge(question, program);
    if (!judgement) return judgement.error().within("question \"" + question.id + "\"");
    const bool right = judgement->verdict == JudgeVerdict::accepted;
    score.verdict = right ? Verdict::correct : Verdict::wrong;
    score.explanation = explain(*judgement);
    return score;
  }

 private:
  Result<Judgement> judge(const Question& question, const std::string& program) const {
    if (options_.judge == nullptr || !options_.load_tests) {
      return Error(ErrorCode::unavailable, "programs cannot be run here: there is no sandbox");
    }
    const Result<std::shared_ptr<const StoredTests>> stored =
        tests_.find(question.gold, [&] { return options_.load_tests(question); });
    if (!stored) return stored.error();
    const Result<const Language*> python = language_named("python3");
    if (!python) return python.error();
    Job job;
    job.language = *python;
    job.code = program;
    job.runner = runner_;
    job.function = (*stored)->function;
    job.mode = job.function.empty() ? Job::Mode::standard_io : Job::Mode::function;
    job.tests = (*stored)->tests;
    job.checker = Comparison{Comparison::Rule::lcb, 0};
    Judgement judgement = options_.judge->judge(job);
    if (judgement.verdict == JudgeVerdict::internal_error) {
      return Error(ErrorCode::unavailable, explain(judgement));
    }
    return judgement;
  }

  const GraderOptions options_;
  const Job::Runner runner_;
  mutable TestsCache tests_;
};

}  // namespace

std::unique_ptr<Grader> make_code_answer(const GraderOptions& options) {
  return std::make_unique<CodeAnswer>(options, Job::Runner::process);
}

std::unique_ptr<Grader> make_lcb_compat_answer(const GraderOptions& options) {
  return std::make_unique<CodeAnswer>(options, Job::Runner::lcb_compat);
}

}  // namespace proctor::graders::code
