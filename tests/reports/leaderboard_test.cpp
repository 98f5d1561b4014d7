#include "reports/leaderboard.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "reports/published_r1.h"

namespace proctor::reports {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

LeaderboardEntry entry(std::string model, std::string task, double value,
                       std::string created_at = "2026-01-01T00:00:00Z") {
  LeaderboardEntry made{.model = std::move(model),
                        .run = "run 1 of a.db, " + created_at,
                        .created_at = created_at,
                        .dataset_hash = "d0d0",
                        .protocol_hash = "c0c0",
                        .summary = {}};
  made.summary.task = std::move(task);
  made.summary.protocol = "r1";
  made.summary.grader = "integer@1";
  made.summary.questions = 30;
  made.summary.repeats = 64;
  made.summary.pass_1 = value;
  made.summary.error_questions = 0.06;
  made.summary.error_samples = kUnknown;
  made.summary.coverage = 1;
  made.summary.metrics = {{"pass@64", 0.9, 30}, {"cons@64", value + 0.1, 30}};
  return made;
}

RatingSummary rating_by(std::string method, double rating) {
  RatingSummary summary;
  summary.method = std::move(method);
  summary.label = "ten contests";
  summary.rating = rating;
  summary.error = 40;
  return summary;
}

std::vector<std::string> titles(const Leaderboard& table) {
  std::vector<std::string> all;
  for (const LeaderboardColumn& column : table.columns) all.push_back(column.title);
  return all;
}

TEST_CASE("of two runs of a model the newer one is shown and the best model stands first") {
  const LeaderboardEntry entries[] = {entry("a", "aime24", 0.5, "2026-01-02"),
                                      entry("a", "aime24", 0.9, "2026-01-01"),
                                      entry("b", "aime24", 0.6), entry("c", "math500", 0.9)};
  const Leaderboard table = make_leaderboard(entries, {});
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0].model == "b");
  CHECK(table.rows[1].model == "a");
  CHECK(table.rows[1].cells[0]->value == 0.5);
  CHECK(table.rows[1].cells[1]->value == doctest::Approx(0.6));
  CHECK_FALSE(table.rows[2].cells[0]);
  const std::string text = format_leaderboard(table, LeaderboardFormat::table);
  CHECK(text.find("50.0 ± 6.00") != std::string::npos);
  CHECK(text.find("nan") == std::string::npos);
}

TEST_CASE("models without the first column are ranked by the next one") {
  const LeaderboardEntry entries[] = {entry("a", "math500", 0.5), entry("b", "math500", 0.9),
                                      entry("c", "aime24", 0.1)};
  const Leaderboard table = make_leaderboard(entries, {});
  CHECK(table.rows[0].model == "c");
  CHECK(table.rows[1].model == "b");
  CHECK(table.rows[2].model == "a");
}

TEST_CASE("ratings by other methods stand in columns of their own") {
  LeaderboardEntry ranked = entry("a", "codeforces", 0.3);
  ranked.summary.rating = rating_by("rank", 1500);
  LeaderboardEntry likely = entry("b", "codeforces", 0.4);
  likely.summary.rating = rating_by("likelihood", 1700);
  const LeaderboardEntry entries[] = {ranked, likely};
  const Leaderboard table = make_leaderboard(entries, {.tasks = {"codeforces"}, .published = true});
  CHECK(titles(table) == std::vector<std::string>{"Codeforces rating (as reported)",
                                                  "Codeforces rating (likelihood)",
                                                  "Codeforces rating (rank)"});
  CHECK_FALSE(table.rows[0].cells[0]);
  const std::string text = format_leaderboard(table, LeaderboardFormat::markdown);
  CHECK(text.find("1500 ± 40") != std::string::npos);
  CHECK(text.find("1820") != std::string::npos);
}

TEST_CASE("unlike recipes are marked and a single one is only named") {
  LeaderboardEntry other = entry("b", "aime24", 0.6);
  other.protocol_hash = "beef";
  const LeaderboardEntry unlike[] = {entry("a", "aime24", 0.5), other};
  const Leaderboard marked = make_leaderboard(unlike, {});
  CHECK(marked.rows[0].cells[0]->marks == "[b]");
  CHECK(marked.rows[1].cells[0]->marks == "[a]");
  CHECK(marked.notes.size() == 2);
  const LeaderboardEntry same[] = {entry("a", "aime24", 0.5), entry("b", "aime24", 0.6)};
  const Leaderboard plain = make_leaderboard(same, {});
  CHECK(plain.rows[0].cells[0]->marks.empty());
  REQUIRE(plain.notes.size() == 1);
  CHECK(plain.notes[0].starts_with("aime24: protocol r1 c0c0, dataset d0d0, 30 x 64"));
}

