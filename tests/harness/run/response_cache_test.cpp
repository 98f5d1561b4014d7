// Whole runs that share a file of replies.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <thread>

#include "tests/harness/support/run_fixture.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::run {
namespace {

using nlohmann::json;

constexpr int kDone = 0;
constexpr int kBadUsage = 2;
constexpr int kIncomplete = 3;
constexpr std::size_t kSamples = 24;  // of both tasks together

// Two tasks with a fake model that is asked for them, and a file of replies.
struct Shared {
  RunFixture fixture;
  ModelServer fake{fixture};
  std::string cache = fixture.file("replies.db").string();

  std::vector<std::string> command(const std::string& db, std::vector<std::string> more = {},
                                   const char* samples = "2") const {
    more.insert(more.begin(), {"--limit", "6", "--samples", samples, "--response-cache", cache});
    return fixture.run_command(fixture.file(db), fake.server, more);
  }
  std::size_t asked() const {
    std::size_t attempts = 0;
    for (const auto& [sample, log] : fake.model.log()) attempts += log.attempts.size();
    return attempts;
  }
};

std::size_t kept(const json& report) {
  std::size_t replies = 0;
  for (const json& task : report.at("tasks")) {
    replies += task.at("replies_from_cache").get<std::size_t>();
  }
  return replies;
}

// The figures of a run, without those on where its replies came from and what they cost.
json results_of(const json& report) {
  json tasks = figures_of(report);
  for (json& task : tasks) {
    for (const char* field : {"replies_from_cache", "cost"}) task.erase(field);
  }
  return tasks;
}

// A dollar a thousand tokens, in and out.
std::string prices(const support::TempDir& dir) {
  return dir
      .write("prices.json", R"({"models": {"openai-api/*": {"input": 1000, "output": 1000}}})")
      .string();
}

void execute(const std::string& file, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace

TEST_CASE("a run whose replies were all kept asks nothing and costs nothing and says the same") {
  const Shared shared;
  const support::TempDir dir;
  const std::vector<std::string> priced = {"--prices", prices(dir)};
  const json first = report_of(shared.command("a.db", priced), kDone);
  CHECK(kept(first) == 0);
  CHECK(shared.asked() == kSamples);
  CHECK(first.at("cost_usd").get<double>() > 0);

  // Not a cent is needed.
  const std::vector<std::string> penniless = {"--prices", prices(dir), "--budget-usd", "0"};
  const json second = report_of(shared.command("b.db", penniless), kDone);
  CHECK(shared.asked() == kSamples);
  CHECK(kept(second) == kSamples);
  CHECK(second.at("cost_usd") == 0);
  CHECK(results_of(second) == results_of(first));
  const std::vector<StoredSample> paid = load_run(shared.fixture.file("a.db"), 1);
  const std::vector<StoredSample> had = load_run(shared.fixture.file("b.db"), 1);
  REQUIRE(had.size() == kSamples);
  for (std::size_t i = 0; i < kSamples; ++i) {
    CAPTURE(i);
    CHECK(had[i].result.from_cache);
    CHECK_FALSE(paid[i].result.from_cache);
    CHECK(had[i].result.attempts == 0);
    CHECK(had[i].result.total_ms == 0);
    CHECK(had[i].reply->text == paid[i].reply->text);
    CHECK(had[i].reply->reasoning == paid[i].reply->reasoning);
    CHECK(had[i].result.usage.completion == paid[i].result.usage.completion);
  }
}

TEST_CASE("whatever changes a byte of the request is asked anew") {
  const Shared shared;
  (void)report_of(shared.command("a.db"), kDone);
  const std::vector<std::vector<std::string>> changes = {
      {"--seed", "5"}, {"--temperature", "0.9"}, {"--max-tokens", "900"}, {"--no-stream"}};
  std::size_t before = shared.asked();
  for (const std::vector<std::string>& change : changes) {
    CAPTURE(change[0]);
    const json report = report_of(shared.command("b.db", change), kDone);
    CHECK(kept(report) == 0);
    CHECK(shared.asked() == before + kSamples);
    before = shared.asked();
  }
  // More repeats of the same are partly there.
  const json report = report_of(shared.command("c.db", {}, "3"), kDone);
  CHECK(kept(report) == kSamples);
  CHECK(shared.asked() == before + kSamples / 2);
}

TEST_CASE("a damaged entry is reported and asked again") {
  const Shared shared;
  const json first = report_of(shared.command("a.db"), kDone);
  execute(shared.cache,
          "UPDATE reply SET packed = substr(packed, 1, length(packed) - 1) WHERE rowid <= 2");
  const support::ChildEnd end = run_program(shared.command("b.db"));
  CHECK(end.exit_code == kDone);
  CHECK(end.err.find("is damaged") != std::string::npos);
  CHECK(end.err.find("made again") != std::string::npos);
  const json second = json::parse(end.out);
  CHECK(kept(second) == kSamples - 2);
  CHECK(results_of(second) == results_of(first));
  CHECK(shared.asked() == kSamples + 2);
  CHECK(kept(report_of(shared.command("c.db"), kDone)) == kSamples);
}

TEST_CASE("two runs at once fill one file") {
  const Shared shared;
  json reports[2];
  {
    std::vector<std::jthread> runs;
    for (int i = 0; i < 2; ++i) {
      runs.emplace_back([&, i] {
        const Result<support::ChildEnd> end = support::run_child(
            shared.command("run" + std::to_string(i) + ".db", {"--temperature", "0.5"}));
        if (end && end->exit_code == kDone) reports[i] = json::parse(end->out);
      });
    }
  }
  REQUIRE(reports[0].is_object());
  REQUIRE(reports[1].is_object());
  CHECK(results_of(reports[0]) == results_of(reports[1]));
  const std::size_t asked = shared.asked();
  CHECK(asked == 2 * kSamples - kept(reports[0]) - kept(reports[1]));
  CHECK(kept(report_of(shared.command("c.db", {"--temperature", "0.5"}), kDone)) == kSamples);
  CHECK(shared.asked() == asked);
}

TEST_CASE("a run that is resumed takes replies from the file too") {
  const Shared shared;
  const support::TempDir dir;
  (void)report_of(shared.command("a.db"), kDone);
  // Stops before its first request, whose worst case is dearer than a cent.
  const std::vector<std::string> stopped = {"--limit",  "6",         "--samples",    "2",
                                            "--prices", prices(dir), "--budget-usd", "0.01"};
  const std::filesystem::path db = shared.fixture.file("b.db");
  (void)report_of(shared.fixture.run_command(db, shared.fake.server, stopped), kIncomplete);
  CHECK(shared.asked() == kSamples);
  const json whole = report_of({PROCTOR_BINARY, "resume", "1", "--db", db.string(), "--quiet",
                                "--json", "--no-canary", "--response-cache", shared.cache},
                               kDone);
  CHECK(kept(whole) == kSamples);
  CHECK(shared.asked() == kSamples);
}

TEST_CASE("a model that is not paid for has no cache and a file of something else is none") {
  const Shared shared;
  const support::ChildEnd tiny =
      run_program({PROCTOR_BINARY, "run", "quickstart-aime", "--model", "tiny", "--db",
                   shared.fixture.file("a.db").string(), "--response-cache", shared.cache});
  CHECK(tiny.exit_code == kBadUsage);
  CHECK(tiny.err.find("--response-cache: tiny") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(shared.cache));

  execute(shared.cache, "CREATE TABLE mine(x)");
  const support::ChildEnd other = run_program(shared.command("b.db"));
  CHECK(other.exit_code == kBadUsage);
  CHECK(other.err.find("replies.db") != std::string::npos);
  CHECK(shared.asked() == 0);
}

}  // namespace proctor::harness::run
