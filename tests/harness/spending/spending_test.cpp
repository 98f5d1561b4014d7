#include "harness/spending/spending.h"

#include <doctest/doctest.h>

#include <fstream>

#include "harness/spending/spent.h"
#include "tests/harness/support/run_fixture.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::spending {
namespace {

constexpr Price kPrice{1'000'000, 1'000'000, 2'000'000};  // a dollar a token in, two a token out

TokenUsage tokens(std::int64_t prompt, std::int64_t completion) {
  return {prompt, completion, std::nullopt, std::nullopt};
}

// Replies of 100 prompt and 50 completion tokens to every question of quickstart-aime.
std::string replay_file(const support::TempDir& dir, int repeats) {
  std::string lines;
  for (int question = 1; question <= 10; ++question) {
    for (int repeat = 0; repeat < repeats; ++repeat) {
      lines += R"({"task":"quickstart-aime","question_id":")" + std::to_string(question) +
               R"(","repeat":)" + std::to_string(repeat) +
               R"(,"text":"\\boxed{7}","prompt_tokens":100,"completion_tokens":50})"
               "\n";
    }
  }
  return dir.write("replies.jsonl", lines).string();
}

std::vector<std::string> run_of(const support::TempDir& dir, const std::vector<std::string>& more) {
  // 10 dollars for a million tokens in, 100 for a million out: 0.006 dollars a reply.
  const std::string prices =
      dir.write("prices.json", R"({"models": {"replay/*": {"input": 10, "output": 100}}})")
          .string();
  std::vector<std::string> command = {PROCTOR_BINARY,
                                      "run",
                                      "quickstart-aime",
                                      "--quiet",
                                      "--json",
                                      "--samples",
                                      "2",
                                      "--prices",
                                      prices,
                                      "--model",
                                      "replay/" + replay_file(dir, 2),
                                      "--db",
                                      (dir / "runs.db").string()};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

}  // namespace

TEST_CASE("the worst case of a request is every byte a token and the longest reply") {
  const Prompt prompt = {{"system", "be brief"}, {"user", "1+1?"}};
  Sampling sampling;
  sampling.max_tokens = 1000;
  CHECK(worst_case(kPrice, prompt, sampling) == doctest::Approx(64 + 12 + 2 * 1000));
}

TEST_CASE("what is spent and what is set aside never exceed the budget") {
  Spending spending(kPrice, 100);
  CHECK(spending.set_aside(1, 60));
  CHECK_FALSE(spending.set_aside(2, 41));
  CHECK(spending.set_aside(2, 40));
  const TokenUsage cheap = tokens(10, 5);
  spending.settle(1, &cheap);
  CHECK(spending.spent() == doctest::Approx(20));
  CHECK(spending.set_aside(3, 40));
  CHECK_FALSE(spending.set_aside(4, 1));
  spending.settle(2, nullptr);  // failed: free again
  CHECK(spending.spent() == doctest::Approx(20));
  const TokenUsage unknown;
  spending.settle(3, &unknown);  // nobody counted: its worst case
  CHECK(spending.spent() == doctest::Approx(60));
  spending.charge(tokens(10, 10), 1000);
  CHECK(spending.spent() == doctest::Approx(90));
  spending.charge(unknown, 4);
  CHECK(spending.spent() == doctest::Approx(94));
  CHECK(spending.set_aside(5, 6));
  CHECK_FALSE(spending.set_aside(6, 1));
}

TEST_CASE("requests are paid for as those answered at once until they go by batches") {
  constexpr Price kBatchPrice{500'000, 500'000, 1'000'000};
  Spending spending(ModelPrice{kPrice, kBatchPrice}, 100);
  spending.charge(tokens(10, 5), 0);
  CHECK(spending.spent() == doctest::Approx(20));
  CHECK(spending.price().output == kPrice.output);
  spending.send_by_batch();
  spending.charge(tokens(10, 5), 0);
  CHECK(spending.spent() == doctest::Approx(30));
  CHECK(spending.price().output == kBatchPrice.output);
  CHECK(spending.price(/*by_batch=*/false).output == kPrice.output);
  spending.charge(3);
  CHECK(spending.spent() == doctest::Approx(33));
}

TEST_CASE("a run stops short of its budget and goes on with a larger one") {
  const support::TempDir dir;
  const support::ChildEnd stopped =
      run_program(run_of(dir, {"--max-tokens", "100", "--budget-usd", "0.07"}));
  CHECK(stopped.exit_code == 3);
  CHECK(stopped.err.find("no room for another request") != std::string::npos);
  const nlohmann::json report = nlohmann::json::parse(stopped.out);
  const nlohmann::json& task = task_of(report, "quickstart-aime");
  const std::int64_t replies = task["replies"];
  CHECK(replies > 5);
  CHECK(replies < 12);  // the last request must still have room at its dearest
  CHECK(task["cost"]["usd"].get<double>() == doctest::Approx(0.006 * static_cast<double>(replies)));
  CHECK(task["cost"]["usd"].get<double>() <= 0.07);

  const std::string prices = (dir / "prices.json").string();
  const nlohmann::json whole =
      report_of({PROCTOR_BINARY, "resume", "1", "--quiet", "--json", "--budget-usd", "1",
                 "--prices", prices, "--db", (dir / "runs.db").string()},
                0);
  CHECK(task_of(whole, "quickstart-aime")["replies"] == 20);
}

