// Rows of a dataset from an imitated service.
#include "harness/hub/rows.h"

#include <doctest/doctest.h>

#include <atomic>

#include "tests/harness/hub/fake_hub.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::hub {
namespace {

using nlohmann::json;
using support::Answer;
using support::HttpRequest;

struct Bench {
  support::TempDir dir;
  FakeHub hub;
  std::size_t here = 0;
  std::size_t of = 0;

  explicit Bench(std::size_t rows) {
    FakeRows& set = hub.rows["ours/sums"];
    for (std::size_t i = 0; i < rows; ++i) {
      set.rows.push_back({{"id", i}, {"text", "sum é " + std::to_string(i)}, {"half", 0.5}});
    }
  }

  FakeRows& set() { return hub.rows["ours/sums"]; }
  std::filesystem::path file() const { return dir / "sums.jsonl"; }

  Result<FetchedRows> fetch(const std::string& split = "train") {
    HubClient client(hub.settings(), {});
    return fetch_rows(client, {"ours/sums", "default", split}, file(),
                      [&](std::size_t rows, std::size_t total) {
                        here = rows;
                        of = total;
                      });
  }
};

std::string lines_of(const std::vector<json>& rows) {
  std::string text;
  for (const json& row : rows) text += row.dump() + "\n";
  return text;
}

TEST_CASE("rows come page by page and in order") {
  for (const std::size_t rows : {1u, 100u, 101u, 230u}) {
    CAPTURE(rows);
    Bench bench(rows);
    const Result<FetchedRows> fetched = bench.fetch();
    REQUIRE(fetched);
    CHECK(fetched->rows == rows);
    CHECK(fetched->commit == std::string(40, 'd'));
    CHECK(bench.here == rows);
    CHECK(bench.of == rows);
    CHECK(support::read_file(bench.file()) == lines_of(bench.set().rows));
    const std::vector<std::string> log = bench.hub.log();
    CHECK(log.size() == 1 + (rows + 99) / 100);
    CHECK(log[1] == "/rows?dataset=ours%2Fsums&config=default&split=train&offset=0&length=100");
  }
}

TEST_CASE("rows that are too big for one answer come fewer at a time") {
  Bench bench(40);
  bench.set().most_rows = 30;
  REQUIRE(bench.fetch());
  CHECK(support::read_file(bench.file()) == lines_of(bench.set().rows));
  bench.set().most_rows = 0;
  const Result<FetchedRows> never = bench.fetch();
  REQUIRE_FALSE(never);
  CHECK(never.error().code() == ErrorCode::refused);
  CHECK(never.error().message().find("Rows are too big") != std::string::npos);
}

TEST_CASE("a cell that was cut short is an error that names it and leaves no file") {
  Bench bench(7);
  bench.set().truncated_cells = {"text"};
  const Result<FetchedRows> fetched = bench.fetch();
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().code() == ErrorCode::corrupt);
  CHECK(fetched.error().message().ends_with("row 6: the service cut cells short: [\"text\"]"));
  CHECK_FALSE(std::filesystem::exists(bench.file()));
}

TEST_CASE("what is not the whole of one split is refused") {
  SUBCASE("a part") {
    Bench bench(7);
    bench.set().partial = true;
    CHECK(bench.fetch().error().code() == ErrorCode::corrupt);
  }
  SUBCASE("another commit half way") {
    Bench bench(150);
    std::atomic<int> pages = 0;
    bench.hub.meddle = [&](const HttpRequest& request, Answer whole) {
      if (!request.path.starts_with("/rows") || ++pages == 1) return whole;
      Answer other = std::move(whole);
      std::string& bytes = other.steps[0].bytes;
      bytes.replace(bytes.find(std::string(40, 'd')), 40, std::string(40, 'e'));
      return other;
    };
    const Result<FetchedRows> fetched = bench.fetch();
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().message() ==
          "ours/sums: it changed while it was fetched; fetch it again");
  }
  SUBCASE("no rows at all") {
    Bench bench(0);
    CHECK(bench.fetch().error().code() == ErrorCode::corrupt);
  }
  SUBCASE("rows missing in the middle") {
    Bench bench(150);
    bench.hub.meddle = [&](const HttpRequest& request, Answer whole) {
      if (request.path.find("offset=100") == std::string_view::npos) return whole;
      return support::respond_json(
          200, R"({"rows":[{"row_idx":120,"row":{}}],"num_rows_total":150,"partial":false})");
    };
    const Result<FetchedRows> fetched = bench.fetch();
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().message().ends_with("expected row 100, found row 120"));
  }
  SUBCASE("no JSON") {
    Bench bench(7);
    bench.hub.meddle = [](const HttpRequest& request, Answer whole) {
      return request.path.starts_with("/rows") ? support::respond(200, {}, "<html>") : whole;
    };
    CHECK(bench.fetch().error().code() == ErrorCode::corrupt);
  }
  SUBCASE("JSON that would end the stack") {
    const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
    for (const char* where : {"/rows", "/splits"}) {
      CAPTURE(where);
      Bench bench(7);
      bench.hub.meddle = [&](const HttpRequest& request, Answer whole) {
        if (!request.path.starts_with(where)) return whole;
        return support::respond_json(
            200, R"({"num_rows_total":1,"rows":[{"row_idx":0,"row":{"a":)" + deep +
                     R"(}}],"splits":)" + deep + "}");
      };
      CHECK(bench.fetch().error().code() == ErrorCode::corrupt);
    }
  }
}

TEST_CASE("what is no commit is not taken for one") {
  Bench bench(3);
  bench.set().commit = "../../main\xff";
  const Result<FetchedRows> fetched = bench.fetch();
  REQUIRE(fetched);
  CHECK(fetched->commit.empty());
}

TEST_CASE("a split that is not there is answered with those that are") {
  Bench bench(3);
  const Result<FetchedRows> fetched = bench.fetch("test");
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().code() == ErrorCode::not_found);
  CHECK(fetched.error().message() ==
        "ours/sums: no split \"test\" of \"default\"; there are \"default\" \"train\"");
  bench.hub.rows.clear();
  CHECK(bench.fetch().error().code() == ErrorCode::not_found);
}

TEST_CASE("a service that is busy is asked again") {
  Bench bench(3);
  std::atomic<int> left = 2;
  bench.hub.meddle = [&](const HttpRequest&, Answer whole) {
    return left-- > 0 ? support::respond(429, {{"Retry-After", "0"}}, "") : whole;
  };
  REQUIRE(bench.fetch());
  CHECK(support::read_file(bench.file()) == lines_of(bench.set().rows));
}

}  // namespace
}  // namespace proctor::harness::hub
