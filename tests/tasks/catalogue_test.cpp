#include <doctest/doctest.h>

#include <set>

#include "tasks/task.h"

namespace proctor::tasks {

TEST_CASE("the catalogue lists each benchmark once with its size") {
  struct Row {
    const char* name;
    std::size_t questions;
    bool embedded;
  };
  constexpr Row kRows[] = {
      {"aime24", 30, false},           {"aime25", 30, false},
      {"math500", 500, false},         {"gpqa", 0, false},
      {"livecodebench", 0, false},     {"codeforces", 0, false},
      {"quickstart-aime", 10, true},   {"quickstart-math", 10, true},
      {"quickstart-choice", 12, true}, {"quickstart-code", 24, true},
      {"quickstart-contest", 4, true},
  };
  REQUIRE(all_tasks().size() == std::size(kRows));
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    const Task& task = all_tasks()[i];
    CAPTURE(task.name);
    CHECK(task.name == kRows[i].name);
    CHECK(task.questions == kRows[i].questions);
    CHECK(task.embedded == kRows[i].embedded);
    CHECK(!task.title.empty());
    CHECK(!task.licence.empty());
    CHECK(!task.source.empty());
    CHECK(task.gated == (task.name == "gpqa"));
  }
}

TEST_CASE("a task is found by its exact name and an unknown one is answered with the names") {
  for (const Task& task : all_tasks()) {
    const Result<const Task*> found = task_named(task.name);
    REQUIRE(found);
    CHECK(*found == &task);
  }
  for (const char* name : {"AIME24", "aime", "", "aime24 "}) {
    const Result<const Task*> found = task_named(name);
    REQUIRE(!found);
    CHECK(found.error().code() == ErrorCode::not_found);
    CHECK(found.error().message() ==
          "no task \"" + std::string(name) +
              "\"; there are: aime24, aime25, math500, gpqa, livecodebench, codeforces, "
              "quickstart-aime, quickstart-math, quickstart-choice, quickstart-code, "
              "quickstart-contest");
  }
}

}  // namespace proctor::tasks
