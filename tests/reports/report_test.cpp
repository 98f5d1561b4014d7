#include "reports/report.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

using namespace proctor::reports;

namespace {

TaskSummary whole_task() {
  TaskSummary whole;
  whole.task = "aime24";
  whole.protocol = "r1";
  whole.grader = "integer@1";
  whole.questions = 30;
  whole.repeats = 64;
  whole.scored = whole.replies = 1920;
  whole.correct = 960;
  whole.wrong = 900;
  whole.no_answer = 60;
  whole.pass_1 = 0.5;
  whole.error_questions = 0.061;
  whole.error_samples = 0.0082;
  whole.coverage = 1;
  whole.bound_low = whole.bound_high = 0.5;
  whole.length = 96;
  whole.thinking_closed = 1900;
  whole.thinking_unclosed = 20;
  whole.metrics = {{"pass@64", 0.8, 30}, {"cons@64", 0.6667, 30}};
  return whole;
}

RunReport sample_report() {
  RunReport report;
  report.info = {7, RunStatus::incomplete, "2026-01-02T03:04:05Z", "", "", ""};
  report.model = "openai-api/fake, \"new\"";
  report.endpoint = "http://127.0.0.1:8000/v1";
  report.seed = 18'000'000'000'000'000'000ULL;
  report.fingerprint = "0123456789abcdef";
  TaskSummary partial = whole_task();
  partial.task = "math500";
  partial.questions = 500;
  partial.repeats = 4;
  partial.scored = 1990;
  partial.failed = 10;
  partial.coverage = 0.995;
  partial.pass_1 = 0.9;
  partial.bound_low = 0.8955;
  partial.bound_high = 0.9005;
  partial.error_samples = std::numeric_limits<double>::quiet_NaN();
  partial.metrics = {{"cons@4", 0.91, 495}};
  partial.breakdowns = {
      {"level", {{"1", 100, 400, 0.95, 0.01, 1}, {"5", 400, 1590, 0.8, 0.02, 0.99}}}};
  partial.reasons = {{"failed: HTTP 500: no | luck", 10}};
  report.tasks = {whole_task(), partial};
  return report;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the table shows both errors by name and coverage with its bounds") {
  const std::string text = format_report(sample_report(), ReportFormat::table);
  CHECK(contains(text, "± (questions like these)"));
  CHECK(contains(text, "± (these questions)"));
  CHECK(contains(text, "6.10"));
  CHECK(contains(text, "0.82"));
  CHECK(contains(text, "66.7 (K=64)"));
  CHECK(contains(text, "90.0*"));
  CHECK(contains(text, "89.5 .. 90.0"));
  CHECK(contains(text, "91.0 (495/500 q) (K=4)"));
  CHECK(contains(text, "math500: 10 x failed: HTTP 500: no | luck"));
  CHECK_FALSE(contains(text, "nan"));
}

TEST_CASE("a breakdown is printed when asked for and is always in JSON") {
  const RunReport report = sample_report();
  const std::vector<std::string> by = {"level"};
  CHECK_FALSE(contains(format_report(report, ReportFormat::table), "level"));
  const std::string table = format_report(report, ReportFormat::table, by);
  CHECK(contains(table, "level"));
  CHECK(contains(table, "1      math500        100    95.0"));
  CHECK(contains(table, "80.0*"));
  const std::string csv = format_report(report, ReportFormat::csv, by);
  CHECK(contains(csv, "math500,r1,pass@1 (level 5),0.8,400,1590\n"));
  const auto json = nlohmann::json::parse(format_report(report, ReportFormat::json));
  CHECK(json["tasks"][1]["by"]["level"]["5"]["pass@1"] == 0.8);
  CHECK(json["tasks"][0]["by"].empty());
}

TEST_CASE("replies cut in thinking that the template opened are pointed out") {
  RunReport report = sample_report();
  const char* hint = "--think-prefilled";
  CHECK_FALSE(contains(format_report(report, ReportFormat::table), hint));
  report.tasks[0].cut_without_thinking = 12;
  CHECK(contains(format_report(report, ReportFormat::table), "aime24: 12 replies were cut"));
  report.tasks[0].thinking_closed = 0;  // a model that does not think may well be cut
  CHECK_FALSE(contains(format_report(report, ReportFormat::table), hint));
}

TEST_CASE("coverage is never rounded up to the whole") {
  RunReport report = sample_report();
  report.tasks[1].coverage = 0.9999;
  CHECK(contains(format_report(report, ReportFormat::table), ">99.9"));
}

TEST_CASE("the rows of every grid are equally wide") {
  const std::string text = format_report(sample_report(), ReportFormat::markdown);
  std::size_t bars = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      bars = 0;
      continue;
    }
    std::size_t here = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) ++here;
    }
    if (bars != 0) CHECK(here == bars);
    bars = here;
  }
}

