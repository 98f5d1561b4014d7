#include "reports/exchange/lcb_submission.h"

#include "tests/reports/exchange/foreign_log.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::reports::exchange;
using proctor::support::TempDir;

namespace {

constexpr const char* kFile = R"json([
 {"question_title": "Double it", "question_content": "Read n. Print 2n.", "platform": "atcoder",
  "question_id": "abc901_a", "contest_id": "abc901", "contest_date": "2024-08-03T00:00:00",
  "starter_code": "", "difficulty": "easy",
  "output_list": ["First:\n```python\nprint(2 * int(input()))\n```", "I do not know."],
  "code_list": ["print(2 * int(input()))", ""], "graded_list": [true, false], "pass@1": 0.5,
  "metadata": ["{\"execution time\": 0.02}", "{\"error_code\": -4, \"error\": \"x\"}"]},
 {"question_title": "Add", "question_content": "Write add.", "platform": "leetcode",
  "question_id": "9902", "contest_id": "weekly-990", "contest_date": "2025-01-04T18:30:00",
  "starter_code": "class Solution:", "difficulty": "hard",
  "output_list": ["```\nsub\n```"], "code_list": ["sub"], "graded_list": [false], "pass@1": 0.0,
  "metadata": ["{\"error_code\": -3}"]}
])json";

auto reader(const std::filesystem::path& file) {
  return [file](const ForeignVisitor& visitor) { return visit_lcb_submission(file, visitor); };
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("a submission gives every reply with the verdict that upstream gave it") {
  const TempDir dir;
  const auto [log, samples] = read_log(reader(dir.write("a.json", kFile)));
  CHECK(log.task == "livecodebench");
  CHECK(log.grader == "lcb-upstream");
  REQUIRE(samples.size() == 3);
  const ForeignSample& first = samples[0];
  CHECK(first.question.id == "abc901_a");
  CHECK(first.question.text == "Read n. Print 2n.");
  CHECK(first.question.gold.empty());
  const std::vector<std::pair<std::string, std::string>> attributes = {
      {"contest_date", "2024-08-03T00:00:00"},
      {"contest_id", "abc901"},
      {"difficulty", "easy"},
      {"platform", "atcoder"},
      {"question_title", "Double it"}};
  CHECK(first.question.attributes == attributes);
  REQUIRE(first.reply);
  CHECK(first.reply->finish == FinishReason::unknown);
  CHECK(!first.reply->usage.completion);
  CHECK(first.score->verdict == Verdict::correct);
  CHECK(first.score->extracted == "print(2 * int(input()))");
  CHECK(first.reply->text.substr(first.score->span->begin,
                                 first.score->span->end - first.score->span->begin) ==
        first.score->extracted);
  CHECK(samples[1].repeat == 1);
  CHECK(samples[1].score->verdict == Verdict::no_answer);
  CHECK(!samples[1].score->span);
  CHECK(samples[1].score->explanation.ends_with("runtime error"));
  CHECK(samples[2].question.attributes.back() ==
        std::pair<std::string, std::string>("starter_code", "class Solution:"));
  CHECK(samples[2].score->verdict == Verdict::wrong);
  CHECK(samples[2].score->explanation.ends_with("time limit"));
}

TEST_CASE("a submission that is not as it must be is an error with its place") {
  struct Row {
    const char* what;
    const char* by;
    const char* complaint;
  };
  const Row rows[] = {
      {"\"abc901_a\"", "7", "problem 1: field \"question_id\""},
      {"[true, false]", "[true]", "problem 1: abc901_a: field \"graded_list\""},
      {"[\"sub\"]", "[1]", "problem 2: field \"code_list\""},
      {"\"graded_list\": [false]", "\"graded\": []", "problem 2: 9902: field \"graded_list\""},
      {"}\n]", "}", "not a JSON list of problems"}};
  const TempDir dir;
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto file = dir.write("a.json", replaced(kFile, row.what, row.by));
    const std::string complaint = complaint_of(reader(file));
    CAPTURE(complaint);
    CHECK(complaint.find(row.complaint) != std::string::npos);
  }
  CHECK(complaint_of(reader(dir.write("b.json", "{\"a\": {}}"))).find("not a JSON list") !=
        std::string::npos);
  CHECK(complaint_of(reader(dir / "none.json")).find("cannot be opened") != std::string::npos);
}
