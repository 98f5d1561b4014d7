#include "graders/code/contest_answer.h"

#include <chrono>
#include <cmath>
#include <string>

#include "graders/code/extraction.h"
#include "graders/code/program_grading.h"
#include "graders/think.h"

namespace proctor::graders::code {
namespace {

class ContestAnswer : public Grader {
 public:
  explicit ContestAnswer(const GraderOptions& options)
      : think_prefilled_(options.think_prefilled),
        language_(options.language),
        time_factor_(options.time_factor),
        grading_(options) {}

  std::string_view id() const override { return "code-contest@1"; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const Result<const Language*> language = language_named(language_);
    if (!language) return language.error();
    const ThinkSplit split = split_thinking(reply, think_prefilled_);
    Score score;
    score.thinking = split.state;
    score.verdict = Verdict::no_answer;
    if (auto why = why_nothing_is_final(reply, split)) {
      score.explanation = std::move(*why);
      return score;
    }
    const std::string_view answer =
        std::string_view(reply.text)
            .substr(split.answer.begin, split.answer.end - split.answer.begin);
    Span span = find_fenced_program(answer, (*language)->fences);
    if (span.begin == span.end) {
      score.explanation =
          "no closed block that begins with ```" + std::string((*language)->fences[0]);
      return score;
    }
    span.begin += split.answer.begin;
    span.end += split.answer.begin;
    const auto complete = [&](Job& job) {
      job.language = *language;
      const double limit = std::ceil(static_cast<double>(job.time_limit.count()) * time_factor_);
      job.time_limit = std::chrono::milliseconds(std::llround(limit));
    };
    const Result<void> scored = grading_.score(question, reply.text, span, complete, score);
    if (!scored) return scored.error();
    return score;
  }

 private:
  const bool think_prefilled_;
  const std::string language_;
  const double time_factor_;
  const ProgramGrading grading_;
};

}  // namespace

std::unique_ptr<Grader> make_contest_answer(const GraderOptions& options) {
  return std::make_unique<ContestAnswer>(options);
}

}  // namespace proctor::graders::code
