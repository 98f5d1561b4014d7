// `proctor import`: other programs' logs, and files that are not what they should be.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "tests/harness/verbs/exchange_fixture.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;
using support::read_file;
using support::TempDir;

json report_in(const std::filesystem::path& db, int run,
               const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"report", std::to_string(run), "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json::parse(proctor(arguments, db));
}

json problem(const std::string& id, const std::string& date, const std::vector<bool>& passed) {
  json one = {{"question_title", "T"}, {"question_content", "Text of " + id},
              {"platform", "atcoder"}, {"question_id", id},
              {"contest_id", "c"},     {"contest_date", date},
              {"starter_code", ""},    {"difficulty", id.size() > 2 ? "hard" : "easy"},
              {"graded_list", passed}, {"metadata", json::array()}};
  for (std::size_t i = 0; i < passed.size(); ++i) {
    one["output_list"].push_back("```python\nprint(" + std::to_string(i) + ")\n```");
    one["code_list"].push_back("print(" + std::to_string(i) + ")");
  }
  return one;
}

std::vector<std::string> import_lcb(const std::filesystem::path& file, const std::string& model) {
  return {"import", file.string(), "--format", "lcb", "--model", model};
}

TEST_CASE("a submission is a run whose parts and windows can be reported") {
  const TempDir dir;
  const json submission = {problem("10", "2024-08-01T00:00:00", {true, false}),
                           problem("9", "2025-01-31T20:00:00", {true, true}),
                           problem("abc", "2025-02-01T00:00:00", {false, false})};
  const auto file = dir.write("a.json", submission.dump());
  proctor(import_lcb(file, "m"), dir / "a.db");
  const json all = report_in(dir / "a.db", 1);
  CHECK(all["model"] == "m");
  CHECK(all["tasks"][0]["task"] == "livecodebench");
  CHECK(all["tasks"][0]["questions"] == 3);
  CHECK(all["tasks"][0]["repeats"] == 2);
  CHECK(all["tasks"][0]["grader"] == "lcb-upstream");
  CHECK(all["tasks"][0]["pass@1"] == 0.5);
  proctor({"report", "1", "--by", "difficulty"}, dir / "a.db");

  std::vector<std::string> windowed = import_lcb(file, "m");
  windowed.insert(windowed.end(), {"--window", "2024-08..2025-01"});
  proctor(windowed, dir / "a.db");
  const json window = report_in(dir / "a.db", 2);
  CHECK(window["tasks"][0]["questions"] == 2);
  CHECK(window["tasks"][0]["pass@1"] == 0.75);
  CHECK(window["fingerprint"] != all["fingerprint"]);

  Result<reports::Store> store = reports::Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  const Result<RunPlan> plan = store->plan(1);
  REQUIRE(plan);
  CHECK(plan->tasks[0].questions[0].id == "9");  // numbers by value, and before words
  CHECK(plan->tasks[0].questions[1].id == "10");
  const json config = json::parse(plan->config_json);
  CHECK(config["imported"]["format"] == "lcb");
  CHECK(config["imported"]["files"][0]["sha256"].get<std::string>().size() == 64);
  const Result<reports::SampleRecord> sample = store->sample(1);
  REQUIRE(sample);
  CHECK(sample->result.finish == FinishReason::unknown);
  CHECK(!sample->result.usage.completion);
  CHECK(sample->result.traits);
  CHECK(sample->grader == "lcb-upstream");
}

TEST_CASE("two models' submissions are of one dataset and protocol and can be compared") {
  const TempDir dir;
  const json one = {problem("1", "2024-08-01T00:00:00", {true}),
                    problem("2", "2024-08-01T00:00:00", {false})};
  const json other = {problem("2", "2024-08-01T00:00:00", {true}),
                      problem("1", "2024-08-01T00:00:00", {true})};
  proctor(import_lcb(dir.write("one.json", one.dump()), "one"), dir / "a.db");
  proctor(import_lcb(dir.write("other.json", other.dump()), "other"), dir / "a.db");
  Result<reports::Store> store = reports::Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  const Result<RunPlan> left = store->plan(1);
  const Result<RunPlan> right = store->plan(2);
  REQUIRE(left);
  REQUIRE(right);
  CHECK(left->tasks[0].dataset_hash == right->tasks[0].dataset_hash);
  CHECK(left->tasks[0].protocol_hash == right->tasks[0].protocol_hash);
  CHECK(left->tasks[0].questions == right->tasks[0].questions);
  CHECK(left->fingerprint != right->fingerprint);
  proctor({"compare", "1", "2", "--across"}, dir / "a.db");  // two models, each an answerer
}

