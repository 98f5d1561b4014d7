#include "backends/local/model_folder.h"

#include <doctest/doctest.h>

#include "tests/support/temp_dir.h"

namespace proctor::backends {
namespace {

TEST_CASE("a name of the hub stands for its snapshot unless there is such a folder") {
  const support::TempDir dir;
  const std::string main_commit(40, 'a');
  const std::string other_commit(40, 'b');
  dir.write("models--Org--Name-1.5B/refs/main", main_commit);
  dir.write("models--Org--Name-1.5B/refs/v2", other_commit + "\n");
  dir.write("models--Org--Name-1.5B/refs/refs/pr/1", main_commit);
  for (const std::string& commit : {main_commit, other_commit}) {
    dir.write("models--Org--Name-1.5B/snapshots/" + commit + "/config.json", "{}");
  }
  const Environment environment = [&](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "HF_HUB_CACHE") return dir.path().string();
    return std::nullopt;
  };
  struct Row {
    std::string name;
    std::string commit;
  };
  const Row kRows[] = {{"Org/Name-1.5B", main_commit},
                       {"Org/Name-1.5B@v2", other_commit},
                       {"Org/Name-1.5B@refs/pr/1", main_commit},
                       {"Org/Name-1.5B@" + other_commit, other_commit}};
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const Result<std::filesystem::path> found = model_folder(row.name, environment);
    REQUIRE(found);
    CHECK(*found == dir.path() / "models--Org--Name-1.5B/snapshots" / row.commit);
  }
  for (const std::string& folder :
       {dir.path().string(), std::string("/none/at/all"), std::string("../x/y"),
        std::string("name"), std::string("Org/Name/deep"), std::string("Org/Name-1.5B@../..")}) {
    CAPTURE(folder);
    const Result<std::filesystem::path> found = model_folder(folder, environment);
    REQUIRE(found);
    CHECK(*found == folder);
  }
}

TEST_CASE("a model that is not in the cache is answered with the command that fetches it") {
  const support::TempDir dir;
  const Environment environment = [&](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "HF_HUB_CACHE") return dir.path().string();
    return std::nullopt;
  };
  const auto message_for = [&](const char* name) {
    const Result<std::filesystem::path> found = model_folder(name, environment);
    REQUIRE_FALSE(found);
    CHECK(found.error().code() == ErrorCode::not_found);
    return found.error().message();
  };
  CHECK(message_for("Org/Name").ends_with("get it with: proctor model fetch Org/Name"));
  CHECK(message_for("Org/Name@v2").ends_with("proctor model fetch Org/Name --revision v2"));
}

}  // namespace
}  // namespace proctor::backends
