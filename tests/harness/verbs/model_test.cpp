// `proctor model` on the embedded model and on folders.
#include "harness/verbs/model.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <thread>

#include "harness/process/exit_code.h"
#include "tests/harness/support/run_fixture.h"
#include "tests/harness/support/verb_in_process.h"

namespace proctor::harness {
namespace {

int run_model(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "model");
  return run_verb(add_model_verb, std::move(arguments));
}

TEST_CASE("texts become ids in order, and back the same texts") {
  const support::TempDir dir;
  const auto in = dir.write("in.jsonl", R"({"text":"Compute $1 + 2$."})"
                                        "\n\n"
                                        R"({"text":""})"
                                        "\n"
                                        R"({"text":"<think>\né","add_special_tokens":true})");
  const auto out = dir / "out.jsonl";
  REQUIRE(run_model({"tokenize", "tiny", "--in", in.string(), "--out", out.string()}) == kDone);
  const std::vector<nlohmann::json> rows = rows_of(out);
  REQUIRE(rows.size() == 3);
  const Result<engine::Model> model = engine::Model::tiny();
  REQUIRE(model);
  const auto text = [&](const nlohmann::json& row) {
    return model->tokenizer().decode(row["ids"].get<std::vector<std::int32_t>>(), false);
  };
  CHECK(text(rows[0]) == "Compute $1 + 2$.");
  CHECK(rows[1]["ids"].empty());
  CHECK(text(rows[2]) == "<think>\né");  // this tokenizer puts nothing before a text
}

TEST_CASE("a line says whether its text gets what the tokenizer puts before texts") {
  const support::TempDir dir;
  const std::filesystem::path tiny =
      std::filesystem::path(PROCTOR_SOURCE_DIR) / "backends/engine/tiny/tokenizer.json";
  dir.write("tokenizer.json", support::read_file(tiny));
  dir.write("tokenizer_config.json", R"({"bos_token":"<|begin|>","add_bos_token":true})");
  const auto in = dir.write("in.jsonl", R"({"text":"a"})"
                                        "\n"
                                        R"({"text":"a","add_special_tokens":true})"
                                        "\n"
                                        R"({"text":"a","add_special_tokens":false})");
  const auto out = dir / "out.jsonl";
  const auto first_ids = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"tokenize", dir.path().string(), "--in", in.string(),
                                          "--out",    out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    REQUIRE(run_model(arguments) == kDone);
    std::vector<bool> begins;
    for (const nlohmann::json& row : rows_of(out)) begins.push_back(row["ids"][0] == 0);
    return begins;
  };
  CHECK(first_ids({}) == std::vector{false, true, false});
  CHECK(first_ids({"--completion"}) == std::vector{true, true, false});
}

TEST_CASE("conversations become prompts in order") {
  const support::TempDir dir;
  const auto in = dir.write(
      "in.jsonl", R"({"messages":[{"role":"user","content":"Hi"}],"add_generation_prompt":true})"
                  "\n"
                  R"({"messages":[{"role":"user","content":"Hi"}],"add_generation_prompt":false})");
  const auto out = dir / "out.jsonl";
  REQUIRE(run_model({"render", "tiny", "--in", in.string(), "--out", out.string()}) == kDone);
  const std::vector<nlohmann::json> rows = rows_of(out);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["text"] == "<|begin|><|user|>Hi<|assistant|><think>\n");
  CHECK(rows[1]["text"] == "<|begin|><|user|>Hi");
}

