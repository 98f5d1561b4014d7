// `proctor trend` through the real program.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/harness/support/run_fixture.h"
#include "tests/harness/support/scored_store.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

// Forty questions of which every sample but the first `wrong` is correct.
std::vector<std::string> night(std::size_t wrong) {
  return std::vector<std::string>(40, std::string(wrong, '0') + std::string(32 - wrong, '1'));
}

TEST_CASE("a slow decline raises an alarm that no single night does") {
  const support::TempDir dir;
  const std::string db = (dir / "a.db").string();
  for (int i = 0; i < 4; ++i) add_scored_run(db, {.rows = night(8)});
  const json calm = report_of({PROCTOR_BINARY, "trend", "sums", "--db", db, "--json"}, 0);
  REQUIRE(calm.at("nights").size() == 4);
  for (const json& one : calm.at("nights")) CHECK(one.at("alarm") == "");
  CHECK(calm.at("nights").at(0).at("change").is_null());

  for (int i = 0; i < 6; ++i) add_scored_run(db, {.rows = night(9)});
  const json fallen = report_of({PROCTOR_BINARY, "trend", "sums", "--db", db, "--json"}, 0);
  int alarms = 0;
  for (const json& one : fallen.at("nights")) {
    if (one.at("z").is_number()) CHECK(one.at("z") > -4.5);
    alarms += one.at("alarm") == "DECLINE" ? 1 : 0;
  }
  CHECK(alarms >= 1);
  const support::ChildEnd table = run_program({PROCTOR_BINARY, "trend", "sums", "--db", db});
  CHECK(table.out.find("alarm: DECLINE by run") != std::string::npos);
}

TEST_CASE("nights of another recipe are left out by name and other models are not") {
  const support::TempDir dir;
  const std::string db = (dir / "a.db").string();
  add_scored_run(db, {.rows = {"11", "10"}, .temperature = 1});
  add_scored_run(db, {.rows = {"11", "1."}});
  add_scored_run(db, {.rows = {"11", "10"}, .model = "local/b", .server = "local b"});
  add_scored_run(db, {.rows = {"11", "11"}});
  const json all = report_of({PROCTOR_BINARY, "trend", "sums", db, "--json"}, 0);
  REQUIRE(all.at("nights").size() == 2);
  CHECK(all.at("nights").at(1).at("pass@1") == doctest::Approx(1));
  CHECK(all.at("left_out").size() == 2);
  const json one =
      report_of({PROCTOR_BINARY, "trend", "sums", db, "--model", "local/b", "--json"}, 0);
  CHECK(one.at("nights").size() == 1);
  const support::ChildEnd csv =
      run_program({PROCTOR_BINARY, "trend", "sums", db, "--format", "csv"});
  CHECK(csv.out.starts_with("created_at,run,model,task,pass@1,"));
  CHECK(run_program({PROCTOR_BINARY, "trend", "other", db}).exit_code == 2);
}

}  // namespace
}  // namespace proctor::harness