TEST_CASE("JSON carries every figure and null for what is not defined") {
  const nlohmann::json json =
      nlohmann::json::parse(format_report(sample_report(), ReportFormat::json));
  CHECK(json["run"] == 7);
  CHECK(json["status"] == "incomplete");
  CHECK(json["seed"] == 18'000'000'000'000'000'000ULL);
  const nlohmann::json& task = json["tasks"][1];
  CHECK(task["pass@1"] == 0.9);
  CHECK(task["standard_error_these_questions"].is_null());
  CHECK(task["bounds"][1] == 0.9005);
  CHECK(task["states"]["failed"] == 10);
  CHECK(task["thinking"]["cut_without"] == 0);
  CHECK(task["metrics"]["cons@4"]["questions"] == 495);
  CHECK(task["reasons"]["failed: HTTP 500: no | luck"] == 10);
}

TEST_CASE("the runs of a store are listed in every format") {
  const std::vector<RunInfo> runs = {
      {3, RunStatus::open, "2026-01-02T03:04:05Z", "", "openai-api/a,b", "aime24,math500"}};
  CHECK(contains(format_runs(runs, ReportFormat::table), "open  2026-01-02T03:04:05Z         -"));
  CHECK(contains(format_runs(runs, ReportFormat::markdown), "| 3 "));
  CHECK(contains(format_runs(runs, ReportFormat::csv), ",\"openai-api/a,b\",\"aime24,math500\"\n"));
  const nlohmann::json json = nlohmann::json::parse(format_runs(runs, ReportFormat::json));
  CHECK(json[0]["run"] == 3);
  CHECK(json[0]["status"] == "open");
}

TEST_CASE("CSV quotes what needs it and leaves the undefined empty") {
  const std::string text = format_report(sample_report(), ReportFormat::csv);
  CHECK(text.starts_with("run,model,task,protocol,metric,value,questions,samples\n"));
  CHECK(contains(text, "7,\"openai-api/fake, \"\"new\"\"\",aime24,r1,pass@1,0.5,30,1920\n"));
  CHECK(contains(text, "math500,r1,standard_error_these_questions,,500,"));
}

