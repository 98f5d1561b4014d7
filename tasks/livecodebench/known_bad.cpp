#include "tasks/livecodebench/known_bad.h"

#include <algorithm>
#include <utility>

namespace proctor::tasks::livecodebench {
namespace {

constexpr std::string_view kSeveralAnswers = "several right answers, of which the tests accept one";
constexpr std::string_view kInteractive = "interactive, so that no fixed input can test it";
constexpr std::string_view kWrongTests = "wrong tests";

// From ERRATA.md of LiveCodeBench (28fef95); for abc343_a see also its issue 106.
constexpr KnownBad kKnownBad[] = {
    {"abc311_c", kSeveralAnswers},
    {"abc326_d", kSeveralAnswers},
    {"abc327_b", kSeveralAnswers},
    {"abc333_e", kSeveralAnswers},
    {"abc343_a", kSeveralAnswers},
    {"abc343_e", kSeveralAnswers},
    {"abc362_c", kSeveralAnswers},
    {"arc185_c", kSeveralAnswers},
    {"find-words-containing-character", kSeveralAnswers},
    {"find-the-peaks", kSeveralAnswers},
    {"generate-binary-strings-without-adjacent-zeros", kSeveralAnswers},
    {"abc337_e", kInteractive},
    {"abc355_e", kInteractive},
    {"abc350_c", kWrongTests},
    {"apply-operations-to-make-string-empty", kWrongTests},
    {"arc189_a", kWrongTests},
    {"most-frequent-ids", "wrong tests: an input breaks the constraints"},
};

}  // namespace

std::span<const KnownBad> known_bad() { return kKnownBad; }

const KnownBad* find_known_bad(const Question& question) {
  const auto names_it = [&](const KnownBad& bad) {
    if (bad.name == question.id) return true;
    const std::pair<std::string, std::string> title("question_title", bad.name);
    return std::ranges::find(question.attributes, title) != question.attributes.end();
  };
  const auto* found = std::ranges::find_if(kKnownBad, names_it);
  return found == std::end(kKnownBad) ? nullptr : found;
}

}  // namespace proctor::tasks::livecodebench