TEST_CASE("bad lines and folders are refused and write nothing") {
  const support::TempDir dir;
  const auto bad = dir.write("bad.jsonl", "{\"text\":\"a\"}\n{\"text\":5}\n");
  const auto out = dir / "out.jsonl";
  CHECK(run_model({"tokenize", "tiny", "--in", bad.string(), "--out", out.string()}) == kBadUsage);
  CHECK(run_model({"render", "tiny", "--in", bad.string(), "--out", out.string()}) == kBadUsage);
  CHECK(run_model({"inspect", (dir / "nowhere").string()}) == kBadUsage);
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("inspect tells what a checkpoint is") {
  const Result<engine::Model> model = engine::Model::tiny();
  REQUIRE(model);
  const nlohmann::json facts = nlohmann::json::parse(describe_model("tiny", *model, true));
  CHECK(facts["architecture"]["name"] == "Qwen2");
  CHECK(facts["parameters"] == model->checkpoint().footprint().parameters);
  CHECK(facts["kv_bytes_per_token"]["bf16"] == 1280);
  CHECK(facts["kv_bytes_per_token"]["fp8"] == 640);
  CHECK(facts["stop"][0]["text"] == "<|end|>");
  CHECK(facts["chat_template"]["rendered"] == "<|begin|><|user|>QUESTION<|assistant|><think>\n");
  const std::string text = describe_model("tiny", *model, false);
  CHECK(text.find("<|end|>") != std::string::npos);
  CHECK(text.find("1280 bytes a token in bf16") != std::string::npos);
}

TEST_CASE("generate writes the same for the same seed, streamed or as JSON") {
  const auto generate = [](std::vector<std::string> more) {
    std::vector<std::string> command = {PROCTOR_BINARY,     "model",        "generate", "tiny",
                                        "Compute $5 + 6$.", "--max-tokens", "60"};
    command.insert(command.end(), more.begin(), more.end());
    const support::ChildEnd end = run_program(command);
    REQUIRE(end.exit_code == kDone);
    return end.out;
  };
  const std::string streamed = generate({"--seed", "3"});
  CHECK(generate({"--seed", "3", "--threads", "1"}) == streamed);
  const nlohmann::json whole = nlohmann::json::parse(generate({"--seed", "3", "--json"}));
  CHECK(whole["text"].get<std::string>() + "\n" == streamed);
  CHECK(whole["tokens"].size() == whole["completion_tokens"]);
  CHECK(generate({"--seed", "3", "--stop", "</think>"}).find("</think>") == std::string::npos);
  // A tail that might have become a stop string is shown all the same.
  const std::string tail = streamed.substr(streamed.size() - 3, 2);
  CHECK(generate({"--seed", "3", "--stop", tail + "~"}) == streamed);
}

TEST_CASE("a run whose replies could never fit is refused before it is planned") {
  const support::TempDir dir;
  const support::ChildEnd end =
      run_program({PROCTOR_BINARY, "run", "quickstart-aime", "--model", "tiny", "--db",
                   (dir / "none.db").string(), "--max-tokens", "2048"});
  CHECK(end.exit_code == kBadUsage);
  CHECK(end.err.find("context of 2048: give a smaller --max-tokens") != std::string::npos);
  CHECK(!std::filesystem::exists(dir / "none.db"));
}

TEST_CASE("flags that the embedded model contradicts are refused") {
  const support::TempDir dir;
  const std::string db = (dir / "none.db").string();
  const std::vector<std::string> run = {PROCTOR_BINARY, "run", "quickstart-aime", "--model", "tiny",
                                        "--db",         db};
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--base-url", "http://127.0.0.1:1"}, {"--device", "abacus"}}) {
    std::vector<std::string> command = run;
    command.insert(command.end(), flags.begin(), flags.end());
    const support::ChildEnd end = run_program(command);
    CAPTURE(end.err);
    CHECK(end.exit_code == kBadUsage);
  }
  CHECK(!std::filesystem::exists(db));
}

TEST_CASE("a run of the embedded model that is killed and resumed ends as an undisturbed one") {
  const support::TempDir dir;
  const auto command = [&](const char* db) {
    return std::vector<std::string>{PROCTOR_BINARY, "run",    "--suite",       "quickstart",
                                    "--model",      "tiny",   "--db",          (dir / db).string(),
                                    "--quiet",      "--json", "--seed",        "5",
                                    "--threads",    "1",      "--concurrency", "8"};
  };
  const nlohmann::json undisturbed = report_of(command("calm.db"), kDone);
  std::size_t before = 0;
  for (int kill = 0; kill < 3; ++kill) {
    Result<support::Child> child = support::Child::start(command("killed.db"));
    REQUIRE(child);
    std::size_t stored = before;
    REQUIRE(comes_true([&] {
      stored = replies_in(dir / "killed.db");
      return stored > before;
    }));
    child->kill(SIGKILL);
    (void)child->wait();
    before = stored;
  }
  CHECK(before < 320);
  const nlohmann::json survived = report_of(command("killed.db"), kDone);
  CHECK(figures_of(survived) == figures_of(undisturbed));
  const std::vector<StoredSample> calm = load_run(dir / "calm.db", 1);
  const std::vector<StoredSample> killed = load_run(dir / "killed.db", 1);
  REQUIRE(calm.size() == killed.size());
  for (std::size_t i = 0; i < calm.size(); ++i) {
    REQUIRE(calm[i].reply);
    REQUIRE(killed[i].reply);
    CHECK(calm[i].reply->text == killed[i].reply->text);
  }
}

}  // namespace
}  // namespace proctor::harness
