// `proctor compare` through the real program.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/harness/support/run_fixture.h"
#include "tests/harness/support/scored_store.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

// That many questions, each with these samples.
std::vector<std::string> alike(int questions, const std::string& row) {
  return std::vector<std::string>(static_cast<std::size_t>(questions), row);
}

const std::string kHalf(std::string(32, '1') + std::string(32, '0'));
const std::string kLess(std::string(25, '1') + std::string(39, '0'));
const std::string kMore(std::string(39, '1') + std::string(25, '0'));

std::vector<std::string> compare_command(const std::filesystem::path& db,
                                         const std::vector<std::string>& more) {
  std::vector<std::string> command = {PROCTOR_BINARY, "compare", "--db", db.string()};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

TEST_CASE("the gate tells the shell what became of the night") {
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  add_scored_run(db, {.rows = alike(40, kHalf)});
  add_scored_run(db, {.rows = alike(40, kHalf)});
  add_scored_run(db, {.rows = alike(40, kLess)});
  add_scored_run(db, {.rows = alike(40, kMore)});
  std::vector<std::string> broken = alike(40, kHalf);
  broken[0] = std::string(64, '.');
  add_scored_run(db, {.rows = broken});
  struct Row {
    std::vector<std::string> arguments;
    const char* verdict;
    int exit_code;
  };
  const Row kRows[] = {
      {{"1", "2", "--gate", "--margin", "3"}, "PASS", 0},
      {{"1", "2", "--gate", "--strict", "--margin", "sums=3"}, "PASS", 0},
      {{"1", "3", "--gate"}, "REGRESSION", 1},
      {{"1", "3"}, "REGRESSION", 0},
      {{"3", "1", "--gate"}, "IMPROVED", 0},
      {{"1", "4", "--gate", "--strict"}, "IMPROVED", 0},
      {{"1", "2", "--gate", "--margin", "1"}, "INCONCLUSIVE", 0},
      {{"1", "2", "--gate", "--strict", "--margin", "sums=1"}, "INCONCLUSIVE", 1},
      {{"1", "5", "--gate"}, "INCONCLUSIVE", 3},
      {{"1", "5", "--gate", "--margin", "3", "--min-coverage", "90"}, "PASS", 0},
      {{"1,2", "3", "--gate"}, "REGRESSION", 1},
      {{"1", "3", "--gate", "--false-alarms-per-month", "0.0001"}, "REGRESSION", 1},
  };
  for (const Row& row : kRows) {
    CAPTURE(json(row.arguments).dump());
    std::vector<std::string> command = compare_command(db, row.arguments);
    command.push_back("--json");
    const json report = report_of(command, row.exit_code);
    CHECK(report.at("verdict") == row.verdict);
    CHECK(report.at("tasks").at(0).at("verdict") == row.verdict);
  }
}

TEST_CASE("the figures of a comparison are those of the worked example") {
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  add_scored_run(db, {.rows = {"1101", "0000", "1010", "1111", "0100"}});
  add_scored_run(db, {.rows = {"1111", "0010", "1110", "1111", "0000"}});
  const json task = report_of(compare_command(db, {"1", "2", "--json"}), 0).at("tasks").at(0);
  CHECK(task.at("difference") == doctest::Approx(0.1));
  const json& like_these = task.at("questions_like_these");
  CHECK(like_these.at("paired_error") == doctest::Approx(0.1));
  CHECK(like_these.at("unpaired_error") == doctest::Approx(0.269).epsilon(1e-3));
  CHECK(task.at("these_questions").at("conditional_error") == doctest::Approx(0.11547));
  CHECK(task.at("these_questions").at("permutation") == "exact");
  CHECK(task.at("verdict") == "INCONCLUSIVE");
  CHECK(task.at("samples_to_decide") > 64);
}

TEST_CASE("flips and drifts are named") {
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  add_scored_run(db, {.rows = {"1111", "0000", "1010", "1111"}, .tokens = 100});
  add_scored_run(db, {.rows = {"----", "1111", "1010", "1111"}, .tokens = 900});
  const json task = report_of(compare_command(db, {"1", "2", "--json"}), 0).at("tasks").at(0);
  CHECK(task.at("flips").at("lost").at(0).at("question") == "q0");
  CHECK(task.at("flips").at("won").at(0).at("question") == "q1");
  const json& drift = task.at("drift");
  CHECK(drift.at("tokens a reply").at("difference") == doctest::Approx(800));
  CHECK(drift.at("cut at the token limit").at("next") == doctest::Approx(0.25));
  CHECK(drift.at("thinking unclosed").at("next") == doctest::Approx(0.25));
  CHECK(drift.at("no answer").at("base") == doctest::Approx(0));
  CHECK_FALSE(drift.contains("ends in a loop"));  // nobody looked
}

TEST_CASE("unlike runs are refused with what they differ in unless across is said") {
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  const std::vector<std::string> rows = alike(10, "1100");
  add_scored_run(db, {.rows = rows});
  add_scored_run(db, {.rows = rows, .prompt = "{problem}\nThink first.", .temperature = 1});
  add_scored_run(db, {.rows = rows, .server = "openai-api other"});
  add_scored_run(db, {.rows = alike(12, "1100")});
  add_scored_run(db, {.rows = alike(10, "11001100")});
  struct Row {
    const char* next;
    std::vector<std::string> said;
    bool refused;
  };
  const Row kRows[] = {
      {"2", {"sums: sampling.temperature: 0.6 -> 1.0", "Think first."}, true},
      {"3", {"server: \"openai-api fake\" -> \"openai-api other\"", "only who answers"}, true},
      {"4", {"sums: questions: 10 -> 12, 10 in common", "sums: dataset: "}, true},
      {"5", {"sums: repeats: 4 -> 8"}, false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.next);
    const support::ChildEnd end = run_program(compare_command(db, {"1", row.next}));
    CHECK(end.exit_code == (row.refused ? 2 : 0));
    const support::ChildEnd across = run_program(compare_command(db, {"1", row.next, "--across"}));
    CHECK(across.exit_code == 0);
    for (const std::string& said : row.said) {
      CAPTURE(said);
      CHECK((row.refused ? end.err : end.out).find(said) != std::string::npos);
      if (said == "only who answers") continue;
      CHECK(across.out.find(said) != std::string::npos);
    }
    CHECK(end.out.empty() == row.refused);
  }
  const json intersection = report_of(compare_command(db, {"1", "4", "--across", "--json"}), 0);
  CHECK(intersection.at("tasks").at(0).at("questions") == 10);
  CHECK(intersection.at("tasks").at(0).at("only_in_next") == 2);
}

TEST_CASE("runs lie in two stores and baselines are several nights") {
  const support::TempDir dir;
  const std::vector<std::string> rows = alike(10, "1100");
  add_scored_run(dir / "old.db", {.rows = rows});
  add_scored_run(dir / "old.db", {.rows = alike(10, "1000")});
  add_scored_run(dir / "new.db", {.rows = rows});
  const json report =
      report_of(compare_command(dir / "new.db",
                                {"1,2", "1", "--base-db", (dir / "old.db").string(), "--json"}),
                0);
  const json& task = report.at("tasks").at(0);
  CHECK(task.at("samples_per_question") == json({8.0, 4.0}));
  CHECK(task.at("base") == doctest::Approx(0.375));
  CHECK(report.at("base").at("runs") == json({1, 2}));
}

TEST_CASE("published submissions are compared as imported and give the published figures") {
  if (support::shared_data().empty()) SKIP("needs the published submissions of LiveCodeBench");
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  for (const std::string model : {"O1-Preview-2024-09-12", "O1-Mini-2024-09-12"}) {
    const std::filesystem::path file =
        support::shared_data() / "livecodebench/real/eval_outputs" / (model + "_n1.eval_all.json");
    const support::ChildEnd end =
        run_program({PROCTOR_BINARY, "import", file.string(), "--format", "lcb", "--model", model,
                     "--window", "2024-08..2025-01", "--db", db.string()});
    INFO(end.err);
    REQUIRE(end.exit_code == 0);
  }
  CHECK(run_program(compare_command(db, {"1", "2"})).exit_code == 2);  // two models
  const json report =
      report_of(compare_command(db, {"1", "2", "--across", "--by", "difficulty", "--json"}), 0);
  const json& task = report.at("tasks").at(0);
  CHECK(task.at("questions") == 279);
  CHECK(task.at("base") == doctest::Approx(0.4265).epsilon(1e-4));
  CHECK(task.at("next") == doctest::Approx(0.5197).epsilon(1e-4));
  const json& like_these = task.at("questions_like_these");
  CHECK(like_these.at("unpaired_error") == doctest::Approx(0.0422).epsilon(2e-3));
  CHECK(like_these.at("paired_error") == doctest::Approx(0.0253).epsilon(2e-3));
  CHECK(like_these.at("correlation") == doctest::Approx(0.64).epsilon(5e-3));
  CHECK(like_these.at("mcnemar").at("won") == 39);
  CHECK(like_these.at("mcnemar").at("lost") == 13);
  CHECK(task.at("slices").at("difficulty: hard").at("questions") == 123);
  CHECK(report.at("verdict") == "IMPROVED");
}

TEST_CASE("a run is on both sides however its store is spelt") {
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  add_scored_run(db, {.rows = {"11"}});
  std::filesystem::copy_file(db, dir / "copy.db");
  std::filesystem::create_symlink(db, dir / "link.db");
  for (const std::filesystem::path& same : {dir / "." / "a.db", dir / "link.db"}) {
    CAPTURE(same);
    const support::ChildEnd end =
        run_program(compare_command(db, {"1", "1", "--base-db", same.string()}));
    CHECK(end.exit_code == 2);
    CHECK(end.err.find("run 1 is on both sides") != std::string::npos);
  }
  const std::string copy = (dir / "copy.db").string();
  CHECK(run_program(compare_command(db, {"1", "1", "--base-db", copy})).exit_code == 0);
}

TEST_CASE("what cannot be compared is said and not guessed at") {
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  add_scored_run(db, {.rows = {"11"}});
  add_scored_run(db, {.rows = {"11"}, .task = "others"});
  add_scored_run(db, {.rows = {"11"}});
  struct Row {
    std::vector<std::string> arguments;
    const char* said;
  };
  const Row kRows[] = {
      {{"1", "1"}, "run 1 is on both sides"},
      {{"1", "7"}, "there is no run 7"},
      {{"one", "2"}, "expected a run's number"},
      {{"1,1", "2"}, "run 1 is named twice"},
      {{"1", "2", "--across"}, "no task in common"},
      {{"1", "3", "--by", "level"}, "no question has an attribute \"level\""},
      {{"1", "2", "--margin", "-1"}, "expected points"},
      {{"1", "2", "--strict"}, "--gate"},
      {{"1", "2", "--alpha", "0.05", "--false-alarms-per-month", "1"}, "--alpha"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.said);
    const support::ChildEnd end = run_program(compare_command(db, row.arguments));
    CHECK(end.exit_code == 2);
    CHECK(end.err.find(row.said) != std::string::npos);
  }
}

TEST_CASE("a comparison is drawn for people and for CI systems") {
  const support::TempDir dir;
  const std::filesystem::path db = dir / "a.db";
  add_scored_run(db, {.rows = alike(40, kHalf)});
  add_scored_run(db, {.rows = alike(40, kLess)});
  const auto drawn = [&](const std::string& format) {
    return run_program(compare_command(db, {"1", "2", "--format", format})).out;
  };
  CHECK(drawn("table").find("± (these questions)") != std::string::npos);
  CHECK(drawn("table").find("± (questions like these)") != std::string::npos);
  CHECK(drawn("table").find("verdict: REGRESSION") != std::string::npos);
  CHECK(drawn("markdown").find("| sums | ") != std::string::npos);
  const std::string junit = drawn("junit");
  CHECK(junit.find("<testsuites name=\"proctor\" tests=\"1\" failures=\"1\"") != std::string::npos);
  CHECK(junit.find("<failure message=\"REGRESSION: a drop of 10.94 points") != std::string::npos);
}

}  // namespace
}  // namespace proctor::harness
