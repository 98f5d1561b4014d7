#include "harness/figures/breakdown.h"

#include <map>
#include <optional>
#include <string>

namespace proctor::harness::figures {
namespace {

using reports::QuestionScores;

constexpr std::size_t kFewestValues = 2;
constexpr std::size_t kMostValues = 32;

const std::string* attribute_of(const Question& question, const std::string& name) {
  for (const auto& [attribute, value] : question.attributes) {
    if (attribute == name) return &value;
  }
  return nullptr;
}

// The scores by value; nothing if a question lacks the attribute or the values are too many.
std::optional<std::map<std::string, std::vector<QuestionScores>>> by_value(
    std::span<const Question> questions, std::span<const QuestionScores> scores,
    const std::string& attribute) {
  std::map<std::string, std::vector<QuestionScores>> values;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::string* value = attribute_of(questions[i], attribute);
    if (value == nullptr) return std::nullopt;
    values[*value].push_back(scores[i]);
    if (values.size() > kMostValues) return std::nullopt;
  }
  return values;
}

}  // namespace

std::vector<reports::Breakdown> break_down(std::span<const Question> questions,
                                           std::span<const QuestionScores> scores) {
  std::vector<reports::Breakdown> breakdowns;
  if (questions.empty()) return breakdowns;
  for (const auto& [attribute, unused] : questions.front().attributes) {
    if (attribute == kPlaceAttribute || attribute.starts_with(kOptionPrefix)) continue;
    const auto values = by_value(questions, scores, attribute);
    if (!values || values->size() < kFewestValues) continue;
    reports::Breakdown breakdown{attribute, {}};
    for (const auto& [value, part] : *values) {
      std::int64_t samples = 0;
      for (const QuestionScores& question : part) samples += question.decided;
      breakdown.parts.push_back({value, static_cast<std::int64_t>(part.size()), samples,
                                 reports::mean_score(part), reports::super_population_error(part),
                                 reports::coverage(part)});
    }
    breakdowns.push_back(std::move(breakdown));
  }
  return breakdowns;
}

}  // namespace proctor::harness::figures
