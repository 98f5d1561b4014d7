// `proctor merge`.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/harness/verbs/exchange_fixture.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness {
namespace {

using nlohmann::json;
using support::TempDir;

TEST_CASE("merged stores report what each of them reported") {
  const TempDir dir;
  make_exchange_store(dir / "a.db");
  proctor({"export", "1", "--private", "--out", (dir / "a.jsonl").string()}, dir / "a.db");
  proctor({"import", (dir / "a.jsonl").string(), "--format", "jsonl"}, dir / "b.db");
  const std::string a = (dir / "a.db").string();
  const std::string b = (dir / "b.db").string();
  const std::string out = (dir / "all.db").string();
  const json united = json::parse(proctor({"merge", out, a, b, "--json"}, dir / "unused.db"));
  CHECK(united["runs"] == 1);
  CHECK(united["united"] == 1);
  CHECK(united["samples"] == 0);  // the same all over
  const auto report_of = [](const std::filesystem::path& db) {
    return json::parse(proctor({"report", "1", "--json"}, db))["tasks"];
  };
  CHECK(report_of(out) == report_of(a));
  CHECK(!std::filesystem::exists(dir / "unused.db"));

  CHECK(proctor({"merge", out, a}, dir / "unused.db", 2).find("there is such a file already") !=
        std::string::npos);
  const std::string apart = (dir / "apart.db").string();
  const std::string said = proctor({"merge", apart, a, b, "--apart"}, dir / "unused.db");
  CHECK(said == apart + ": 2 runs of 2 files\n");
  CHECK(
      proctor({"merge", (dir / "x.db").string(), (dir / "none.db").string()}, dir / "unused.db", 2)
          .find("no such store") != std::string::npos);
}

}  // namespace
}  // namespace proctor::harness
