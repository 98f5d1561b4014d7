#include "graders/math/string_answer.h"

#include "graders/math/boxed.h"
#include "graders/math/extraction.h"
#include "graders/math/normal_form.h"

namespace proctor::graders {
namespace {

// Some golds are whole solutions; their answer is in the last box.
std::string gold_answer(const std::string& gold) {
  const std::optional<Box> box = last_box(gold);
  if (!box) return gold;
  return without_boxes(gold.substr(box->content.begin, box->content.end - box->content.begin));
}

class StringAnswer : public Grader {
 public:
  explicit StringAnswer(const GraderOptions& options) : options_(options) {}

  std::string_view id() const override { return "math-string@1"; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const std::string gold = normal_form(gold_answer(question.gold));
    if (gold.empty()) {
      return Error(ErrorCode::invalid_input,
                   "question \"" + question.id + "\": gold \"" + question.gold + "\" is empty");
    }
    return score_final_answer(reply, options_, last_answer_statement,
                              [&](const std::string& answer) { return judge(answer, gold); });
  }

 private:
  static Judgement judge(const std::string& answer, const std::string& gold) {
    std::string canonical = normal_form(answer);
    const bool equal = canonical == gold;
    std::string how =
        (equal ? "same normal form as the gold, " : "normal form differs from ") + gold;
    return {equal, std::move(canonical), std::move(how)};
  }

  GraderOptions options_;
};

}  // namespace

std::unique_ptr<Grader> make_string_answer(const GraderOptions& options) {
  return std::make_unique<StringAnswer>(options);
}

}  // namespace proctor::graders