TEST_CASE("the published submissions give the published scores") {
  const std::filesystem::path data = support::shared_data() / "livecodebench/real/eval_outputs";
  if (!std::filesystem::exists(data)) SKIP("needs shared/data/livecodebench: it is not here");
  const json expected = json::parse(read_file(data / "expected_aggregates.json"));
  const TempDir dir;
  struct Row {
    const char* model;
    const char* in_window;
    int passed_in_window;
  };
  const Row rows[] = {{"O1-Mini-2024-09-12_n1", "51.97", 145},
                      {"O1-Preview-2024-09-12_n1", "42.65", 119}};
  int run = 0;
  for (const Row& row : rows) {
    CAPTURE(row.model);
    const auto file = data / (std::string(row.model) + ".eval_all.json");
    proctor(import_lcb(file, row.model), dir / "a.db");
    const json& all = expected[row.model]["all"];
    const json task = report_in(dir / "a.db", ++run)["tasks"][0];
    CHECK(task["questions"] == all["problems"]);
    CHECK(task["verdicts"]["correct"] == all["passed"]);
    CHECK(task["pass@1"].get<double>() == doctest::Approx(all["pass@1"].get<double>()));

    std::vector<std::string> windowed = import_lcb(file, row.model);
    windowed.insert(windowed.end(), {"--window", "2024-08..2025-01"});
    proctor(windowed, dir / "a.db");
    const json window = report_in(dir / "a.db", ++run)["tasks"][0];
    CHECK(window["questions"] == 279);
    CHECK(window["verdicts"]["correct"] == row.passed_in_window);
    std::ostringstream percent;
    percent.precision(4);
    percent << 100 * window["pass@1"].get<double>();
    CHECK(percent.str() == row.in_window);
  }
}

TEST_CASE("a file of ours that is not whole is refused and the store is as it was") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  proctor({"export", "1", "--private", "--out", (dir / "a.jsonl").string()}, dir / "a.db");
  std::vector<std::string> lines;
  std::istringstream in(read_file(dir / "a.jsonl"));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  const auto joined = [](const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& line : all) text += line + "\n";
    return text;
  };
  const auto without = [&](std::size_t line) {
    std::vector<std::string> rest = lines;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(line));
    return joined(rest);
  };
  std::vector<std::string> twice = lines;
  twice.insert(twice.end() - 1, twice[8]);
  struct Row {
    std::string text;
    const char* complaint;
  };
  const Row rows[] = {{without(lines.size() - 1), "the file was cut"},
                      {without(0), "x.jsonl:1: it does not begin with"},
                      {without(8), "it holds 10 samples and says 11"},
                      {without(6), "not in the run's plan"},  // gpqa's only question
                      {joined(twice), "is there twice"},
                      {joined(lines) + lines[3] + "\n", "there is more after its end"},
                      {joined(lines).substr(0, joined(lines).size() / 2), "x.jsonl:"},
                      {"", "the file was cut"}};
  proctor({"import", (dir / "a.jsonl").string(), "--format", "jsonl"}, dir / "b.db");
  for (const Row& row : rows) {
    CAPTURE(row.complaint);
    const auto file = dir.write("x.jsonl", row.text);
    const std::string said =
        proctor({"import", (dir / "a.jsonl").string(), file.string(), "--format", "jsonl"},
                dir / "b.db", 2);
    CAPTURE(said);
    CHECK(said.find(row.complaint) != std::string::npos);
  }
  Result<reports::Store> store = reports::Store::open_for_reading(dir / "b.db");
  REQUIRE(store);
  CHECK(store->runs()->size() == 1);
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    CHECK(entry.path().string().find(".partial") == std::string::npos);
  }
}

TEST_CASE("a file of ours with hashes for texts is refused") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  const std::string file = (dir / "a.jsonl").string();
  for (const char* flag : {"--redact", ""}) {  // withheld are all texts, or those of the gated task
    CAPTURE(flag);
    std::vector<std::string> arguments = {"export", "1", "--out", file};
    if (*flag != '\0') arguments.emplace_back(flag);
    proctor(arguments, dir / "a.db");
    const std::string said = proctor({"import", file, "--format", "jsonl"}, dir / "b.db", 2);
    CHECK(said.find("a.jsonl:1: it has hashes in place of texts") != std::string::npos);
    CHECK(said.find("--private") != std::string::npos);
    CHECK(!std::filesystem::exists(dir / "b.db"));
  }
}

