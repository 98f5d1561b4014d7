// The replies that come with the quickstart suite fit the grid of its mathematics, cell by cell.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "backends/backend.h"
#include "harness/plan/suite.h"
#include "tasks/task.h"

namespace proctor::harness::run {
namespace {

using Cell = std::tuple<std::string, std::string, int>;  // task, question, repeat

std::filesystem::path replies_file() {
  return std::filesystem::path(PROCTOR_SOURCE_DIR) / "tasks/quickstart/replies.jsonl";
}

std::map<Cell, int> cells_of_suite() {
  std::map<Cell, int> cells;
  const Result<plan::Suite> suite = plan::load_suite("quickstart");
  REQUIRE(suite);
  for (const plan::TaskRequest& asked : suite->tasks) {
    if (asked.task != "quickstart-aime" && asked.task != "quickstart-math") continue;
    const Result<const tasks::Task*> task = tasks::task_named(asked.task);
    REQUIRE(task);
    const Result<tasks::Dataset> dataset = tasks::load_dataset("", **task);
    REQUIRE(dataset);
    const Result<tasks::Protocol> protocol = tasks::protocol_for("r1", asked.task);
    REQUIRE(protocol);
    for (const Question& question : dataset->questions) {
      for (int repeat = 0; repeat < protocol->repeats; ++repeat) {
        cells[{asked.task, question.id, repeat}] = 1;
      }
    }
  }
  return cells;
}

std::map<Cell, int> cells_of_file() {
  std::map<Cell, int> cells;
  std::ifstream in(replies_file(), std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    ++cells[{row.at("task"), row.at("question_id"), row.at("repeat")}];
  }
  return cells;
}

TEST_CASE("the quickstart replies answer every sample of the mathematics once and nothing else") {
  const std::map<Cell, int> asked = cells_of_suite();
  CHECK(asked.size() == 320);
  CHECK(cells_of_file() == asked);
}

TEST_CASE("the replay backend takes the quickstart replies") {
  const Result<std::unique_ptr<backends::Backend>> backend =
      backends::make_backend("replay/" + replies_file().string(), {});
  REQUIRE(backend);
  CHECK((*backend)->identity().starts_with("replay "));
}

TEST_CASE("the quickstart replies end in every way that a first table should show") {
  std::map<std::string, int> endings;
  std::ifstream in(replies_file(), std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const std::string text = row.at("text");
    if (text.empty()) ++endings["empty"];
    if (row.at("finish_reason") == "length") {
      ++endings["cut"];
      CHECK(text.find("</think>") == std::string::npos);
      CHECK(row.at("completion_tokens") == 1024);
    } else if (text.find("</think>") != std::string::npos) {
      ++endings["closed"];
    }
  }
  CHECK(endings["empty"] > 0);
  CHECK(endings["cut"] > 0);
  CHECK(endings["closed"] > 300);
}

}  // namespace
}  // namespace proctor::harness::run