TEST_CASE("votes of fewer samples and missing samples are marked too") {
  LeaderboardEntry few = entry("a", "aime24", 0.5);
  few.summary.repeats = 16;
  few.summary.metrics = {{"cons@16", 0.7, 30}};
  few.summary.coverage = 0.999;
  const LeaderboardEntry entries[] = {few, entry("b", "aime24", 0.6)};
  const Leaderboard table = make_leaderboard(entries, {});
  CHECK(titles(table)[1] == "AIME24 cons@K");
  CHECK(table.rows[1].cells[0]->marks.starts_with("*"));
  CHECK(table.rows[1].cells[1]->marks.starts_with("(K=16)"));
  CHECK(table.rows[0].cells[1]->marks.starts_with("(K=64)"));
}

TEST_CASE("the published table is there to the digit and says where it is from") {
  CHECK(published_r1().size() == 13);
  const Leaderboard table = make_leaderboard({}, {.published = true});
  CHECK(titles(table) == std::vector<std::string>{"AIME24 pass@1", "AIME24 cons@64",
                                                  "MATH-500 pass@1", "GPQA-D pass@1", "LCB pass@1",
                                                  "Codeforces rating (as reported)"});
  struct Row {
    const char* model;
    double aime, consensus, math, gpqa, code, rating;
  };
  constexpr Row kRows[] = {
      {"o1-mini", 63.6, 80.0, 90.0, 60.0, 53.8, 1820},
      {"DeepSeek-R1-Distill-Qwen-7B", 55.5, 83.3, 92.8, 49.1, 37.6, 1189},
      {"DeepSeek-R1-Distill-Llama-70B", 70.0, 86.7, 94.5, 65.2, 57.5, 1633},
  };
  for (const Row& expected : kRows) {
    CAPTURE(expected.model);
    for (const LeaderboardRow& row : table.rows) {
      CHECK_FALSE(row.measured);
      if (row.model != expected.model) continue;
      CHECK(100 * row.cells[0]->value == doctest::Approx(expected.aime));
      CHECK(100 * row.cells[1]->value == doctest::Approx(expected.consensus));
      CHECK(100 * row.cells[2]->value == doctest::Approx(expected.math));
      CHECK(100 * row.cells[3]->value == doctest::Approx(expected.gpqa));
      CHECK(100 * row.cells[4]->value == doctest::Approx(expected.code));
      CHECK(row.cells[5]->value == doctest::Approx(expected.rating));
    }
  }
  for (const LeaderboardRow& row : table.rows) {
    if (row.model == "DeepSeek-R1") CHECK_FALSE(row.cells[1]);
  }
  const std::string html = format_leaderboard(table, LeaderboardFormat::html);
  CHECK(html.find("not measured here") != std::string::npos);
  CHECK(html.find("http") == std::string::npos);  // nothing is fetched
}

TEST_CASE("a table is chosen by what there is") {
  const LeaderboardEntry quick[] = {entry("tiny", "quickstart-math", 0.5)};
  CHECK(leaderboard_tasks(quick)[0] == "quickstart-aime");
  const LeaderboardEntry both[] = {quick[0], entry("a", "gpqa", 0.5)};
  CHECK(leaderboard_tasks(both)[0] == "aime24");
  const LeaderboardEntry own_tasks[] = {entry("a", "homemade", 0.5), entry("b", "another", 0.5),
                                        entry("b", "homemade", 0.5)};
  CHECK(leaderboard_tasks(own_tasks) == std::vector<std::string>{"homemade", "another"});
  const LeaderboardEntry mixed[] = {own_tasks[0], quick[0]};
  CHECK(leaderboard_tasks(mixed)[0] == "quickstart-aime");
  CHECK(leaderboard_tasks({})[0] == "aime24");
  const Leaderboard own = make_leaderboard(both, {.tasks = {"homemade", "gpqa"}});
  CHECK(titles(own) == std::vector<std::string>{"homemade pass@1", "GPQA-D pass@1"});
}

}  // namespace
}  // namespace proctor::reports
