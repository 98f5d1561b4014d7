#include "harness/rating/label.h"

#include <fmt/core.h>

#include <algorithm>

namespace proctor::harness::rating {
namespace {

using graders::rating::Attempts;
using graders::rating::ContestAttempts;
using graders::rating::Counting;
using graders::rating::Method;
using graders::rating::RateOptions;

std::string attempts_text(const RatingBasis& basis) {
  if (basis.fewest_attempts == basis.most_attempts) {
    return fmt::format("{} attempt{} a problem", basis.most_attempts,
                       basis.most_attempts == 1 ? "" : "s");
  }
  return fmt::format("{} to {} attempts a problem", basis.fewest_attempts, basis.most_attempts);
}

std::string counting_text(const RateOptions& options) {
  if (options.method == Method::likelihood) {
    return options.counting == Counting::expected ? "by the share that solve it"
                                                  : "solved if any does";
  }
  return options.counting == Counting::expected ? "in expectation over their order"
                                                : "in their order";
}

std::string assumption_text(const RateOptions& options) {
  switch (options.method) {
    case Method::rank:
      return fmt::format("newcomers count as {}", options.newcomer);
    case Method::codeelo:
      return "newcomers count as 0";
    case Method::likelihood:
      return fmt::format("prior {:.0f} ± {:.0f}", options.prior.mean, options.prior.deviation);
  }
  return "";
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

RatingBasis basis_of(std::string test_set, std::string language,
                     const std::vector<ContestAttempts>& contests) {
  RatingBasis basis{.test_set = std::move(test_set), .language = std::move(language)};
  bool first = true;
  for (const ContestAttempts& one : contests) {
    basis.contests.push_back(one.contest->id);
    basis.problems_in_all += static_cast<int>(one.contest->problems.size());
    for (const Attempts& attempts : one.attempts) {
      if (attempts.tried == 0) continue;
      ++basis.problems_asked;
      basis.fewest_attempts =
          first ? attempts.tried : std::min(basis.fewest_attempts, attempts.tried);
      basis.most_attempts = std::max(basis.most_attempts, attempts.tried);
      first = false;
    }
  }
  return basis;
}

std::string method_label(const RateOptions& options) {
  return std::string(graders::rating::name_of(options.method)) +
         (options.counting == Counting::expected ? "-expected" : "");
}

std::string rating_label(const RatingBasis& basis, const RateOptions& options) {
  std::string label =
      fmt::format("{}; {} {}, {} of {} problems", basis.test_set,
                  basis.contests.size() == 1 ? "contest" : "contests", joined(basis.contests, ", "),
                  basis.problems_asked, basis.problems_in_all);
  if (!basis.missing.empty()) {
    label += fmt::format(", without {}", joined(basis.missing, ", "));
  }
  return label + fmt::format("; {}, {}; language {}; {}", attempts_text(basis),
                             counting_text(options),
                             basis.language.empty() ? "not stated" : basis.language,
                             assumption_text(options));
}

}  // namespace proctor::harness::rating
