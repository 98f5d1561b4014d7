#include "graders/math/math_compat.h"

#include <re2/re2.h>

#include <string>

#include "graders/final_answer.h"
#include "graders/math/boxed.h"
#include "graders/math/equality.h"
#include "graders/math/gold.h"
#include "graders/math/openr1_ladder.h"

namespace proctor::graders {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// What is compared: without boxes, dollars, emphasis and the sentence's last mark.
std::string bare(std::string_view found) {
  constexpr std::string_view kAround = " \t\r\n$*_`";
  const std::string unboxed = without_boxes(found);
  std::string_view text = unboxed;
  while (!text.empty() && kAround.find(text.front()) != kNone) text.remove_prefix(1);
  while (!text.empty() && (kAround.find(text.back()) != kNone || text.back() == '.')) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

// Grades what one way of finding finds; the comparison is the same for all.
class CompatAnswer : public Grader {
 public:
  using Find = std::optional<FoundAnswer> (*)(std::string_view text);

  CompatAnswer(std::string_view id, Find find, const char* nothing, const GraderOptions& options)
      : id_(id), find_(find), nothing_(nothing), options_(options) {}

  std::string_view id() const override { return id_; }

  Result<Score> grade(const Question& question, const Generation& reply) const override {
    const std::shared_ptr<const math::Gold> gold = golds_.get(question.gold);
    if (!gold) {
      return Error(ErrorCode::invalid_input,
                   "question \"" + question.id + "\": gold \"" + question.gold + "\" is empty");
    }
    return score_whole_reply(reply, options_, find_, nothing_, [&](const FoundAnswer& found) {
      return judge(*gold, math::Answer(found.text));
    });
  }

 private:
  // There is no middle between equal and not in the harnesses that this follows.
  static Judgement judge(const math::Gold& gold, const math::Answer& answer) {
    const math::Comparison comparison = math::compare(gold.answer, answer);
    const bool equal = comparison.equality == math::Equality::equal;
    std::string how = equal ? "equal to " : "not shown equal to ";
    how += gold.answer.canonical();
    return {equal ? Verdict::correct : Verdict::wrong, answer.canonical(), std::move(how)};
  }

  std::string_view id_;
  Find find_;
  const char* nothing_;
  GraderOptions options_;
  math::GoldCache golds_;
};

std::optional<FoundAnswer> find_by_ladder(std::string_view text) {
  std::optional<FoundAnswer> found;
  math::offer_openr1_answers(text, [&](const math::LadderAnswer& candidate) {
    std::string answer =
        bare(text.substr(candidate.span.begin, candidate.span.end - candidate.span.begin));
    if (answer.empty() || !math::Answer(answer).understood()) return false;
    found = {"level " + std::to_string(candidate.level), candidate.span, std::move(answer)};
    return true;
  });
  return found;
}

std::optional<FoundAnswer> find_first_line(std::string_view text) {
  static const RE2 kLine(R"re((?i)answer\s*:\s*([^\n]+))re");
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece line;
  if (!RE2::PartialMatch(whole, kLine, &line)) return std::nullopt;
  const auto begin = static_cast<std::size_t>(line.data() - whole.data());
  return FoundAnswer{
      "first answer", {begin, begin + line.size()}, bare({line.data(), line.size()})};
}

}  // namespace

std::unique_ptr<Grader> make_math_openr1(const GraderOptions& options) {
  return std::make_unique<CompatAnswer>("math-openr1@1", find_by_ladder,
                                        "nothing that can be read as mathematics", options);
}

std::unique_ptr<Grader> make_math_simple_evals(const GraderOptions& options) {
  return std::make_unique<CompatAnswer>("math-simple-evals@1", find_first_line, "no \"Answer:\"",
                                        options);
}

}  // namespace proctor::graders
