#include "graders/code/program_grading.h"

#include <memory>
#include <utility>

#include "graders/code/excerpt.h"
#include "graders/code/judge.h"

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

}  // namespace

ProgramGrading::ProgramGrading(const GraderOptions& options)
    : options_(options), tests_(kMostTestBytes) {}

Result<void> ProgramGrading::score(const Question& question, std::string_view text, Span span,
                                   const std::function<void(Job&)>& complete, Score& score) const {
  const std::string_view program = text.substr(span.begin, span.end - span.begin);
  score.span = span;
  score.extracted = shortened(program, kMostProgramBytes);
  const Result<Judgement> judgement = judge(question, std::string(program), complete);
  if (!judgement) return judgement.error().within("question \"" + question.id + "\"");
  const bool right = judgement->verdict == JudgeVerdict::accepted;
  score.verdict = right ? Verdict::correct : Verdict::wrong;
  score.explanation = explain(*judgement);
  return {};
}

Result<Judgement> ProgramGrading::judge(const Question& question, std::string program,
                                        const std::function<void(Job&)>& complete) const {
  if (options_.judge == nullptr || !options_.load_tests) {
    return Error(ErrorCode::unavailable, "programs cannot be run here: there is no sandbox");
  }
  const Result<std::shared_ptr<const Job>> stored =
      tests_.find(question.gold, [&] { return options_.load_tests(question); });
  if (!stored) return stored.error();
  Job job = **stored;
  job.code = std::move(program);
  complete(job);
  Judgement judgement = options_.judge->judge(job);
  if (judgement.verdict == JudgeVerdict::internal_error) {
    return Error(ErrorCode::unavailable, explain(judgement));
  }
  return judgement;
}

}  // namespace proctor::graders::code
