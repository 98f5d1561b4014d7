// `proctor export`, and `proctor import` of what it wrote.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/core/sha256.h"
#include "tasks/task.h"
#include "tests/harness/support/verb_in_process.h"
#include "tests/harness/verbs/exchange_fixture.h"
#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;
using support::read_file;
using support::TempDir;

json report_in(const std::filesystem::path& db) {
  return json::parse(proctor({"report", "1", "--json"}, db));
}

std::string exported(const TempDir& dir, const std::filesystem::path& db, const char* name,
                     std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"export", "1", "--out", (dir / name).string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  proctor(arguments, db);
  return read_file(dir / name);
}

TEST_CASE("a run goes out as JSON Lines and comes back as the same run") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  const std::string first = exported(dir, dir / "a.db", "a.jsonl", {"--private"});
  proctor({"import", (dir / "a.jsonl").string(), "--format", "jsonl"}, dir / "b.db");
  CHECK(exported(dir, dir / "b.db", "b.jsonl", {"--private"}) == first);
  CHECK(report_in(dir / "b.db") == report_in(dir / "a.db"));

  Result<reports::Store> before = reports::Store::open_for_reading(dir / "a.db");
  Result<reports::Store> after = reports::Store::open_for_reading(dir / "b.db");
  REQUIRE(before);
  REQUIRE(after);
  const Result<RunPlan> plan = after->plan(1);
  REQUIRE(plan);
  CHECK(plan->fingerprint == "f00d");
  CHECK(plan->seed == 0xfedcba9876543210);
  CHECK(plan->config_json == exchange_plan().config_json);
  CHECK(plan->tasks[0].attachments == exchange_plan().tasks[0].attachments);
  CHECK(plan->tasks[1].questions == exchange_plan().tasks[1].questions);
  CHECK(after->run_info(1)->status == reports::RunStatus::incomplete);
  CHECK(after->run_info(1)->created_at == before->run_info(1)->created_at);
  for (std::int64_t id = 1; id <= 11; ++id) {
    CAPTURE(id);
    const Result<reports::SampleRecord> left = before->sample(id);
    const Result<reports::SampleRecord> right = after->sample(id);
    REQUIRE(left);
    REQUIRE(right);
    CHECK(left->result.state == right->result.state);
    CHECK(left->result.reason == right->result.reason);
    CHECK(left->result.traits == right->result.traits);
    CHECK(left->seed == right->seed);
    REQUIRE(left->reply.has_value() == right->reply.has_value());
    if (left->reply) CHECK(left->reply->text == right->reply->text);
  }
}

TEST_CASE("a line tells what each sample was asked and how it ended") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  exported(dir, dir / "a.db", "a.jsonl", {"--private"});
  const std::vector<json> rows = rows_of(dir / "a.jsonl");
  REQUIRE(rows.size() == 1 + 2 + 4 + 11 + 1);
  CHECK(rows[0]["kind"] == "run");
  CHECK(rows[1]["kind"] == "attachment");
  const json& question = rows[3];
  CHECK(question["id"] == "one");
  REQUIRE(question["prompt"].size() == 1);
  const std::string prompt = question["prompt"][0]["content"];
  CHECK(prompt.find("What is $1+1$?") != std::string::npos);
  const nlohmann::ordered_json message = {{"role", "user"}, {"content", prompt}};
  CHECK(question["prompt_sha256"] == sha256_hex("[" + message.dump() + "]"));
  const json& failed = rows[7 + 4];
  CHECK(failed["state"] == "failed");
  CHECK(failed["reason"] == "connection refused");
  CHECK(failed["attempts"] == 4);
  CHECK(!failed.contains("reply"));
  CHECK(rows.back()["samples"] == 11);
}