TEST_CASE("the command of a run that stopped at its budget goes on with it") {
  const support::TempDir dir;
  const std::vector<std::string> budget = {"--max-tokens", "100", "--budget-usd", "0.07"};
  CHECK(run_program(run_of(dir, budget)).exit_code == 3);
  const support::ChildEnd again = run_program(run_of(dir, budget));
  CHECK(again.exit_code == 3);
  CHECK(runs_in(dir / "runs.db").size() == 1);
  const nlohmann::json task = task_of(nlohmann::json::parse(again.out), "quickstart-aime");
  CHECK(task["cost"]["usd"].get<double>() <= 0.07);
}

TEST_CASE("a budget for a model without a price is refused") {
  const support::TempDir dir;
  const support::ChildEnd end = run_program(
      {PROCTOR_BINARY, "run", "quickstart-aime", "--quiet", "--samples", "1", "--model",
       "replay/" + replay_file(dir, 1), "--budget-usd", "1", "--db", (dir / "runs.db").string(),
       "--prices", dir.write("prices.json", R"({"models": {}})").string()});
  CHECK(end.exit_code == 2);
  CHECK(end.err.find("has no price") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "runs.db"));
}

TEST_CASE("a dry run says what the run will take and asks nothing") {
  const support::TempDir dir;
  const nlohmann::json before = report_of(run_of(dir, {"--dry-run"}), 0)["tasks"];
  REQUIRE(before.size() == 1);
  CHECK(before[0]["requests"] == 20);
  CHECK(before[0]["most_new_tokens"] == 20 * 1024);
  CHECK(before[0]["new_tokens"].is_null());
  CHECK(before[0]["usd"].is_null());
  CHECK(before[0]["most_usd"].get<double>() > 20 * 1024 * 100 / 1e6);
  CHECK_FALSE(std::filesystem::exists(dir / "runs.db"));

  report_of(run_of(dir, {}), 0);
  const nlohmann::json after = report_of(run_of(dir, {"--dry-run", "--fresh"}), 0)["tasks"];
  CHECK(after[0]["requests"] == 20);
  CHECK(after[0]["new_tokens"] == 20 * 50);
  CHECK(after[0]["usd"].get<double>() < after[0]["most_usd"].get<double>());
  CHECK(runs_in(dir / "runs.db").size() == 1);
}

TEST_CASE("a run says at its end what it cost and what is left of its budget") {
  const support::TempDir dir;
  std::vector<std::string> command = run_of(dir, {"--max-tokens", "100", "--budget-usd", "0.5"});
  std::erase(command, "--quiet");
  const support::ChildEnd end = run_program(command);
  CHECK(end.exit_code == 0);
  // 20 replies of 0.006 dollars.
  CHECK(end.err.find("proctor: 0.1200 dollars: quickstart-aime 0.1200, ") != std::string::npos);
  CHECK(end.err.find("proctor: 0.3800 of 0.5000 dollars of the budget are left\n") !=
        std::string::npos);
}

TEST_CASE("a report says that a model has no price in the file it was given") {
  const support::TempDir dir;
  report_of(run_of(dir, {}), 0);
  const std::string other =
      dir.write("other.json", R"({"models": {"openai/*": {"input": 1, "output": 1}}})").string();
  const auto report_with = [&](const std::string& prices) {
    return run_program({PROCTOR_BINARY, "report", "1", "--json", "--db", (dir / "runs.db").string(),
                        "--prices", prices});
  };
  const support::ChildEnd unknown = report_with(other);
  CHECK(unknown.err.find("has no price in " + other) != std::string::npos);
  CHECK(nlohmann::json::parse(unknown.out)["cost_usd"].is_null());
  const support::ChildEnd known = report_with((dir / "prices.json").string());
  CHECK(known.err.find("has no price") == std::string::npos);
  CHECK(nlohmann::json::parse(known.out)["cost_usd"].get<double>() == doctest::Approx(0.12));
}

TEST_CASE("what was spent is told by task and for each correct answer") {
  reports::RunReport report;
  report.model = "openai/x";
  report.tasks.resize(2);
  report.tasks[0].task = "aime24";
  report.tasks[0].replies = 10;
  report.tasks[0].correct = 3;
  report.tasks[1].task = "math500";
  report.tasks[1].replies = 20;
  report.tasks[1].from_cache = 5;
  report.tasks[1].correct = 1;
  struct Row {
    const char* what;
    bool priced;
    bool paid;
    std::string text;
  };
  const Row rows[] = {
      {"priced", true, true,
       "proctor: 0.5000 dollars: aime24 0.4000, math500 0.1000, 0.1250 a correct answer; not in "
       "it: "
       "replies whose tokens nobody counted, 1; 5 of 30 replies were paid for earlier\n"},
      {"no price", false, true,
       "proctor: what this cost is not known: openai/x has no price; name it in a file for "
       "--prices\n"},
      {"not paid for", false, false, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    report.tasks[0].cost = row.priced ? std::optional(reports::Cost{0.4, 9}) : std::nullopt;
    report.tasks[1].cost = row.priced ? std::optional(reports::Cost{0.1, 20}) : std::nullopt;
    CHECK(describe_spending(report, nullptr, row.paid) == row.text);
    Spending budget(kPrice, 100);
    budget.charge(tokens(10, 45), 0);
    CHECK(describe_spending(report, &budget, row.paid) ==
          row.text + "proctor: 0.0000 of 100.0000 dollars of the budget are left\n");
  }
}

}  // namespace proctor::harness::spending
