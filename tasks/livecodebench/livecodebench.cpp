#include "tasks/livecodebench/livecodebench.h"

#include <algorithm>

#include "tasks/livecodebench/prompts.h"
#include "tasks/livecodebench/releases.h"
#include "tasks/livecodebench/selection.h"
#include "tasks/livecodebench/tests_field.h"
#include "tasks/livecodebench/window.h"

namespace proctor::tasks::livecodebench {
namespace {

constexpr std::size_t kHashDigits = 64;

// All that release_v6 has; runs select earlier releases out of it.
constexpr std::string_view kFiles[] = {"test.jsonl",  "test2.jsonl", "test3.jsonl",
                                       "test4.jsonl", "test5.jsonl", "test6.jsonl"};

std::string release_name(std::span<const std::size_t> rows_of_files) {
  const std::optional<Release> release = release_of(rows_of_files);
  return release ? name_of(*release) : "";
}

}  // namespace

Result<std::string> normal_answer(const nlohmann::json& answer) {
  const auto* text = answer.get_ptr<const std::string*>();
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text == nullptr || text->size() != kHashDigits || !std::ranges::all_of(*text, is_digit)) {
    return unexpected("the SHA-256 of tests in hex", answer);
  }
  return *text;
}

Result<void> check_row(const nlohmann::json& row) {
  const nlohmann::json& date = row.at("contest_date");
  if (!date.is_string() || !parse_date(date.get_ref<const std::string&>())) {
    return unexpected("a date such as 2024-08-03T00:00:00", date).within("field \"contest_date\"");
  }
  const nlohmann::json& difficulty = row.at("difficulty");
  for (const char* known : {"easy", "medium", "hard"}) {
    if (difficulty == known) return {};
  }
  return unexpected("easy, medium or hard", difficulty).within("field \"difficulty\"");
}

Benchmark livecodebench() {
  return {.task = {.name = "livecodebench",
                   .title = "LiveCodeBench",
                   .questions = 0,
                   .licence = "cc; problems: AtCoder, LeetCode, Codeforces",
                   .source = "https://huggingface.co/datasets/livecodebench/code_generation_lite",
                   .embedded = false,
                   .hub = {.dataset = "livecodebench/code_generation_lite", .files = kFiles}},
          .schemas = std::span(&kSchema, 1),
          .normal_answer = normal_answer,
          .embedded = nullptr,
          .check_row = check_row,
          .tests = [](const nlohmann::json& row, const RowsBeside&) { return tests_of(row); },
          .release = release_name,
          .select = select,
          .prompts = prompts()};
}

}  // namespace proctor::tasks::livecodebench
