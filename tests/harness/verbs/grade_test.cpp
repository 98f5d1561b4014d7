// `proctor grade` over real files, in this process but for what ends it.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "harness/process/exit_code.h"
#include "tests/harness/support/verb_in_process.h"
#include "tests/support/child.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

int run_grade(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "grade");
  return run_verb(add_grade_verb, std::move(arguments));
}

std::size_t files_in(const support::TempDir& dir) {
  const std::filesystem::directory_iterator files(dir.path());
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_CASE("replies are graded in order and their ids come back unchanged") {
  const support::TempDir dir;
  const auto in = dir.write("in.jsonl", R"({"id":"a","gold":"025","response":"\\boxed{25}"})"
                                        "\n\n"
                                        R"({"id":17,"gold":"25","response":"\\boxed{26}"})"
                                        "\n"
                                        R"({"id":1.5,"gold":"25","response":""})");
  const auto out = dir / "out.jsonl";
  REQUIRE(run_grade({"integer", "--in", in.string(), "--out", out.string()}) == kDone);
  const std::vector<nlohmann::json> rows = rows_of(out);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == nlohmann::json{{"id", "a"},
                                  {"verdict", "correct"},
                                  {"extracted", "25"},
                                  {"explanation", "box: equal as integers to 25"}});
  CHECK(rows[1]["id"] == 17);
  CHECK(rows[1]["verdict"] == "wrong");
  CHECK(rows[2]["id"] == 1.5);
  CHECK(rows[2]["verdict"] == "no_answer");
  CHECK(rows[2]["explanation"] == "empty reply");
  CHECK(files_in(dir) == 2);
}

TEST_CASE("letters of a list of options are graded without the list") {
  const support::TempDir dir;
  const auto in =
      dir.write("in.jsonl", R"({"id":1,"gold":"C","response":"Vitamin D it is not.\n\nAnswer: $C"})"
                            "\n"
                            R"({"id":2,"gold":"C","response":"the final answer is D"})"
                            "\n"
                            R"({"id":3,"gold":"C","response":"It may be C or it may be D."})");
  const auto out = dir / "out.jsonl";
  REQUIRE(run_grade({"choice", "--in", in.string(), "--out", out.string()}) == kDone);
  const std::vector<nlohmann::json> rows = rows_of(out);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == nlohmann::json{{"id", 1},
                                  {"verdict", "correct"},
                                  {"extracted", "C"},
                                  {"explanation", "answer line: option C, the right one"}});
  CHECK(rows[1]["verdict"] == "wrong");
  CHECK(rows[2]["verdict"] == "no_answer");

  // The same letters as open-r1 reads them.
  REQUIRE(run_grade({"choice-openr1", "--in", in.string(), "--out", out.string()}) == kDone);
  CHECK(rows_of(out)[0]["extracted"] == "D");
}

TEST_CASE("an integer as gold stands for its decimal text") {
  struct Row {
    const char* gold;
    const char* response;
    const char* verdict;
  };
  constexpr Row kRows[] = {
      {"25", "\\\\boxed{25}", "correct"},
      {"25", "\\\\boxed{26}", "wrong"},
      {"0", "\\\\boxed{0}", "correct"},
      {"-7", "\\\\boxed{-7}", "correct"},
      {"-7", "\\\\boxed{7}", "wrong"},
      {"18446744073709551615", "\\\\boxed{18446744073709551615}", "correct"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.gold);
    CAPTURE(row.response);
    const support::TempDir dir;
    const auto in = dir.write("in.jsonl", std::string(R"({"id":1,"gold":)") + row.gold +
                                              R"(,"response":")" + row.response + "\"}\n");
    const auto out = dir / "out.jsonl";
    REQUIRE(run_grade({"math", "--in", in.string(), "--out", out.string()}) == kDone);
    CHECK(rows_of(out).at(0)["verdict"] == row.verdict);
  }
}