TEST_CASE("letters of shuffled options are votes only if the log says what they stand for") {
  struct Row {
    const char* targets[3];
    const char* choices[3];  // of each epoch; none if empty
    std::optional<double> consensus;
  };
  // Of three epochs two answer A and one, rightly, B; the right option is "two".
  const Row rows[] = {{{"B", "B", "B"}, {"", "", ""}, 0.0},
                      {{"C", "C", "B"}, {"", "", ""}, std::nullopt},
                      {{"C", "C", "B"},
                       {R"(["one","six","two"])", R"(["six","one","two"])", R"(["one","two"])"},
                       1.0 / 3},
                      {{"C", "C", "B"},
                       {R"(["one","six","two"])", R"(["one","six","two"])", R"(["one","two"])"},
                       0.0}};
  const TempDir dir;
  int run = 0;
  for (const Row& row : rows) {
    CAPTURE(run);
    json log = {{"eval", {{"task", "letters"}, {"model", "m"}}}, {"samples", json::array()}};
    for (int epoch = 0; epoch < 3; ++epoch) {
      const char* answer = epoch == 2 ? "B" : "A";
      json sample = {{"id", "q"}, {"epoch", epoch + 1}, {"input", "Which?"}};
      sample["target"] = row.targets[epoch];
      if (*row.choices[epoch] != '\0') sample["choices"] = json::parse(row.choices[epoch]);
      sample["output"]["choices"] = json::array(
          {{{"stop_reason", "stop"}, {"message", {{"role", "assistant"}, {"content", answer}}}}});
      sample["scores"]["choice"] = {{"value", epoch == 2 ? "C" : "I"}, {"answer", answer}};
      log["samples"].push_back(std::move(sample));
    }
    proctor({"import", dir.write("a.json", log.dump()).string(), "--format", "inspect"},
            dir / "a.db");
    const json metrics = report_in(dir / "a.db", ++run)["tasks"][0]["metrics"];
    CHECK(metrics["pass@3"]["value"] == 1.0);
    REQUIRE(metrics.contains("cons@3") == row.consensus.has_value());
    if (row.consensus) CHECK(metrics["cons@3"]["value"] == doctest::Approx(*row.consensus));
  }
}

TEST_CASE("an imported run is complete only if each of its files is") {
  const TempDir dir;
  const auto rows_of_task = [](int documents, const char* metric) {
    std::string text;
    for (int doc = 0; doc < documents; ++doc) {
      text += R"({"doc_id":)" + std::to_string(doc) +
              R"(,"doc":{"question":"?"},"target":"1","filter":"none","metrics":["acc"],)"
              R"("resps":[["1"]],"acc":)" +
              metric + "}\n";
    }
    return text;
  };
  // 400 of 401 replies have a verdict: enough of all, but none of the small task's.
  const auto large = dir.write("large.jsonl", rows_of_task(400, "1"));
  const auto import = [&](const std::filesystem::path& small) {
    const auto named = [&](const char* name, const std::filesystem::path& from) {
      const auto to = dir / ("samples_" + std::string(name) + "_2025-01-02T03-04-05.6.jsonl");
      std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
      return to.string();
    };
    proctor({"import", named("large", large), named("small", small), "--format", "lm-eval",
             "--model", "m"},
            dir / "a.db");
  };
  import(dir.write("none.jsonl", rows_of_task(1, "0.5")));
  import(dir.write("one.jsonl", rows_of_task(1, "0")));
  Result<reports::Store> store = reports::Store::open_for_reading(dir / "a.db");
  REQUIRE(store);
  CHECK(store->run_info(1)->status == reports::RunStatus::incomplete);
  CHECK(store->run_info(2)->status == reports::RunStatus::complete);
}

TEST_CASE("what an import cannot heed is refused") {
  const TempDir dir;
  const auto file = dir.write("a.json", json{problem("1", "2024-08-01", {true})}.dump());
  const auto refused = [&](const std::vector<std::string>& arguments) {
    return proctor(arguments, dir / "a.db", 2);
  };
  CHECK(refused({"import", file.string(), "--format", "lcb"}).find("use --model") !=
        std::string::npos);
  CHECK(refused({"import", file.string(), "--format", "lcb", "--model", "m", "--scorer", "x"})
            .find("--scorer") != std::string::npos);
  CHECK(refused({"import", file.string(), "--format", "lcb", "--model", "m", "--task", "aime24",
                 "--window", "2024-08.."})
            .find("has no dated questions") != std::string::npos);
  CHECK(refused({"import", file.string(), "--format", "lcb", "--model", "m", "--window", "2031.."})
            .find("window") != std::string::npos);
  CHECK(refused({"import", file.string(), file.string(), "--format", "lcb", "--model", "m"})
            .find("a second file of task livecodebench") != std::string::npos);
  CHECK(refused({"import", file.string(), "--format", "jsonl", "--model", "m"}).find("--model") !=
        std::string::npos);
  CHECK(!std::filesystem::exists(dir / "a.db"));
}

}  // namespace
}  // namespace proctor::harness
