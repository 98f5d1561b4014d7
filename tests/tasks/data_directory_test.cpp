#include <doctest/doctest.h>

#include <map>

#include "tasks/task.h"

namespace proctor::tasks {

TEST_CASE("the data folder is the first of flag, PROCTOR_DATA, XDG_DATA_HOME and HOME") {
  struct Row {
    std::optional<std::filesystem::path> flag;
    std::map<std::string, std::string> environment;
    const char* folder;
  };
  const Row kRows[] = {
      {"/flag", {{"PROCTOR_DATA", "/own"}, {"HOME", "/home/ada"}}, "/flag"},
      {"relative", {}, "relative"},
      {{}, {{"PROCTOR_DATA", "/own"}, {"XDG_DATA_HOME", "/xdg"}}, "/own"},
      {{}, {{"XDG_DATA_HOME", "/xdg"}, {"HOME", "/home/ada"}}, "/xdg/proctor"},
      {{}, {{"HOME", "/home/ada"}}, "/home/ada/.local/share/proctor"},
      // Set but empty is unset, and XDG demands an absolute path.
      {"",
       {{"PROCTOR_DATA", ""}, {"XDG_DATA_HOME", ""}, {"HOME", "/h"}},
       "/h/.local/share/proctor"},
      {{}, {{"XDG_DATA_HOME", "xdg"}, {"HOME", "/h"}}, "/h/.local/share/proctor"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.folder);
    const auto folder =
        data_directory(row.flag, [&](const char* name) -> std::optional<std::string> {
          const auto variable = row.environment.find(name);
          if (variable == row.environment.end()) return std::nullopt;
          return variable->second;
        });
    REQUIRE(folder);
    CHECK(*folder == row.folder);
  }
}

TEST_CASE("without flag and home there is no data folder and the error says what to give") {
  const auto folder = data_directory({}, [](const char*) { return std::nullopt; });
  REQUIRE(!folder);
  CHECK(folder.error().code() == ErrorCode::invalid_input);
  CHECK(folder.error().message() ==
        "no folder for benchmark data: give --data DIR or set PROCTOR_DATA");
}

}  // namespace proctor::tasks
