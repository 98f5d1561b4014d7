// `proctor data` over a folder of its own, in this process.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

// Sends what this process writes to stdout into a file while it lives.
class StdoutToFile {
 public:
  explicit StdoutToFile(const std::filesystem::path& file) {
    std::fflush(stdout);
    before_ = FileDescriptor(dup(STDOUT_FILENO));
    const FileDescriptor now(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    check(dup2(now.get(), STDOUT_FILENO) == STDOUT_FILENO);
  }
  ~StdoutToFile() {
    std::fflush(stdout);
    dup2(before_.get(), STDOUT_FILENO);
  }

 private:
  FileDescriptor before_;
};

struct Outcome {
  int exit_code = -1;
  std::string out;
};

// `proctor data ARGUMENTS` with `dir`/data as the data folder.
Outcome run_data(const support::TempDir& dir, std::vector<std::string> arguments,
                 bool as_json = false) {
  CLI::App app;
  Globals globals;
  globals.data = dir / "data";
  globals.json = as_json;
  Outcome outcome;
  add_data_verb(app, globals, outcome.exit_code);
  arguments.insert(arguments.begin(), "data");
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  {
    const StdoutToFile redirected(dir / "stdout");
    app.parse(arguments);
  }
  outcome.out = support::read_file(dir / "stdout");
  return outcome;
}

// Thirty questions of our own, as HuggingFaceH4/aime_2024 spells its rows.
std::filesystem::path write_aime(const support::TempDir& dir, int shift = 0) {
  std::string rows;
  for (int i = 0; i < 30; ++i) {
    rows +=
        json{{"id", 60 + i},
             {"problem", "What is " + std::to_string(i) + " plus " + std::to_string(shift) + "?"},
             {"solution", "Count."},
             {"answer", std::to_string(i + shift)},
             {"url", "https://example.org"},
             {"year", "2024"}}
            .dump() +
        "\n";
  }
  return dir.write("sums.jsonl", rows);
}

// What `data list --json` says about the task.
json listed(const support::TempDir& dir, const char* task) {
  const Outcome list = run_data(dir, {"list"}, true);
  REQUIRE(list.exit_code == kDone);
  for (const json& row : json::parse(list.out)) {
    if (row["task"] == task) return row;
  }
  return {};
}

void flip_byte(const std::filesystem::path& path, std::size_t at) {
  std::string content = support::read_file(path);
  content.at(at) = static_cast<char>(content[at] ^ 1);
  std::ofstream(path, std::ios::binary) << content;
}

TEST_CASE("an imported set is listed and verified") {
  const support::TempDir dir;
  const std::filesystem::path file = write_aime(dir);
  CHECK(listed(dir, "aime24")["state"] == "missing");
  CHECK(listed(dir, "aime24")["import"] == "proctor data import FILE --task aime24");

  const Outcome imported = run_data(dir, {"import", file.string(), "--task", "aime24"});
  CHECK(imported.exit_code == kDone);
  CHECK(imported.out.starts_with("aime24: 30 questions imported to " + dir.path().string()));

  const json row = listed(dir, "aime24");
  CHECK(row["state"] == "imported");
  CHECK(row["questions"] == 30);
  CHECK(row["schema"] == "HuggingFaceH4/aime_2024");
  CHECK(row["source"] == "sums.jsonl");
  CHECK(listed(dir, "aime25")["state"] == "missing");

  const std::string hash = row["sha256"];
  const Outcome table = run_data(dir, {"list"});
  CHECK(table.out.find(hash.substr(0, 12)) != std::string::npos);
  const Outcome verified = run_data(dir, {"verify", "aime24"});
  CHECK(verified.exit_code == kDone);
  CHECK(verified.out == "aime24: ok, 30 questions, sha256 " + hash + "\n");
}

TEST_CASE("importing the same set again changes nothing, and another one replaces it") {
  const support::TempDir dir;
  const auto import = [&](int shift) {
    const Outcome imported =
        run_data(dir, {"import", write_aime(dir, shift).string(), "--task", "aime24"}, true);
    REQUIRE(imported.exit_code == kDone);
    return json::parse(imported.out);
  };
  const json first = import(0);
  CHECK(first["unchanged"] == false);
  CHECK(import(0)["unchanged"] == true);
  const json other = import(1);
  CHECK(other["unchanged"] == false);
  CHECK(other["sha256"] != first["sha256"]);
  CHECK(listed(dir, "aime24")["sha256"] == other["sha256"]);
}

TEST_CASE("a flipped byte is found wherever it is, and mending it is enough") {
  const support::TempDir dir;
  const std::filesystem::path file = write_aime(dir);
  REQUIRE(run_data(dir, {"import", file.string(), "--task", "aime24"}).exit_code == kDone);
  const std::filesystem::path stored = dir / "data/aime24.jsonl";
  const std::size_t size = std::filesystem::file_size(stored);
  for (const std::size_t at : {std::size_t{2}, size / 2, size - 3}) {
    CAPTURE(at);
    flip_byte(stored, at);
    const Outcome damaged = run_data(dir, {"verify"});
    CHECK(damaged.exit_code == kCannot);
    CHECK(damaged.out.find("aime24: damaged\n") != std::string::npos);
    CHECK(listed(dir, "aime24")["state"] == "damaged");
    flip_byte(stored, at);
    CHECK(run_data(dir, {"verify"}).exit_code == kDone);
  }
}

TEST_CASE("what cannot be imported or verified is bad usage and leaves no set behind") {
  const support::TempDir dir;
  const std::string file = write_aime(dir).string();
  const std::string cut = dir.write("cut.jsonl", support::read_file(file).substr(0, 1000)).string();
  const std::vector<std::string> kRefused[] = {
      {"import", file, "--task", "aime25"},  // another year's
      {"import", file, "--task", "no-such-task"},
      {"import", file, "--task", "quickstart-math"},  // part of the program
      {"import", cut, "--task", "aime24"},            // half a set
      {"import", (dir / "none.jsonl").string(), "--task", "aime24"},
      {"verify", "aime24"},  // not imported
      {"verify", "no-such-task"},
  };
  for (const std::vector<std::string>& arguments : kRefused) {
    CAPTURE(arguments[0]);
    CAPTURE(arguments.back());
    CHECK(run_data(dir, arguments).exit_code == kBadUsage);
    CHECK_FALSE(std::filesystem::exists(dir / "data"));
  }
}

}  // namespace
}  // namespace proctor::harness
