#include "graders/choice/choice_compat.h"

#include <optional>
#include <string>

#include "graders/choice/choice_answer.h"
#include "graders/choice/openr1_ladder.h"
#include "graders/final_answer.h"

namespace proctor::graders {
namespace {

Judgement as_judgement(ChoiceJudgement judged) {
  return {judged.correct ? Verdict::correct : Verdict::wrong, std::move(judged.canonical),
          std::move(judged.how)};
}

class OpenR1Choice : public Grader {
 public:
  explicit OpenR1Choice(const GraderOptions& options) : options_(options) {}

  std::string_view id() const override { return "choice-openr1@1"; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const Result<std::size_t> gold = gold_option(question);
    if (!gold) return gold.error();
    const std::size_t known = options_of(question).size();
    std::size_t option = 0;
    const auto find = [&](std::string_view text) -> std::optional<FoundAnswer> {
      const auto found = choice::openr1_letter(text, known == 0 ? kUsualOptions : known);
      if (!found) return std::nullopt;
      option = found->option;
      return FoundAnswer{"level " + std::to_string(found->level), found->span, ""};
    };
    return score_whole_reply(reply, options_, find, "no letter anywhere", [&](const FoundAnswer&) {
      return as_judgement(judge_option(question, option, *gold));
    });
  }

 private:
  static constexpr std::size_t kUsualOptions = 4;

  GraderOptions options_;
};

class SimpleEvalsChoice : public Grader {
 public:
  explicit SimpleEvalsChoice(const GraderOptions& options) : options_(options) {}

  std::string_view id() const override { return "choice-simple-evals@1"; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const Result<std::size_t> gold = gold_option(question);
    if (!gold) return gold.error();
    std::optional<choice::FirstLetter> letter;
    const auto find = [&](std::string_view text) -> std::optional<FoundAnswer> {
      letter = choice::simple_evals_letter(text);
      if (!letter) return std::nullopt;
      return FoundAnswer{"first answer", letter->span, ""};
    };
    return score_whole_reply(reply, options_, find, "no \"Answer: X\"", [&](const FoundAnswer&) {
      Judgement judgement = as_judgement(judge_option(question, letter->option, *gold));
      if (!letter->small) return judgement;
      judgement.verdict = Verdict::wrong;
      judgement.how = "a small letter, which counts as wrong";
      return judgement;
    });
  }

 private:
  GraderOptions options_;
};

}  // namespace

std::unique_ptr<Grader> make_choice_openr1(const GraderOptions& options) {
  return std::make_unique<OpenR1Choice>(options);
}

std::unique_ptr<Grader> make_choice_simple_evals(const GraderOptions& options) {
  return std::make_unique<SimpleEvalsChoice>(options);
}

}  // namespace proctor::graders
