#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "harness/core/sha256.h"
#include "tasks/stored_tests.h"
#include "tests/tasks/livecodebench/rows.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;
using support::CodeRow;
using support::json_line;
using support::lines;
using support::message_of;
using support::numbered_row;
using support::packed;
using support::parse;
using support::task;
using support::TempDir;
using support::tests_text;

const Task& lcb() { return task("livecodebench"); }

const CodeRow kFunction = {
    .id = "2730",
    .title = "add-two",
    .text = "Add two integers.",
    .platform = "leetcode",
    .contest = "weekly-contest-1",
    .date = "2024-09-01T18:30:00",
    .starter = "class Solution:\n    def addTwo(self, a: int, b: int) -> int:\n        ",
    .difficulty = "medium",
    .public_tests = tests_text({{"1\n2", "3"}}, "functional"),
    .private_tests = packed(tests_text({{"4\n5", "9"}}, "functional")),
    .metadata = R"({"func_name": "addTwo"})"};

std::vector<std::string> numbered_rows(std::size_t begin, std::size_t end) {
  std::vector<std::string> rows;
  for (std::size_t i = begin; i < end; ++i) rows.push_back(json_line(numbered_row(i)));
  return rows;
}

// An import of two rows, saved.
struct Imported {
  Imported() {
    Result<Dataset> set = parse(dir, "livecodebench", lines({json_line({}), json_line(kFunction)}));
    REQUIRE(set);
    dataset = *set;
    REQUIRE(save_dataset(dir.path(), dataset));
  }

  std::string tests_of(std::size_t question) const {
    const Result<std::string> tests = load_tests(dir.path(), lcb(), dataset.questions[question]);
    return tests ? *tests : tests.error().message();
  }

  fs::path file_of(std::size_t question) const {
    return tests_path(dir.path(), "livecodebench", dataset.questions[question].gold);
  }

  TempDir dir;
  Dataset dataset;
};

}  // namespace

