// Files cut, flipped and edited: the answer is an error or a sound dataset, never a wrong one.
#include <doctest/doctest.h>

#include <random>

#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;
using support::lines;
using support::message_of;
using support::rows;
using support::TempDir;

// A stored aime24 and the folder it lies in.
struct Stored {
  Stored() {
    const TempDir upstream;
    const Result<Dataset> set =
        support::parse(upstream, "aime24", lines(rows(support::h4_row, 30)));
    REQUIRE(set);
    REQUIRE(save_dataset(dir.path(), *set));
    original = *set;
    bytes = support::read_file(dataset_path(dir.path(), "aime24"));
  }

  Result<Dataset> load_as(std::string_view content) const {
    dir.write("aime24.jsonl", content);
    return load_dataset(dir.path(), support::task("aime24"));
  }

  TempDir dir;
  Dataset original;
  std::string bytes;
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("any flipped byte of a stored set is found, but for the name of its source") {
  const Stored stored;
  const std::size_t source = stored.bytes.find("rows.jsonl");
  std::mt19937 random(1);
  for (std::size_t at = 0; at < stored.bytes.size(); ++at) {
    if (at >= source && at < source + std::string_view("rows.jsonl").size()) continue;
    CAPTURE(at);
    std::string damaged = stored.bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    const Result<Dataset> set = stored.load_as(damaged);
    // White space around a line is no content: only then may the set still be good.
    if (set) {
      CHECK(set->questions == stored.original.questions);
      CHECK(set->hash == stored.original.hash);
      CHECK(at + 1 == stored.bytes.size());
    } else {
      CHECK(set.error().code() == ErrorCode::corrupt);
      CHECK(message_of(set, stored.dir).starts_with("aime24.jsonl:"));
    }
  }
}

TEST_CASE("a stored set cut anywhere is corrupt") {
  const Stored stored;
  // Cutting the very last byte, a line feed, takes nothing away.
  for (std::size_t size = 0; size + 1 < stored.bytes.size(); size += 3) {
    CAPTURE(size);
    const Result<Dataset> set = stored.load_as(stored.bytes.substr(0, size));
    REQUIRE(!set);
    CHECK(set.error().code() == ErrorCode::corrupt);
  }
}

TEST_CASE("an edited set is corrupt and the place is named") {
  const Stored stored;
  const std::string row_1 = R"({"attributes":{},"gold":"0","id":"60","text":"What is 0 plus 0?"})";
  struct Row {
    std::string content;
    const char* message;
  };
  const Row kRows[] = {
      {replaced(stored.bytes, row_1 + "\n", ""), "aime24.jsonl: expected 30 questions, found 29"},
      {stored.bytes + row_1 + "\n", "aime24.jsonl: expected 30 questions, found 31"},
      {replaced(stored.bytes, "What is 3", "What is 4"),
       "aime24.jsonl: the questions do not have the hash that the header states"},
      {replaced(stored.bytes, R"("gold":"6")", R"("gold":"06")"),
       "aime24.jsonl:5: field \"gold\": not an answer of this task"},
      {replaced(stored.bytes, R"("gold":"6")", R"("gold":6)"),
       "aime24.jsonl:5: not a question as proctor writes it"},
      {replaced(stored.bytes, R"("gold":"6")", R"("gold": "6")"),
       "aime24.jsonl:5: not a question as proctor writes it"},
      {replaced(stored.bytes, R"("attributes":{})", R"("attributes":7)"),
       "aime24.jsonl:2: not a question as proctor writes it"},
      {replaced(stored.bytes, R"("attributes":{})", R"("attributes":{"level":5})"),
       "aime24.jsonl:2: not a question as proctor writes it"},
      {replaced(stored.bytes, row_1, "nonsense"), "aime24.jsonl:2: column 2: not JSON"},
      {replaced(stored.bytes, R"("task":"aime24")", R"("task":"aime25")"),
       "aime24.jsonl:1: the header is of task \"aime25\""},
      {replaced(stored.bytes, R"("questions":30)", R"("questions":31)"),
       "aime24.jsonl:1: not a header as proctor writes it"},
      {replaced(stored.bytes, "HuggingFaceH4", "HuggingFaceH5"),
       "aime24.jsonl:1: the header names an unknown schema, \"HuggingFaceH5/aime_2024\""},
      {replaced(stored.bytes, R"("proctor_dataset":1)", R"("proctor_dataset":2)"),
       "aime24.jsonl:1: a format that this proctor does not read, 2"},
      {lines(rows(support::h4_row, 30)), "aime24.jsonl:1: not a proctor dataset"},
      {"", "aime24.jsonl: empty file"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    const Result<Dataset> set = stored.load_as(row.content);
    REQUIRE(!set);
    CHECK(set.error().code() == ErrorCode::corrupt);
    CHECK(message_of(set, stored.dir) == row.message);
  }
  CHECK(stored.load_as(stored.bytes));
}

TEST_CASE("an upstream file with random damage is refused or gives a whole set") {
  const TempDir dir;
  const std::string content = lines(rows(support::h4_row, 30));
  std::mt19937 random(2);
  int accepted = 0;
  constexpr int kTrials = 1000;
  for (int trial = 0; trial < kTrials; ++trial) {
    CAPTURE(trial);
    std::string damaged = content;
    for (unsigned flips = random() % 4; flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    if (trial % 2 == 0) damaged.resize(random() % damaged.size());
    const Result<Dataset> set = support::parse(dir, "aime24", damaged);
    if (!set) {
      CHECK(set.error().code() == ErrorCode::invalid_input);
      CHECK(message_of(set, dir).starts_with("rows.jsonl"));
      continue;
    }
    CHECK(set->questions.size() == 30);
    if (++accepted % 10 != 1) continue;  // storing syncs to the disk, which is slow
    REQUIRE(save_dataset(dir / "data", *set));
    const Result<Dataset> loaded = load_dataset(dir / "data", support::task("aime24"));
    REQUIRE(loaded);
    CHECK(loaded->questions == set->questions);
  }
  // Damage within a solution is not ours to see, so that some pass; a cut file, every second one,
  // does not.
  CHECK(accepted > 0);
  CHECK(accepted < kTrials / 2);
}

}  // namespace proctor::tasks