namespace {

RunReport report_with_everything() {
  RunReport report = sample_report();
  TaskSummary& task = report.tasks[0];
  task.correct_finished = {960, 1824};
  task.correct_cut = {0, 96};
  task.loops = {12, 1920};
  task.duplicates = {3, 1900};
  task.tokens_per_question = 640'000;
  task.tokens_per_correct = 20'000;
  task.budgets = {
      {4096, 0.125, 0.05}, {8192, 0.25, 0.06}, {16384, 0.375, 0.06}, {32768, 0.5, 0.061}};
  task.cost = Cost{192, 1920};
  task.from_cache = 20;
  task.rating = RatingSummary{"test set x; contests 1 2; 8 attempts; C++17",
                              "rank",
                              1810.2,
                              95.4,
                              1600,
                              2010,
                              96.1,
                              "a list of 100 users",
                              2,
                              1};
  return report;
}

bool has(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("the table has how replies ended and what they cost and what a lower limit had given") {
  const std::string text = format_report(report_with_everything(), ReportFormat::table);
  CAPTURE(text);
  CHECK(has(text, "correct of those finished, %        52.6"));
  CHECK(has(text, "ends in a loop, %"));
  CHECK(has(text, "tokens a correct answer            20000"));
  CHECK(has(text, "cost, $                         192.0000"));
  CHECK(has(text, "cost a question, $                6.4000"));
  CHECK(has(text, "from the response cache       20 of 1920"));
  CHECK_FALSE(has(text, "together cost"));
  CHECK(has(text, "pass@1 had the limit been"));
  CHECK(has(text, "12.5  25.0  37.5"));
  CHECK(has(text, "rating (rank)"));
  CHECK(has(text, "1600 .. 2010"));
  CHECK(
      has(text, "test set x; contests 1 2; 8 attempts; C++17; percentile of a list of 100 users"));
  CHECK(has(text, "3 of 1900 long replies are word for word"));
}

TEST_CASE("rows for what is nearly always nothing are left out where it is nothing") {
  const std::string text = format_report(sample_report(), ReportFormat::table);
  for (const char* row : {"ends in a loop", "cost", "from the response cache",
                          "pass@1 had the limit", "rating (", "foreign script", "word for word"}) {
    CAPTURE(row);
    CHECK_FALSE(has(text, row));
  }
}

TEST_CASE("ratings of different methods have grids of their own") {
  RunReport report = report_with_everything();
  report.tasks.push_back(report.tasks[0]);
  report.tasks.back().task = "other";
  report.tasks.back().rating->method = "codeelo";
  const std::string text = format_report(report, ReportFormat::markdown);
  CHECK(has(text, "| rating (rank) |"));
  CHECK(has(text, "| rating (codeelo) |"));
  CHECK(has(text, "the tasks together cost 384.0000 dollars"));
}

TEST_CASE("JSON and CSV carry the figures about replies and ratings") {
  const RunReport report = report_with_everything();
  const nlohmann::json object =
      nlohmann::json::parse(format_report(report, ReportFormat::json))["tasks"][0];
  CHECK(object["correct_of_finished"]["of"] == 1824);
  CHECK(object["loops"]["part"] == 12);
  CHECK(object["pass@1_at_tokens"][1]["tokens"] == 8192);
  CHECK(object["pass@1_at_tokens"][1]["pass@1"] == 0.25);
  CHECK(object["cost"]["usd"] == 192);
  CHECK(object["cost"]["usd_per_question"] == 6.4);
  CHECK(object["cost"]["usd_per_correct"].get<double>() ==
        doctest::Approx(192.0 / static_cast<double>(report.tasks[0].correct)));
  CHECK(object["replies_from_cache"] == 20);
  CHECK(object["rating"]["method"] == "rank");
  CHECK(object["rating"]["percentile"] == 96.1);
  const nlohmann::json bare =
      nlohmann::json::parse(format_report(sample_report(), ReportFormat::json))["tasks"][0];
  CHECK(bare["cost"].is_null());
  CHECK(bare["replies_from_cache"] == 0);
  CHECK(bare["rating"].is_null());
  CHECK(bare["tokens_per_correct"].is_null());
  RunReport remarked = sample_report();
  remarked.canary_remarks = {"seed: not \"heeded\""};
  CHECK(nlohmann::json::parse(format_report(remarked, ReportFormat::json))["canary_remarks"] ==
        nlohmann::json{"seed: not \"heeded\""});
  CHECK(has(format_report(remarked, ReportFormat::table),
            "\ncanary, before the run: seed: not \"heeded\"\n"));
  CHECK_FALSE(has(format_report(sample_report(), ReportFormat::table), "canary"));
  const std::string csv = format_report(report, ReportFormat::csv);
  CHECK(has(csv, ",pass@1 (8192 tokens),0.25,30,"));
  CHECK(has(csv, ",rating (rank),1810.2,30,"));
  CHECK(has(csv, ",cost_usd,192,30,"));
  CHECK(has(csv, ",cost_usd_per_question,6.4,30,"));
  CHECK(has(csv, ",replies_from_cache,20,30,"));
}

TEST_CASE("LaTeX has tables and says the rest in comments") {
  const std::string text = format_report(report_with_everything(), ReportFormat::latex);
  CHECK(text.starts_with("% run 7: "));
  CHECK(has(text, "\\begin{tabular}"));
  bool within = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    CAPTURE(line);
    if (line.starts_with("\\begin{tabular}")) within = true;
    CHECK((within || line.empty() || line.starts_with("%")));
    if (line.starts_with("\\end{tabular}")) within = false;
    begin = end + 1;
  }
}

TEST_CASE("JUnit fails a task whose coverage is below the gate") {
  RunReport report = sample_report();
  report.tasks.resize(1);
  const std::string whole = format_report(report, ReportFormat::junit);
  CHECK(has(whole, "<testsuite name=\"aime24\""));
  CHECK(has(whole, "name=\"cons@64\" value=\"0.6667\""));
  CHECK_FALSE(has(whole, "<failure"));
  report.tasks[0].coverage = 0.99;
  report.tasks[0].reasons["failed: timed out"] = 19;
  const std::string partial = format_report(report, ReportFormat::junit);
  CHECK(has(partial, "<failure"));
  CHECK(has(partial, "99.00 % of the samples"));
  CHECK(has(partial, "19 x failed: timed out"));
}
