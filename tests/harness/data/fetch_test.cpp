// `proctor data fetch` of benchmarks from an imitated hub, and the verb itself.
#include "harness/data/fetch.h"

#include <doctest/doctest.h>

#include <fstream>

#include "harness/data/frozen.h"
#include "harness/process/exit_code.h"
#include "tests/harness/hub/fake_hub.h"
#include "tests/support/child.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::data {
namespace {

using nlohmann::json;
using support::Answer;
using support::HttpRequest;

const tasks::Task& task(const char* name) {
  const Result<const tasks::Task*> found = tasks::task_named(name);
  REQUIRE(found);
  return **found;
}

// Thirty questions of our own, as HuggingFaceH4/aime_2024 or math-ai/aime25 spell their rows.
std::vector<json> sums(bool dated, int shift = 0) {
  std::vector<json> rows;
  for (int i = 0; i < 30; ++i) {
    json row = {
        {"problem", "What is " + std::to_string(i) + " plus " + std::to_string(shift) + "?"},
        {"answer", std::to_string(i + shift)}};
    if (dated) {
      row["id"] = i;
      row["year"] = "2024";
    } else {
      row["id"] = std::to_string(i);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string as_lines(const std::vector<json>& rows) {
  std::string text;
  for (const json& row : rows) text += row.dump() + "\n";
  return text;
}

struct Bench {
  support::TempDir dir;
  hub::FakeHub hub;

  Bench() {
    hub.rows["HuggingFaceH4/aime_2024"].rows = sums(true);
    hub.repositories["datasets/math-ai/aime25"].files = {{"README.md", "sums"},
                                                         {"test.jsonl", as_lines(sums(false))}};
  }

  Result<FetchedData> fetch(const char* name, const DataRequest& request = {}) {
    return fetch_task(hub.settings(), task(name), request, dir.path(), {});
  }
  hub::FakeRepository& aime25() { return hub.repositories["datasets/math-ai/aime25"]; }
};

TEST_CASE("a set that is only Parquet comes as rows and one of files comes as files") {
  for (const char* name : {"aime24", "aime25"}) {
    CAPTURE(name);
    Bench bench;
    const Result<FetchedData> fetched = bench.fetch(name);
    REQUIRE(fetched);
    CHECK_FALSE(fetched->unchanged);
    const Result<tasks::Dataset> stored = tasks::load_dataset(bench.dir.path(), task(name));
    REQUIRE(stored);
    CHECK(stored->questions.size() == 30);
    CHECK(stored->questions[7].gold == "7");
    const bool rows = std::string_view(name) == "aime24";
    CHECK(stored->source == (rows ? "HuggingFaceH4/aime_2024@dddddddddddd: rows of default train"
                                  : "math-ai/aime25@cccccccccccc: test.jsonl"));
    const Result<std::vector<Frozen>> frozen = load_frozen(bench.dir.path(), name);
    REQUIRE(frozen);
    REQUIRE(frozen->size() == 1);
    CHECK(frozen->front().sha256 == stored->hash);
    CHECK(frozen->front().revision == "main");
    CHECK_FALSE(std::filesystem::exists(bench.dir / "downloads"));
  }
}

TEST_CASE("the same commit is not fetched twice unless it must be") {
  Bench bench;
  REQUIRE(bench.fetch("aime25"));
  const std::size_t asked = bench.hub.log().size();
  const Result<FetchedData> again = bench.fetch("aime25");
  REQUIRE(again);
  CHECK(again->unchanged);
  CHECK(bench.hub.log().size() == asked + 1);  // for the commit

  const Result<FetchedData> forced = bench.fetch("aime25", {.force = true});
  REQUIRE(forced);
  CHECK(forced->unchanged);
  CHECK(bench.hub.log().size() == asked + 3);

  bench.dir.write("aime25.jsonl", "damaged");
  const Result<FetchedData> mended = bench.fetch("aime25");
  REQUIRE(mended);
  CHECK_FALSE(mended->unchanged);
  CHECK(tasks::load_dataset(bench.dir.path(), task("aime25")));
}

TEST_CASE("a hub that has become another one changes nothing unless it is told to") {
  Bench bench;
  REQUIRE(bench.fetch("aime25"));
  const std::string before = support::read_file(bench.dir / "aime25.jsonl");
  const std::string first = load_frozen(bench.dir.path(), "aime25")->front().sha256;
  bench.aime25().commit = std::string(40, 'e');
  REQUIRE(bench.fetch("aime25"));  // another commit with the same questions

  bench.aime25().commit = std::string(40, 'f');
  bench.aime25().files[1].content = as_lines(sums(false, 1));
  const Result<FetchedData> changed = bench.fetch("aime25");
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code() == ErrorCode::corrupt);
  CHECK(changed.error().message().find(first) != std::string::npos);
  CHECK(changed.error().message().find("aime25.fetched.json has") != std::string::npos);
  CHECK(support::read_file(bench.dir / "aime25.jsonl") == before);

  // The old commit is still to be had, and the new one by name.
  const Result<FetchedData> named = bench.fetch("aime25", {.revision = std::string(40, 'f')});
  REQUIRE(named);
  const Result<FetchedData> forced = bench.fetch("aime25", {.force = true});
  REQUIRE(forced);
  CHECK(forced->dataset.hash == named->dataset.hash);
  CHECK(forced->dataset.hash != first);
  CHECK(load_frozen(bench.dir.path(), "aime25")->size() == 2);
}

TEST_CASE("a set whose hash the program knows must have it the first time already") {
  Bench bench;
  std::vector<json> rows;
  for (int i = 0; i < 500; ++i) {
    rows.push_back({{"problem", "What is " + std::to_string(i) + "?"},
                    {"solution", ""},
                    {"answer", std::to_string(i)},
                    {"subject", "Algebra"},
                    {"level", 1 + i % 5},
                    {"unique_id", "test/" + std::to_string(i)}});
  }
  bench.hub.repositories["datasets/HuggingFaceH4/MATH-500"].files = {
      {"test.jsonl", as_lines(rows), true}};
  const Result<FetchedData> other = bench.fetch("math500");
  REQUIRE_FALSE(other);
  CHECK(other.error().code() == ErrorCode::corrupt);
  CHECK(other.error().message().find(std::string(task("math500").hub.sha256)) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(bench.dir / "math500.jsonl"));
  CHECK_FALSE(std::filesystem::exists(frozen_path(bench.dir.path(), "math500")));
  // What was fetched is kept: taking it all the same needs no second download.
  const std::size_t asked = bench.hub.log().size();
  REQUIRE(bench.fetch("math500", {.force = true}));
  CHECK(bench.hub.log().size() == asked + 1);
}

TEST_CASE("the real MATH-500 file has the hash that the program knows") {
  const std::filesystem::path data = support::shared_data();
  if (data.empty()) SKIP("needs the real MATH-500 file: shared/data is missing");
  Bench bench;
  bench.hub.repositories["datasets/HuggingFaceH4/MATH-500"].files = {
      {"test.jsonl", support::read_file(data / "math500/test.jsonl")}};
  CHECK(bench.fetch("math500"));
}

TEST_CASE("a broken fetch keeps what came and is continued") {
  Bench bench;
  hub::HubSettings settings = bench.hub.settings();
  settings.tries = 1;
  int tries = 0;
  bench.hub.meddle = [&](const HttpRequest& request, Answer whole) {
    if (!request.header("Range").empty()) return support::respond(503, {}, "");
    ++tries;
    return support::cut(std::move(whole), 600, support::End::close);
  };
  const Result<FetchedData> failed = fetch_task(settings, task("aime25"), {}, bench.dir.path(), {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == ErrorCode::transport);
  CHECK_FALSE(std::filesystem::exists(bench.dir / "aime25.jsonl"));
  CHECK(std::filesystem::exists(bench.dir / "downloads/aime25"));

  bench.hub.meddle = nullptr;
  REQUIRE(bench.fetch("aime25"));
  CHECK(tries == 1);
  CHECK(bench.hub.log().back().find(" range ") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(bench.dir / "downloads"));
}

TEST_CASE("what cannot be fetched is refused with what to do instead") {
  Bench bench;
  bench.hub.repositories["datasets/Idavidrein/gpqa"] = {
      .files = {{"gpqa_diamond.csv", "Record ID\n1\n"}}, .token = "hf_1"};
  struct Row {
    const char* task;
    DataRequest request;
    ErrorCode code;
    const char* message;
  };
  const Row kRows[] = {
      {"gpqa", {}, ErrorCode::refused, "agree to its terms at"},
      {"aime24", {.revision = "v1"}, ErrorCode::invalid_input, "--revision and --file"},
      {"aime25", {.revision = "v1"}, ErrorCode::not_found, "there is no such revision"},
      {"aime25", {.files = {"x.jsonl"}}, ErrorCode::not_found, "there are: README.md, test.jsonl"},
      {"aime25", {.files = {"README.md"}}, ErrorCode::invalid_input, "README.md:1"},
      {"codeforces", {}, ErrorCode::not_found, "The dataset does not exist"},
      {"quickstart-math", {}, ErrorCode::invalid_input, "it cannot be fetched"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.task);
    CAPTURE(row.message);
    const Result<FetchedData> fetched = bench.fetch(row.task, row.request);
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().code() == row.code);
    CAPTURE(fetched.error().message());
    CHECK(fetched.error().message().find(row.message) != std::string::npos);
  }
}

TEST_CASE("a record of fetches that is damaged stops the next one") {
  Bench bench;
  for (const char* text :
       {"", "[]", R"({"proctor_fetched":1})", R"({"proctor_fetched":2,"fetches":[]})",
        R"({"proctor_fetched":1,"fetches":[{"dataset":"a/b"}]})"}) {
    CAPTURE(text);
    bench.dir.write("aime25.fetched.json", text);
    const Result<FetchedData> fetched = bench.fetch("aime25");
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().code() == ErrorCode::corrupt);
    CHECK(fetched.error().message().find("aime25.fetched.json") != std::string::npos);
  }
}

// The real program, told of the imitation by its environment.
support::ChildEnd run_proctor(const Bench& bench, std::vector<std::string> arguments,
                              std::vector<std::pair<std::string, std::string>> more = {}) {
  std::vector<std::string> argv = {PROCTOR_BINARY, "--data", (bench.dir / "data").string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  support::ChildOptions options;
  options.environment = std::move(more);
  for (const char* name : {"HF_ENDPOINT", "HF_DATASETS_SERVER"}) {
    options.environment.emplace_back(name, bench.hub.settings().endpoint);
  }
  options.environment.emplace_back("HF_HOME", (bench.dir / "home").string());
  Result<support::ChildEnd> end = support::run_child(argv, options);
  REQUIRE(end);
  return std::move(*end);
}

TEST_CASE("the program fetches a benchmark that then is listed and verified") {
  const Bench bench;
  const support::ChildEnd before = run_proctor(bench, {"data", "list"});
  CHECK(before.out.find("aime24: proctor data fetch aime24; or get it from ") != std::string::npos);
  const support::ChildEnd fetched = run_proctor(bench, {"data", "fetch", "aime24"});
  CAPTURE(fetched.err);
  REQUIRE(fetched.exit_code == kDone);
  CHECK(fetched.out.starts_with("aime24: 30 questions imported to "));
  const support::ChildEnd verified = run_proctor(bench, {"data", "verify", "aime24"});
  CHECK(verified.exit_code == kDone);
  CHECK(verified.out.starts_with("aime24: ok, 30 questions"));
  const support::ChildEnd again = run_proctor(bench, {"data", "fetch", "aime24", "--json"});
  CHECK(json::parse(again.out)["unchanged"] == true);
}

TEST_CASE("the program fetches a model into the cache and looks inside it by its name") {
  Bench bench;
  const std::filesystem::path tiny =
      std::filesystem::path(PROCTOR_SOURCE_DIR) / "backends/engine/tiny";
  bench.hub.repositories["models/ours/Small-1"] = {
      .files = {{"tokenizer.json", support::read_file(tiny / "tokenizer.json"), true},
                {"model.safetensors", "weights", true}},
      .token = "hf_secret"};
  const std::vector<std::pair<std::string, std::string>> token = {{"HF_TOKEN", "hf_secret"}};
  const support::ChildEnd refused = run_proctor(bench, {"model", "fetch", "ours/Small-1"});
  CHECK(refused.exit_code == kBadUsage);
  CHECK(refused.err.find("HF_TOKEN") != std::string::npos);
  const support::ChildEnd fetched = run_proctor(bench, {"model", "fetch", "ours/Small-1"}, token);
  CAPTURE(fetched.err);
  REQUIRE(fetched.exit_code == kDone);
  CHECK(fetched.out.find("use it as: --model local/ours/Small-1\n") != std::string::npos);
  CHECK((fetched.out + fetched.err).find("hf_secret") == std::string::npos);

  const std::string in = bench.dir.write("in.jsonl", R"({"text":"Hello"})").string();
  const support::ChildEnd known =
      run_proctor(bench, {"model", "tokenize", "local/ours/Small-1", "--in", in});
  CAPTURE(known.err);
  CHECK(known.exit_code == kDone);
  CHECK(known.out.starts_with("{\"ids\":["));
  const support::ChildEnd unknown =
      run_proctor(bench, {"model", "tokenize", "ours/Small-2", "--in", in});
  CHECK(unknown.exit_code == kBadUsage);
  CHECK(unknown.err.find("proctor model fetch ours/Small-2") != std::string::npos);
}

TEST_CASE("a fetch of nothing that is known is bad usage") {
  const Bench bench;
  const std::vector<std::string> kRefused[] = {{"data", "fetch", "aime23"},
                                               {"data", "fetch"},
                                               {"data", "fetch", "aime24", "7"},
                                               {"data", "fetch", "codeforces-contest"},
                                               {"model", "fetch", "nobody"}};
  for (const std::vector<std::string>& arguments : kRefused) {
    CAPTURE(arguments.back());
    CHECK(run_proctor(bench, arguments).exit_code == kBadUsage);
  }
  CHECK(run_proctor(bench, {"data", "fetch", "aime24"}, {{"HF_HUB_OFFLINE", "1"}}).exit_code ==
        kBadUsage);
}

}  // namespace
}  // namespace proctor::harness::data