TEST_CASE("texts of gated tasks are withheld unless the file is private") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  struct Row {
    const char* flag;
    bool gated_texts;
    bool other_texts;
  };
  const Row rows[] = {{"", false, true}, {"--redact", false, false}, {"--private", true, true}};
  for (const char* format : {"jsonl", "lm-eval", "inspect"}) {
    for (const Row& row : rows) {
      CAPTURE(format);
      CAPTURE(row.flag);
      const std::filesystem::path out = dir / (std::string(format) + row.flag);
      std::vector<std::string> arguments = {"export",     "1",        "--out",
                                            out.string(), "--format", format};
      if (*row.flag != '\0') arguments.emplace_back(row.flag);
      proctor(arguments, dir / "a.db");
      if (std::string(format) == "inspect") {  // read back, since its texts are packed
        const auto db = dir / (std::string("back") + row.flag + ".db");
        proctor({"import", (out / "gpqa.eval").string(), "--format", "inspect"}, db);
        const std::string back = proctor({"export", "1", "--out", "-", "--private"}, db);
        CHECK((back.find("secret") != std::string::npos) == row.gated_texts);
        continue;
      }
      std::string text;
      if (std::filesystem::is_directory(out)) {
        for (const auto& file : std::filesystem::recursive_directory_iterator(out)) {
          if (file.is_regular_file()) text += read_file(file.path());
        }
      } else {
        text = read_file(out);
      }
      CHECK((text.find("secret") != std::string::npos) == row.gated_texts);
      CHECK((text.find("It is $") != std::string::npos) == row.other_texts);
      CHECK((text.find("sha256:") != std::string::npos) == !(row.gated_texts && row.other_texts));
    }
  }
}

TEST_CASE("training data has each correct reply once and only with the texts that it may have") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  const std::string refused = proctor(
      {"export", "1", "--format", "sft", "--out", (dir / "a.jsonl").string()}, dir / "a.db", 2);
  CHECK(refused.find("task gpqa: its texts are withheld") != std::string::npos);
  CHECK(!std::filesystem::exists(dir / "a.jsonl"));

  exported(dir, dir / "a.db", "all.jsonl", {"--format", "sft", "--private"});
  const std::vector<json> all = rows_of(dir / "all.jsonl");
  REQUIRE(all.size() == 2);  // samples 1 and 2 say the same, 10 and 11 too
  CHECK(all[0]["messages"][1]["role"] == "assistant");
  CHECK(all[0]["messages"][1]["content"] ==
        "<think>\none and one\n</think>\n\nIt is $\\boxed{2}$.");
  exported(dir, dir / "a.db", "bare.jsonl", {"--format", "sft", "--private", "--strip-thinking"});
  CHECK(rows_of(dir / "bare.jsonl")[0]["messages"][1]["content"] == "It is $\\boxed{2}$.");
}

TEST_CASE("at most so many different replies to a question are training data") {
  const TempDir dir;
  RunPlan plan = exchange_plan();
  plan.tasks.pop_back();
  {
    Result<reports::Store> store = reports::Store::open_for_writing(dir / "a.db");
    REQUIRE(store);
    REQUIRE(store->add_run(plan, [](const std::string&, const Question&, int) { return 1ULL; }));
    std::vector<reports::Change> changes;
    for (const std::int64_t sample : {1, 2, 3, 4}) {
      Generation reply;
      reply.text = "reply " + std::to_string(sample);
      Score score;
      score.verdict = Verdict::correct;
      changes.emplace_back(reports::SampleStarted{sample});
      changes.emplace_back(reports::SampleGenerated{sample, reply});
      changes.emplace_back(reports::SampleScored{sample, score, "g@1"});
    }
    REQUIRE(store->commit(changes));
  }
  for (const auto& [limit, rows] : {std::pair("1", 2U), std::pair("2", 3U), std::pair("9", 4U)}) {
    CAPTURE(limit);
    exported(dir, dir / "a.db", "a.jsonl", {"--format", "sft", "--per-question", limit});
    CHECK(rows_of(dir / "a.jsonl").size() == rows);
  }
}