TEST_CASE("thousands of replies keep their order across batches") {
  const support::TempDir dir;
  std::string input;
  for (int i = 0; i < 5000; ++i) {
    input += nlohmann::json{{"id", i},
                            {"gold", std::to_string(i)},
                            {"response", "\\boxed{" + std::to_string(i - i % 2) + "}"}}
                 .dump() +
             "\n";
  }
  const auto in = dir.write("in.jsonl", input);
  const auto out = dir / "out.jsonl";
  REQUIRE(run_grade({"math", "--in", in.string(), "--out", out.string()}) == kDone);
  const std::vector<nlohmann::json> rows = rows_of(out);
  REQUIRE(rows.size() == 5000);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    REQUIRE(rows[i]["id"] == i);
    REQUIRE(rows[i]["verdict"] == (i % 2 == 0 ? "correct" : "wrong"));
  }
}

TEST_CASE("an invalid line is bad usage and leaves the old output alone") {
  constexpr const char* kInvalid[] = {
      R"({"id":"a","gold":"25"})",
      R"({"gold":"25","response":"25"})",
      R"({"id":"a","gold":25.0,"response":"25"})",
      R"({"id":"a","gold":true,"response":"25"})",
      R"({"id":"a","gold":99999999999999999999999,"response":"25"})",
      R"({"id":"a","gold":"25","response":null})",
      R"({"id":null,"gold":"25","response":"25"})",
      R"({"id":1e999,"gold":"25","response":"25"})",
      R"({"id":1e300,"gold":"25","response":"25"})",
      R"({"id":"a","gold":"x","response":"25"})",
      R"(["a","25","25"])",
      R"({"id":"a","gold":"25","response":"25")",
      "\"\xff\"",
  };
  for (const char* invalid : kInvalid) {
    CAPTURE(invalid);
    const support::TempDir dir;
    const std::string valid = R"({"id":"a","gold":"25","response":"\\boxed{25}"})";
    const auto in = dir.write("in.jsonl", valid + "\n" + invalid + "\n" + valid + "\n");
    const auto out = dir.write("out.jsonl", "old");
    CHECK(run_grade({"integer", "--in", in.string(), "--out", out.string()}) == kBadUsage);
    CHECK(support::read_file(out) == "old");
    CHECK(files_in(dir) == 2);
  }
}

TEST_CASE("a file that is not there and a grader that does not exist are bad usage") {
  const support::TempDir dir;
  const auto in = dir.write("in.jsonl", "");
  const auto out = dir / "out.jsonl";
  CHECK(run_grade({"integer", "--in", (dir / "no.jsonl").string()}) == kBadUsage);
  CHECK(run_grade({"no-such-grader", "--in", in.string(), "--out", out.string()}) == kBadUsage);
  CHECK_FALSE(std::filesystem::exists(out));
  CHECK(run_grade({"integer", "--in", in.string(), "--out", out.string()}) == kDone);
  CHECK(support::read_file(out).empty());
}

TEST_CASE("a device is written to and not replaced by a file") {
  const support::TempDir dir;
  const auto in = dir.write("in.jsonl", R"({"id":"a","gold":"25","response":"25"})");
  CHECK(run_grade({"integer", "--in", in.string(), "--out", "/dev/null"}) == kDone);
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(run_grade({"integer", "--in", in.string(), "--out", "/dev/full"}) == kCannot);
}

TEST_CASE("an interrupt leaves the old output and no partial file") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal);
    const support::TempDir dir;
    const auto out = dir.write("out.jsonl", "old");
    // Its input stays open, so that it is still at work when the signal comes.
    Result<support::Child> child = support::Child::start(
        {PROCTOR_BINARY, "grade", "integer", "--in", "-", "--out", out.string()},
        {.hold_stdin = true});
    REQUIRE(child);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (files_in(dir) < 2 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    REQUIRE(files_in(dir) == 2);
    child->kill(signal);
    while (files_in(dir) == 2 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const support::ChildEnd end = child->wait();
    CHECK(end.exit_code == kInterrupted);
    CHECK(end.err == "\nproctor: stopping; no output is written\n");
    CHECK(files_in(dir) == 1);
    CHECK(support::read_file(out) == "old");
  }
}

}  // namespace
}  // namespace proctor::harness
