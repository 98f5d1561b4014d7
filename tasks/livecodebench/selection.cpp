#include "tasks/livecodebench/selection.h"

#include <algorithm>

#include "tasks/livecodebench/known_bad.h"
#include "tasks/livecodebench/releases.h"
#include "tasks/livecodebench/window.h"

namespace proctor::tasks::livecodebench {
namespace {

using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month;

// Problems of release_v5 by the month of their contest, from the result files of
// LiveCodeBench/submissions (4d04b02), which list all 880.
constexpr std::string_view kCountedRelease = "release_v5";
constexpr year_month kFirstMonth = year(2023) / month(5);
constexpr std::size_t kOfMonth[] = {34, 39, 54, 36, 44, 44, 35, 40, 36, 32, 45,
                                    37, 36, 46, 43, 66, 47, 53, 57, 49, 7};

bool is_whole_months(const Window& window) {
  return window.first.day() == std::chrono::day(1) &&
         window.last == Date(window.last.year() / window.last.month() / std::chrono::last);
}

// How many problems the window has in release_v5.
std::size_t known_count(const Window& window) {
  std::size_t count = 0;
  year_month at = kFirstMonth;
  for (std::size_t problems : kOfMonth) {
    if (window.contains(at / std::chrono::day(1))) count += problems;
    at += std::chrono::months(1);
  }
  return count;
}

Error refused(std::string message) { return Error(ErrorCode::invalid_input, std::move(message)); }

std::string count_of(const std::vector<Question>& questions) {
  return std::to_string(questions.size()) + " questions";
}

Result<void> select_release(std::string_view name, Dataset& dataset) {
  const std::optional<Release> wanted = release_named(name);
  if (!wanted) {
    return refused("no release \"" + std::string(name) + "\"; there are: " + release_names() +
                   ", v1 to v6 and ranges such as v4_v5");
  }
  const std::optional<Release> here = release_named(dataset.release);
  if (!here) {
    return refused("release " + std::string(name) + ": the " + count_of(dataset.questions) +
                   " that were imported are no known release");
  }
  if (wanted->first < here->first || wanted->last > here->last) {
    return refused("release " + std::string(name) + ": what was imported is " + dataset.release);
  }
  std::vector<Question>& questions = dataset.questions;
  const auto begin =
      questions.begin() + static_cast<std::ptrdiff_t>(problems_before(*here, wanted->first));
  questions.erase(begin + static_cast<std::ptrdiff_t>(problems_in(*wanted)), questions.end());
  questions.erase(questions.begin(), begin);
  dataset.release = name_of(*wanted);
  return {};
}

bool lies_in(const Question& question, const Window& window) {
  for (const auto& [name, value] : question.attributes) {
    if (name != "contest_date") continue;
    const std::optional<Date> date = parse_date(value);
    return date && window.contains(*date);
  }
  return false;
}

Result<void> select_window(const Window& window, Dataset& dataset) {
  std::erase_if(dataset.questions, [&](const Question& asked) { return !lies_in(asked, window); });
  if (dataset.release != kCountedRelease || !is_whole_months(window)) return {};
  const std::size_t known = known_count(window);
  if (dataset.questions.size() == known) return {};
  return refused("window " + name_of(window) + ": release_v5 has " + std::to_string(known) +
                 " questions in it, but what was imported as that has " +
                 count_of(dataset.questions));
}

}  // namespace

Result<void> select(const Selection& selection, Dataset& dataset) {
  if (!selection.release.empty()) {
    if (Result<void> done = select_release(selection.release, dataset); !done) return done;
  }
  std::string name = dataset.release.empty() ? "what was imported" : dataset.release;
  if (!selection.window.empty()) {
    const Result<Window> window = parse_window(selection.window);
    if (!window) return window.error();
    if (Result<void> done = select_window(*window, dataset); !done) return done;
    name += ", " + name_of(*window);
  }
  if (selection.exclude_known_bad) {
    const std::size_t bad = std::erase_if(dataset.questions, [](const Question& question) {
      return find_known_bad(question) != nullptr;
    });
    name += ", without " + std::to_string(bad) + " known to be bad";
  }
  if (dataset.questions.empty()) return refused(name + ": no question is left");
  dataset.selection = std::move(name);
  return {};
}

}  // namespace proctor::tasks::livecodebench