TEST_CASE("a log of lm-eval that was written holds every reply and its results") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  proctor({"export", "1", "--format", "lm-eval", "--private", "--out", (dir / "lm").string()},
          dir / "a.db");
  std::vector<std::filesystem::path> samples;
  for (const auto& file : std::filesystem::directory_iterator(dir / "lm" / "openai-api__fake")) {
    const std::string name = file.path().filename().string();
    if (name.starts_with("samples_")) samples.push_back(file.path());
    if (!name.starts_with("results_")) continue;
    const json results = json::parse(read_file(file.path()));
    CHECK(results["results"]["math500"]["exact_match,none"] ==
          report_in(dir / "a.db")["tasks"][0]["pass@1"]);
    CHECK(results["n-samples"]["math500"]["effective"] == 3);
  }
  REQUIRE(samples.size() == 2);
  proctor({"import", samples[0].string(), samples[1].string(), "--format", "lm-eval", "--model",
           "fake"},
          dir / "b.db");
  const json before = report_in(dir / "a.db");
  const json after = report_in(dir / "b.db");
  for (const json& task : after["tasks"]) {
    const json& original = before["tasks"][task["task"] == "math500" ? 0 : 1];
    CHECK(task["pass@1"] == original["pass@1"]);
  }
}

// The gated question of exchange_plan(), asked eight times with its options in other orders; what
// each reply chose, of which "second" is right.
constexpr const char* kChosen[] = {"first",  "first",  "first",  "first",
                                   "second", "second", "second", "third"};

// The question as each repeat is asked it.
std::vector<Question> make_shuffled_store(const std::filesystem::path& db) {
  RunPlan plan = exchange_plan();
  plan.tasks.erase(plan.tasks.begin());
  plan.tasks[0].repeats = static_cast<int>(std::size(kChosen));
  const Result<tasks::Protocol> protocol = tasks::parse_protocol(plan.tasks[0].protocol_json);
  REQUIRE(protocol);
  Result<reports::Store> store = reports::Store::open_for_writing(db);
  REQUIRE(store);
  REQUIRE(store->add_run(plan, [](const std::string&, const Question&, int) { return 1ULL; }));
  std::vector<reports::Change> changes;
  std::vector<Question> asked;
  std::set<std::string> letters;
  for (const std::string chosen : kChosen) {
    const auto repeat = static_cast<int>(asked.size());
    asked.push_back(tasks::as_asked(*protocol, plan.tasks[0].questions[0], repeat));
    const std::vector<std::string_view> options = options_of(asked.back());
    const auto place = std::find(options.begin(), options.end(), chosen) - options.begin();
    const std::string letter(1, static_cast<char>('A' + place));
    if (chosen == "first") letters.insert(letter);
    Generation reply;
    reply.text = "Answer: " + letter;
    Score score;
    score.verdict = chosen == "second" ? Verdict::correct : Verdict::wrong;
    score.extracted = letter;
    score.canonical = chosen;
    const std::int64_t sample = repeat + 1;
    changes.emplace_back(reports::SampleStarted{sample});
    changes.emplace_back(reports::SampleGenerated{sample, reply});
    changes.emplace_back(reports::SampleScored{sample, score, "choice@1"});
  }
  REQUIRE(store->commit(changes));
  REQUIRE(letters.size() > 1);  // or votes for letters would be votes for options
  return asked;
}

TEST_CASE("votes for options survive in the logs of other harnesses") {
  const TempDir dir;
  make_shuffled_store(dir / "a.db");
  const json before = report_in(dir / "a.db")["tasks"][0]["metrics"];
  CHECK(before["cons@8"]["value"] == 0.0);  // four for "first"
  for (const std::string format : {"lm-eval", "inspect"}) {
    CAPTURE(format);
    const std::filesystem::path out = dir / (format == "inspect" ? "gpqa.eval" : "lm");
    proctor({"export", "1", "--format", format, "--private", "--out", out.string()}, dir / "a.db");
    std::string log = out.string();
    if (format == "lm-eval") {
      for (const auto& file : std::filesystem::recursive_directory_iterator(out)) {
        if (file.path().extension() == ".jsonl") log = file.path().string();
      }
    }
    const std::filesystem::path db = dir / (format + ".db");
    proctor({"import", log, "--format", format, "--model", "m"}, db);
    CHECK(report_in(db)["tasks"][0]["metrics"] == before);
  }
}

