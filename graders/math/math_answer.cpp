#include "graders/math/math_answer.h"

#include <string>
#include <utility>
#include <vector>

#include "graders/final_answer.h"
#include "graders/math/choice.h"
#include "graders/math/equality.h"
#include "graders/math/extraction.h"
#include "graders/math/gold.h"

namespace proctor::graders {
namespace {

using math::Equality;

std::string_view describe(Equality equality) {
  switch (equality) {
    case Equality::equal:
      return "equal to ";
    case Equality::unequal:
      return "differs from ";
    case Equality::undecided:
      return "neither shown equal to nor different from ";
    case Equality::unparsed:
      return "not understood, and its text differs from ";
    case Equality::over_budget:
      return "too large to be compared with ";
  }
  return {};
}

Verdict verdict_of(Equality equality) {
  switch (equality) {
    case Equality::equal:
      return Verdict::correct;
    case Equality::unequal:
    case Equality::unparsed:
      return Verdict::wrong;
    case Equality::undecided:
    case Equality::over_budget:
      return Verdict::undecided;
  }
  return Verdict::undecided;
}

// The model did not end its turn itself.
bool was_cut(FinishReason finish) {
  return finish == FinishReason::length || finish == FinishReason::content_filter ||
         finish == FinishReason::repetition;
}

class MathAnswer : public Grader {
 public:
  explicit MathAnswer(const GraderOptions& options) : options_(options) {}

  std::string_view id() const override { return "math-answer@1"; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const std::shared_ptr<const math::Gold> gold = golds_.get(question.gold);
    if (!gold) {
      return Error(ErrorCode::invalid_input,
                   "question \"" + question.id + "\": gold \"" + question.gold + "\" is empty");
    }
    const math::Search search{gold->wanted, was_cut(reply.finish)};
    Score score = score_final_answer(
        reply, options_, [&](std::string_view text) { return math::find_answer(text, search); },
        "nothing in it commits to an answer",
        [&](const FoundAnswer& answer) { return judge(*gold, answer); });
    if (score.span) {
      score.explanation += ", at bytes " + std::to_string(score.span->begin) + " to " +
                           std::to_string(score.span->end);
    }
    return score;
  }

  std::vector<std::size_t> same_answers(
      std::span<const std::string_view> canonicals) const override;

 private:
  static Judgement judge(const math::Gold& gold, const FoundAnswer& found) {
    if (gold.letter) {
      if (const std::optional<char> letter = math::choice_letter(found.text)) {
        const bool same = letter == gold.letter;
        return {same ? Verdict::correct : Verdict::wrong, std::string(1, *letter),
                std::string(same ? "the letter " : "not the letter ") + *gold.letter};
      }
    }
    const math::Answer answer(found.text);
    const math::Comparison comparison = math::compare(gold.answer, answer);
    std::string how(describe(comparison.equality));
    how += gold.answer.canonical();
    how += " (";
    how += comparison.stage;
    how += ")";
    return {verdict_of(comparison.equality), answer.canonical(), std::move(how)};
  }

  GraderOptions options_;
  math::GoldCache golds_;
};

// Equality is asked both ways, as either may be what the other is measured by.
std::vector<std::size_t> MathAnswer::same_answers(
    std::span<const std::string_view> canonicals) const {
  std::vector<math::Answer> answers;
  std::vector<std::size_t> same;
  for (std::size_t i = 0; i < canonicals.size(); ++i) {
    answers.emplace_back(canonicals[i]);
    std::size_t first = 0;
    while (first < i && (same[first] != first ||
                         (compare(answers[first], answers[i]).equality != Equality::equal &&
                          compare(answers[i], answers[first]).equality != Equality::equal))) {
      ++first;
    }
    same.push_back(first);
  }
  return same;
}

}  // namespace

std::unique_ptr<Grader> make_math_answer(const GraderOptions& options) {
  return std::make_unique<MathAnswer>(options);
}

}  // namespace proctor::graders