TEST_CASE("a problem becomes a question whose answer is the hash of its tests") {
  const Imported imported;
  REQUIRE(imported.dataset.questions.size() == 2);
  CHECK(imported.dataset.schema == "livecodebench/code_generation_lite");
  CHECK(imported.dataset.release.empty());
  for (std::size_t i = 0; i < 2; ++i) {
    Question expected = support::question_of(i == 0 ? CodeRow() : kFunction);
    expected.gold = sha256_hex(imported.tests_of(i));
    CHECK(imported.dataset.questions[i] == expected);
  }
  CHECK(imported.tests_of(0) == R"({"starter_code":"","tests":[{"input":"1 2\n","output":"3\n"},)"
                                R"({"input":"4 5\n","output":"9\n"}]})");
  CHECK(
      imported.tests_of(1).starts_with(R"({"function":"addTwo","starter_code":"class Solution:)"));
}

TEST_CASE("a saved import is loaded again and its tests are checked") {
  const Imported imported;
  const Result<Dataset> loaded = load_dataset(imported.dir.path(), lcb());
  CHECK(message_of(loaded, imported.dir) == "");
  REQUIRE(loaded);
  CHECK(loaded->questions == imported.dataset.questions);
  CHECK(loaded->hash == imported.dataset.hash);
  CHECK(verify_tests(imported.dir.path(), lcb(), *loaded));
  // The tests are neither in the dataset's file nor in its hash, but their own hash is in both.
  const std::string file = support::read_file(dataset_path(imported.dir.path(), "livecodebench"));
  CHECK(file.find("4 5") == std::string::npos);
  CHECK(file.find(imported.dataset.questions[0].gold) != std::string::npos);
}

TEST_CASE("other tests make another dataset") {
  const TempDir dir;
  const Result<Dataset> one = parse(dir, "livecodebench", lines({json_line({})}));
  const Result<Dataset> other = parse(
      dir, "livecodebench", lines({json_line({.private_tests = tests_text({{"4 5\n", "8\n"}})})}));
  const Result<Dataset> repacked = parse(
      dir, "livecodebench", lines({json_line({.private_tests = tests_text({{"4 5\n", "9\n"}})})}));
  REQUIRE(one);
  REQUIRE(other);
  REQUIRE(repacked);
  CHECK(one->hash != other->hash);
  CHECK(one->hash == repacked->hash);
}

TEST_CASE("stored tests that are missing or cut or flipped are never handed out") {
  const Imported imported;
  const fs::path file = imported.file_of(0);
  const std::string bytes = support::read_file(file);
  const std::string name = file.string().substr(imported.dir.path().string().size() + 1);
  const auto load = [&] {
    return load_tests(imported.dir.path(), lcb(), imported.dataset.questions[0]);
  };
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    imported.dir.write(name, bytes.substr(0, size));
    const Result<std::string> tests = load();
    REQUIRE(!tests);
    CHECK(tests.error().code() == ErrorCode::corrupt);
    CHECK(tests.error().message().starts_with(file.string() + ": "));
  }
  const Result<std::string> sound =
      load_saved_tests(imported.dir.path(), "livecodebench", imported.dataset.questions[1].gold);
  REQUIRE(sound);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    CAPTURE(at);
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    imported.dir.write(name, flipped);
    const Result<std::string> tests = load();
    // Some bits of a frame say nothing about what it holds.
    if (tests) CHECK(sha256_hex(*tests) == imported.dataset.questions[0].gold);
    if (!tests) CHECK(tests.error().code() == ErrorCode::corrupt);
  }
  // Sound tests, but of another question.
  fs::copy_file(imported.file_of(1), file, fs::copy_options::overwrite_existing);
  const Result<std::string> other = load();
  REQUIRE(!other);
  CHECK(other.error().message() ==
        file.string() + ": the tests do not have the hash that names them");

  fs::remove(file);
  const Result<std::string> missing = load();
  REQUIRE(!missing);
  CHECK(missing.error().code() == ErrorCode::not_found);
  CHECK(missing.error().message() ==
        "livecodebench: question abc1_a: no tests in " + imported.dir.path().string() +
            "; import them with: proctor data import FILE --task livecodebench");
  CHECK(!verify_tests(imported.dir.path(), lcb(), imported.dataset));
}

TEST_CASE("importing again repairs tests that were damaged") {
  const Imported imported;
  const fs::path file = imported.file_of(0);
  const std::string bytes = support::read_file(file);
  imported.dir.write(file.string().substr(imported.dir.path().string().size() + 1), "damaged");
  REQUIRE(!verify_tests(imported.dir.path(), lcb(), imported.dataset));
  REQUIRE(parse(imported.dir, "livecodebench", lines({json_line({}), json_line(kFunction)})));
  CHECK(support::read_file(file) == bytes);
}

TEST_CASE("tests are asked for only by what can name them") {
  const Imported imported;
  Question question = imported.dataset.questions[0];
  for (const char* gold : {"", "../../../etc/passwd", "25"}) {
    question.gold = gold;
    const Result<std::string> tests = load_tests(imported.dir.path(), lcb(), question);
    REQUIRE(!tests);
    CHECK(tests.error().code() == ErrorCode::corrupt);
  }
  const Result<std::string> none = load_tests(imported.dir.path(), task("aime24"), question);
  REQUIRE(!none);
  CHECK(none.error().code() == ErrorCode::invalid_input);
  CHECK(verify_tests(imported.dir.path(), task("aime24"), imported.dataset));
}