TEST_CASE("a row of lm-eval has the options in the order of its prompt and each reply's target") {
  const TempDir dir;
  const std::vector<Question> asked = make_shuffled_store(dir / "a.db");
  proctor({"export", "1", "--format", "lm-eval", "--private", "--out", (dir / "lm").string()},
          dir / "a.db");
  std::vector<json> rows;
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir / "lm")) {
    if (file.path().extension() == ".jsonl") rows = rows_of(file.path());
  }
  REQUIRE(rows.size() == 1);
  const json& row = rows[0];
  CHECK(row["target"] == asked[0].gold);
  CHECK(row["doc"]["answer"] == asked[0].gold);
  const std::string prompt = row["arguments"]["gen_args_0"]["arg_0"];
  std::size_t last = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string option = row["doc"]["option " + std::to_string(i + 1)];
    CHECK(option == options_of(asked[0])[i]);
    const std::size_t place = prompt.find(option);
    REQUIRE(place != std::string::npos);
    CHECK(place > last);
    last = place;
  }
  REQUIRE(row["proctor_targets"].size() == asked.size());
  std::set<std::string> targets;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    CHECK(row["proctor_targets"][i] == asked[i].gold);
    CHECK(row["proctor_canonical"][i] == kChosen[i]);
    targets.insert(asked[i].gold);
  }
  CHECK(targets.size() > 1);
}

TEST_CASE("an export to stdout leaves alone what else is written there") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  const std::string lines = exported(dir, dir / "a.db", "a.jsonl");
  const std::string command = "{ echo before; \"$0\" export 1 --out - --db \"$1\"; echo after; }";
  for (const std::string redirection : {">", ">>"}) {
    CAPTURE(redirection);
    const auto file = dir.write("out", "");
    const Result<support::ChildEnd> end =
        support::run_child({"/bin/sh", "-c", command + " " + redirection + " \"$2\"",
                            PROCTOR_BINARY, (dir / "a.db").string(), file.string()});
    REQUIRE(end);
    CHECK(end->exit_code == 0);
    CHECK(end->err.find("-: 11 samples") != std::string::npos);
    CHECK(read_file(file) == "before\n" + lines + "after\n");
  }
  CHECK(proctor({"export", "1", "--out", "-", "--json"}, dir / "a.db", 2).find("both write") !=
        std::string::npos);
  CHECK(proctor({"export", "1", "--out", "-", "--format", "inspect"}, dir / "a.db", 2)
            .find("inspect is files") != std::string::npos);
  const Result<support::ChildEnd> full =
      support::run_child({"/bin/sh", "-c", "\"$0\" export 1 --out - --db \"$1\" > /dev/full",
                          PROCTOR_BINARY, (dir / "a.db").string()});
  REQUIRE(full);
  CHECK(full->exit_code == 4);
  CHECK(full->err.find("No space left") != std::string::npos);
}

TEST_CASE("what cannot be exported is said and leaves nothing behind") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  const std::string out = (dir / "a.jsonl").string();
  CHECK(proctor({"export", "7", "--out", out}, dir / "a.db", 2).find("no run 7") !=
        std::string::npos);
  CHECK(proctor({"export", "1", "--out", (dir / "no/such/a.jsonl").string()}, dir / "a.db", 2)
            .find("cannot create") != std::string::npos);
  proctor({"export", "1", "--out", out, "--redact", "--private"}, dir / "a.db", 2);
  proctor({"export", "1", "--out", out}, dir / "none.db", 2);
  CHECK(!std::filesystem::exists(out));
}

}  // namespace
}  // namespace proctor::harness
