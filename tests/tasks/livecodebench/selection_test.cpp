#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tasks/livecodebench/known_bad.h"
#include "tasks/stored_dataset.h"
#include "tests/tasks/livecodebench/rows.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

using support::CodeRow;
using support::task;

Dataset dataset_of(const std::vector<CodeRow>& rows, std::string release = "") {
  Dataset set{.task = "livecodebench", .hash = "", .schema = "", .source = "", .questions = {}};
  for (const CodeRow& row : rows) set.questions.push_back(support::question_of(row));
  set.release = std::move(release);
  set.hash = hash_of(set.questions);
  return set;
}

// As many questions as release_v6 has, one a day, "0" first.
Dataset release_v6() {
  Dataset set = dataset_of({}, "release_v6");
  for (std::size_t i = 0; i < 1055; ++i) {
    set.questions.push_back(support::question_of({.id = std::to_string(i)}));
  }
  set.hash = hash_of(set.questions);
  return set;
}

std::vector<std::string> ids(const Dataset& set) {
  std::vector<std::string> all;
  for (const Question& question : set.questions) all.push_back(question.id);
  return all;
}

std::string refusal(const Selection& selection, Dataset set) {
  const Result<void> selected = select_questions(task("livecodebench"), selection, set);
  REQUIRE(!selected);
  CHECK(selected.error().code() == ErrorCode::invalid_input);
  return selected.error().message();
}

void select(const Selection& selection, Dataset& set) {
  const Result<void> selected = select_questions(task("livecodebench"), selection, set);
  CHECK((selected ? "" : selected.error().message()) == "");
}

}  // namespace

TEST_CASE("only tasks with dated questions can be selected from") {
  CHECK(can_select(task("livecodebench")));
  for (const char* name : {"aime24", "math500", "quickstart-math", "quickstart-code"}) {
    CHECK(!can_select(task(name)));
  }
}

TEST_CASE("an empty selection changes nothing") {
  const Dataset before = release_v6();
  Dataset set = before;
  select({}, set);
  CHECK(set.hash == before.hash);
  CHECK(set.questions == before.questions);
  CHECK(set.selection.empty());
}

TEST_CASE("a release is cut out of a larger one by the sizes of the files") {
  struct Row {
    const char* release;
    std::size_t first;
    std::size_t count;
  };
  constexpr Row kRows[] = {
      {"release_v1", 0, 400}, {"release_v5", 0, 880}, {"release_v6", 0, 1055},
      {"v1", 0, 400},         {"v4_v5", 612, 268},    {"v6", 880, 175},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.release);
    Dataset set = release_v6();
    select({.release = row.release}, set);
    REQUIRE(set.questions.size() == row.count);
    CHECK(set.questions.front().id == std::to_string(row.first));
    CHECK(set.questions.back().id == std::to_string(row.first + row.count - 1));
    CHECK(set.hash == hash_of(set.questions));
    CHECK(set.selection == set.release);
  }
  Dataset set = release_v6();
  select({.release = "v4_v6"}, set);
  select({.release = "v5"}, set);
  CHECK(set.questions.front().id == "713");
  CHECK(set.questions.size() == 167);
}

TEST_CASE("a release that is not there is refused") {
  CHECK(refusal({.release = "release_v9"}, release_v6()) ==
        "livecodebench: no release \"release_v9\"; there are: release_v1, release_v2, release_v3, "
        "release_v4, release_v5, release_v6, v1 to v6 and ranges such as v4_v5");
  CHECK(
      refusal({.release = "release_v5"}, dataset_of({{}})) ==
      "livecodebench: release release_v5: the 1 questions that were imported are no known release");
  Dataset later = release_v6();
  select({.release = "v4_v5"}, later);
  for (const char* wider : {"release_v5", "v3_v5", "v4_v6", "v6"}) {
    CHECK(refusal({.release = wider}, later) ==
          "livecodebench: release " + std::string(wider) + ": what was imported is v4_v5");
  }
}

TEST_CASE("a window keeps the questions of its days in their order") {
  Dataset set = dataset_of({{.id = "a", .date = "2024-07-31T23:00:00"},
                            {.id = "b", .date = "2025-01-31T18:30:00"},
                            {.id = "c", .date = "2024-08-01T00:00:00"},
                            {.id = "d", .date = "2025-02-01T00:00:00"}});
  const std::string whole = set.hash;
  select({.window = "2024-08..2025-01"}, set);
  CHECK(ids(set) == std::vector<std::string>{"b", "c"});
  CHECK(set.selection == "what was imported, 2024-08-01..2025-01-31");
  CHECK(set.hash == hash_of(set.questions));
  CHECK(set.hash != whole);
  CHECK(refusal({.window = "2022-01..2022-12"}, set) ==
        "livecodebench: what was imported, 2022-01-01..2022-12-31: no question is left");
  CHECK(refusal({.window = "2024"}, set).starts_with("livecodebench: window \"2024\": expected "));
}

TEST_CASE("a window of release_v5 must have as many questions as that release has in it") {
  Dataset set = release_v6();  // all of 2024-08-03, which no release is
  CHECK(
      refusal({.release = "release_v5", .window = "2024-08..2025-01"}, set) ==
      "livecodebench: window 2024-08-01..2025-01-31: release_v5 has 279 questions in it, but what "
      "was imported as that has 880 questions");
  // Of days, of other releases and of an unknown set no count is known.
  for (const Selection& free :
       {Selection{.release = "release_v5", .window = "2024-08-01..2025-01-30"},
        Selection{.release = "release_v6", .window = "2024-08..2025-01"},
        Selection{.window = "2024-08..2025-01"}}) {
    Dataset copy = set;
    select(free, copy);
    CHECK(copy.questions.size() == (free.release == "release_v5" ? 880 : 1055));
  }
}

TEST_CASE("problems known to be bad are left out only when asked") {
  const std::vector<CodeRow> rows = {
      {.id = "abc311_c"},
      {.id = "abc311_d"},
      {.id = "3194", .title = "find-words-containing-character", .platform = "leetcode"},
      {.id = "3195", .title = "find words containing character", .platform = "leetcode"},
  };
  Dataset set = dataset_of(rows);
  select({.window = "2024-08..2024-08"}, set);
  CHECK(set.questions.size() == 4);
  select({.window = "2024-08..2024-08", .exclude_known_bad = true}, set);
  CHECK(ids(set) == std::vector<std::string>{"abc311_d", "3195"});
  CHECK(set.selection == "what was imported, 2024-08-01..2024-08-31, without 2 known to be bad");
}

TEST_CASE("the list of known bad problems names each once with a reason") {
  std::set<std::string_view> names;
  for (const livecodebench::KnownBad& bad : livecodebench::known_bad()) {
    CHECK(names.insert(bad.name).second);
    CHECK(!bad.why.empty());
  }
  CHECK(names.size() == 17);
}

}  // namespace proctor::tasks