TEST_CASE("a known release is recognised and named in the stored header") {
  const TempDir dir;
  const std::vector<fs::path> files = {dir.write("test.jsonl", lines(numbered_rows(0, 400))),
                                       dir.write("test2.jsonl", lines(numbered_rows(400, 511)))};
  const Result<Dataset> set = parse_dataset(lcb(), files, dir.path());
  CHECK(message_of(set, dir) == "");
  REQUIRE(set);
  CHECK(set->release == "release_v2");
  CHECK(set->questions.size() == 511);
  CHECK(set->source == "test.jsonl, test2.jsonl");
  REQUIRE(save_dataset(dir.path(), *set));
  const Result<Dataset> loaded = load_dataset(dir.path(), lcb());
  REQUIRE(loaded);
  CHECK(loaded->release == "release_v2");
  CHECK(loaded->questions == set->questions);

  // A header that names another release is damage.
  const std::string stored = support::read_file(dataset_path(dir.path(), "livecodebench"));
  for (const char* other : {"release_v1", "v2", "nonsense"}) {
    std::string damaged = stored;
    damaged.replace(damaged.find("release_v2"), 10, other);
    dir.write("livecodebench.jsonl", damaged);
    const Result<Dataset> refused = load_dataset(dir.path(), lcb());
    REQUIRE(!refused);
    CHECK(refused.error().code() == ErrorCode::corrupt);
  }
  // So is one question less than it says.
  dir.write("livecodebench.jsonl", stored.substr(0, stored.rfind('\n', stored.size() - 2) + 1));
  CHECK(message_of(load_dataset(dir.path(), lcb()), dir) ==
        "livecodebench.jsonl: expected 511 questions, found 510");
}

TEST_CASE("a row that does not fit is refused with its file and line and field") {
  struct Row {
    CodeRow row;
    const char* message;
  };
  const Row kRows[] = {
      {{.private_tests = "?"},
       "rows.jsonl:2: field \"private_test_cases\": not base64: column 2: the text ends within a "
       "group of four"},
      {{.date = "03.08.2024"},
       "rows.jsonl:2: field \"contest_date\": expected a date such as 2024-08-03T00:00:00, found "
       "\"03.08.2024\""},
      {{.difficulty = "tricky"},
       "rows.jsonl:2: field \"difficulty\": expected easy, medium or hard, found \"tricky\""},
      {{.platform = ""},
       "rows.jsonl:2: field \"platform\": expected text or an integer, found \"\""},
      {{.id = "abc0_a"},
       "rows.jsonl:2: field \"question_id\": the same id as rows.jsonl:1, \"abc0_a\""},
      {{.text = "Print 0."},
       "rows.jsonl:2: field \"question_content\": the same question as rows.jsonl:1"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    const TempDir dir;
    const Result<Dataset> set =
        parse(dir, "livecodebench", lines({json_line(numbered_row(0)), json_line(row.row)}));
    CHECK(message_of(set, dir) == row.message);
  }
}

TEST_CASE("a row without one of upstream's fields is none") {
  for (const char* field : {"question_title", "question_content", "platform", "question_id",
                            "contest_id", "contest_date", "starter_code", "difficulty",
                            "public_test_cases", "private_test_cases", "metadata"}) {
    CAPTURE(field);
    nlohmann::json row = nlohmann::json::parse(json_line({}));
    row.erase(field);
    const TempDir dir;
    CHECK(message_of(parse(dir, "livecodebench", row.dump() + "\n"), dir) ==
          "rows.jsonl:1: field \"" + std::string(field) +
              "\": missing from a row of livecodebench/code_generation_lite");
  }
}

TEST_CASE("lines longer than what is read at a time are put together") {
  const TempDir dir;
  std::vector<std::string> rows;
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < 12; ++i) {
    // Around and far beyond the 64 KiB of one read, plain so that the line is as long.
    inputs.push_back(std::string((i % 4) * 65'000 + i * 17, static_cast<char>('a' + i)));
    CodeRow row = numbered_row(i);
    row.private_tests = tests_text({{inputs.back(), "x"}});
    rows.push_back(json_line(row));
  }
  const Result<Dataset> set = parse(dir, "livecodebench", lines(rows, "\r\n"));
  CHECK(message_of(set, dir) == "");
  REQUIRE(set);
  REQUIRE(set->questions.size() == 12);
  for (std::size_t i = 0; i < 12; ++i) {
    const Result<std::string> tests = load_tests(dir.path(), lcb(), set->questions[i]);
    REQUIRE(tests);
    CHECK((tests->find("{\"input\":\"" + inputs[i] + "\",") != std::string::npos));
  }
}

}  // namespace proctor::tasks
