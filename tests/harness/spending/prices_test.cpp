#include "harness/spending/prices.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace proctor::harness::spending {
namespace {

Result<Prices> prices_of(const support::TempDir& dir, const std::string& text) {
  std::ofstream(dir / "prices.json") << text;
  return Prices::load(dir / "prices.json");
}

}  // namespace

TEST_CASE("a model has the price of its own name or of the longest pattern that fits") {
  const support::TempDir dir;
  const Result<Prices> prices =
      prices_of(dir,
                R"({"models": {"openai/gpt-4o": {"input": 2.5, "cached_input": 1.25, "output": 10},
                     "openai/*": {"input": 1, "output": 2},
                     "openai/gpt-4*": {"input": 3, "output": 4},
                     "tiny": {"input": 0, "output": 0}}})");
  REQUIRE(prices);
  CHECK(prices->of("openai/gpt-4o")->output == 10);
  CHECK(prices->of("openai/gpt-4-turbo")->input == 3);
  CHECK(prices->of("openai/o1")->input == 1);
  CHECK(prices->of("openai/o1")->cached_input == 1);
  CHECK(prices->of("tiny")->output == 0);
  CHECK_FALSE(prices->of("deepseek/r1"));
  CHECK_FALSE(Prices().of("tiny"));
}

TEST_CASE("a batch has its own price where the file says one") {
  const support::TempDir dir;
  const Result<Prices> prices =
      prices_of(dir, R"({"models": {"openai/a": {"input": 2, "cached_input": 1, "output": 10,
                                       "batch": {"input": 1, "output": 5}},
                          "openai/b*": {"input": 3, "output": 4}}})");
  REQUIRE(prices);
  CHECK(prices->of("openai/a")->output == 10);
  CHECK(prices->of("openai/a", true)->output == 5);
  CHECK(prices->of("openai/a", true)->cached_input == 1);
  CHECK(prices->of("openai/b1", true)->output == 4);
  RunPlan plan;
  plan.model = "openai/a";
  struct Row {
    const char* config;
    double output;
  };
  const Row rows[] = {{R"({"batch": true})", 5}, {R"({"batch": false})", 10}, {"{}", 10}, {"", 10}};
  for (const Row& row : rows) {
    CAPTURE(row.config);
    plan.config_json = row.config;
    CHECK(prices->of(plan)->output == row.output);
  }
}

TEST_CASE("tokens cost what the table says for a million") {
  const Price price{2.5, 1.25, 10};
  CHECK(cost_of(price, {1000, 2000, {}, {}}) == doctest::Approx(0.0225));
  CHECK(cost_of(price, {1000, 2000, 500, 400}) == doctest::Approx(0.022));
  CHECK(cost_of(price, {100, 0, {}, 400}) == doctest::Approx(0.000125));
}

TEST_CASE("a file that is no table of prices is refused by field") {
  const support::TempDir dir;
  struct Row {
    const char* text;
    const char* complaint;
  };
  const Row rows[] = {
      {"[]", "expected {\"models\""},
      {"{", "expected {\"models\""},
      {R"({"models": {"a": 1}})", "models[\"a\"]: expected an object"},
      {R"({"models": {"a": {"input": 1}}})", "field \"output\": missing"},
      {R"({"models": {"a": {"output": 1}}})", "field \"input\": missing"},
      {R"({"models": {"a": {"input": -1, "output": 1}}})", "field \"input\": expected dollars"},
      {R"({"models": {"a": {"input": 1, "output": 1, "per": 3}}})", "field \"per\": unknown"},
      {R"({"models": {"a": {"input": 1, "output": 1, "batch": 0.5}}})",
       "models[\"a\"][\"batch\"]: expected an object"},
      {R"({"models": {"a": {"input": 1, "output": 1, "batch": {"input": 1}}}})",
       "[\"batch\"]: field \"output\": missing"},
      {R"({"models": {"a": {"input": 1, "output": 1,
           "batch": {"input": 1, "output": 1, "batch": {}}}}})",
       "[\"batch\"]: field \"batch\": unknown"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<Prices> prices = prices_of(dir, row.text);
    REQUIRE_FALSE(prices);
    CHECK(prices.error().message().find(row.complaint) != std::string::npos);
    CHECK(prices.error().message().find("prices.json") != std::string::npos);
  }
  CHECK(Prices::load(dir / "none.json").error().code() == ErrorCode::not_found);
}

}  // namespace proctor::harness::spending
