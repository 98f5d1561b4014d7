// The tokenizers of the models we care for, against ids that others computed:
// shared/data/tokenizers/README.md says where both come from.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backends/engine/tokenizer/detokenizer.h"
#include "backends/engine/tokenizer/nfc.h"
#include "tests/backends/engine/tokenizer/reference.h"
#include "tests/support/child.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

using namespace proctor;
using namespace proctor::engine;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;

constexpr const char* kNames[] = {"deepseek-r1-llama", "deepseek-r1-qwen", "llama-bpe", "qwen2",
                                  "qwen3"};

fs::path folder_of(const std::string& name) {
  const fs::path data = support::shared_data();
  const fs::path folder = data / "tokenizers" / name;
  return !data.empty() && fs::exists(folder / "tokenizer.json.gz") ? folder : fs::path();
}

Tokenizer load_genuine(const fs::path& folder) {
  const auto unpacked =
      support::run_child({"gzip", "-dc", (folder / "tokenizer.json.gz").string()});
  REQUIRE(unpacked);
  REQUIRE(unpacked->exit_code == 0);
  Result<Tokenizer> tokenizer = Tokenizer::parse(
      unpacked->out, support::read_file(folder / "tokenizer_config.json"), folder.string());
  REQUIRE(tokenizer);
  return std::move(*tokenizer);
}

std::vector<json> cases_in(const fs::path& file) {
  std::vector<json> cases;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) cases.push_back(json::parse(line));
  return cases;
}

std::string streamed(const Tokenizer& tokenizer, const Ids& ids) {
  Detokenizer stream(tokenizer);
  std::string text;
  for (const std::int32_t id : ids) text += stream.push(id);
  return text + stream.flush();
}

void check_case(const Tokenizer& tokenizer, const json& row) {
  const auto text = row["text"].get<std::string>();
  CAPTURE(text);
  const bool completion = row.value("add_special_tokens", false);
  CHECK((completion ? tokenizer.encode_completion(text) : tokenizer.encode(text)) ==
        row["ids"].get<Ids>());
  const Ids ids = tokenizer.encode(text);
  const std::string back = tokenizer.decode(ids, false);
  CHECK((back == text || back == normalize_nfc(text)));
  CHECK(streamed(tokenizer, ids) == back);
}

}  // namespace

TEST_CASE("the genuine tokenizers give the ids that others computed") {
  for (const std::string name : kNames) {
    const fs::path folder = folder_of(name);
    if (folder.empty()) SKIP("needs shared/data/tokenizers");
    CAPTURE(name);
    const Tokenizer tokenizer = load_genuine(folder);
    std::size_t count = 0;
    for (const char* file : {"cases.jsonl", "cases_extra.jsonl", "cases_chat.jsonl"}) {
      for (const json& row : cases_in(folder / file)) {
        CAPTURE(row["id"].get<std::string>());
        check_case(tokenizer, row);
        ++count;
      }
    }
    CHECK(count > 250);
  }
}

TEST_CASE("the genuine tokenizers know their begin and end tokens") {
  struct Row {
    const char* name;
    std::optional<std::int32_t> bos, eos;
    Ids prefix;
    const char* think_end;  // a token that is not special, or null
  };
  const Row kRows[] = {
      {"deepseek-r1-qwen", 151646, 151643, {151646}, "</think>"},
      {"deepseek-r1-llama", 128000, 128001, {128000}, "</think>"},
      {"llama-bpe", 128000, 128001, {128000}, nullptr},
      {"qwen2", std::nullopt, 151643, {}, nullptr},
      {"qwen3", std::nullopt, 151645, {}, "</think>"},
  };
  for (const Row& row : kRows) {
    const fs::path folder = folder_of(row.name);
    if (folder.empty()) SKIP("needs shared/data/tokenizers");
    CAPTURE(row.name);
    const Tokenizer tokenizer = load_genuine(folder);
    CHECK(tokenizer.bos_id() == row.bos);
    CHECK(tokenizer.eos_id() == row.eos);
    CHECK(tokenizer.is_special(*row.eos));
    CHECK(std::ranges::equal(tokenizer.completion_prefix(), row.prefix));
    if (row.think_end == nullptr) continue;
    const auto think_end = tokenizer.id_of(row.think_end);
    REQUIRE(think_end);
    CHECK(!tokenizer.is_special(*think_end));
    CHECK(tokenizer.encode(row.think_end) == Ids{*think_end});
    CHECK(tokenizer.decode(Ids{*row.eos, *think_end}, true) == row.think_end);
  }
}

TEST_CASE("half a million letters are one piece and 62,500 tokens of Llama 3") {
  const fs::path folder = folder_of("llama-bpe");
  if (folder.empty()) SKIP("needs shared/data/tokenizers");
  const Tokenizer tokenizer = load_genuine(folder);
  const Ids ids = tokenizer.encode(std::string(500'000, 'a'));
  CHECK(ids.size() == 62'500);
  CHECK(tokenizer.token_bytes(ids.front()) == "aaaaaaaa");
  CHECK(std::ranges::count(ids, ids.front()) == 62'500);
}

TEST_CASE("the genuine tokenizers give random texts back") {
  for (const std::string name : {"deepseek-r1-qwen", "llama-bpe"}) {
    const fs::path folder = folder_of(name);
    if (folder.empty()) SKIP("needs shared/data/tokenizers");
    CAPTURE(name);
    const Tokenizer tokenizer = load_genuine(folder);
    std::mt19937_64 random(11);
    for (int round = 0; round < 2000; ++round) {
      const std::string text = random_text(random, 30);
      CAPTURE(text);
      const Ids ids = tokenizer.encode(text);
      const std::string expected = name == "llama-bpe" ? text : normalize_nfc(text).value_or(text);
      REQUIRE(tokenizer.decode(ids, false) == expected);
      REQUIRE(streamed(tokenizer, ids) == expected);
    }
  }
}
