#include "graders/choice/choice_answer.h"

#include <string>
#include <utility>
#include <vector>

#include "graders/choice/chosen_option.h"
#include "graders/final_answer.h"

namespace proctor::graders {
namespace {

using choice::Commitment;

std::string letter(std::size_t option) { return std::string(1, static_cast<char>('A' + option)); }

class ChoiceAnswer : public Grader {
 public:
  explicit ChoiceAnswer(const GraderOptions& options) : options_(options) {}

  std::string_view id() const override { return "choice@1"; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const Result<std::size_t> gold = gold_option(question);
    if (!gold) return gold.error();
    const std::vector<std::string_view> options = options_of(question);
    std::optional<Commitment> found;
    const auto find = [&](std::string_view text) -> std::optional<FoundAnswer> {
      found = choice::find_commitment(text, options);
      if (!found) return std::nullopt;
      return FoundAnswer{std::string(found->rung), found->span, ""};
    };
    return score_final_answer(reply, options_, find, "no answer line and no box",
                              [&](const FoundAnswer&) { return judge(question, *found, *gold); });
  }

 private:
  static Judgement judge(const Question& question, const Commitment& found, std::size_t gold) {
    switch (found.kind) {
      case Commitment::Kind::several:
        return {Verdict::no_answer, "", "names several options"};
      case Commitment::Kind::no_option:
        return {Verdict::no_answer, "", "names none of the options"};
      case Commitment::Kind::option:
        break;
    }
    ChoiceJudgement judged = judge_option(question, found.option, gold);
    return {judged.correct ? Verdict::correct : Verdict::wrong, std::move(judged.canonical),
            std::move(judged.how)};
  }

  GraderOptions options_;
};

}  // namespace

Result<std::size_t> gold_option(const Question& question) {
  const std::size_t known = options_of(question).size();
  const std::size_t options = known == 0 ? choice::kMostOptions : known;
  const std::string& gold = question.gold;
  const auto option = static_cast<std::size_t>(gold.empty() ? 0 : gold[0] - 'A');
  if (gold.size() == 1 && gold[0] >= 'A' && option < options) return option;
  return Error(ErrorCode::invalid_input, "question \"" + question.id + "\": gold \"" + gold +
                                             "\" is not a letter from A to " + letter(options - 1));
}

ChoiceJudgement judge_option(const Question& question, std::size_t chosen, std::size_t gold) {
  const std::vector<std::string_view> options = options_of(question);
  const bool correct = chosen == gold;
  return {correct, chosen < options.size() ? std::string(options[chosen]) : letter(chosen),
          "option " + letter(chosen) + (correct ? ", the right one" : ", not " + letter(gold))};
}

std::unique_ptr<Grader> make_choice_answer(const GraderOptions& options) {
  return std::make_unique<ChoiceAnswer>(options);
}

}  // namespace proctor::graders
