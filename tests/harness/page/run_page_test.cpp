#include "harness/page/run_page.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "harness/figures/answer_votes.h"
#include "harness/page/html_report.h"
#include "tests/harness/support/page_fixture.h"
#include "tests/support/temp_dir.h"

namespace proctor::harness::page {
namespace {

using nlohmann::json;
using reports::html::RepliesAre;
using reports::html::Segment;

struct PageRun {
  explicit PageRun(PageOptions options = {.store = "t.db"})
      : run(add_page_run(dir / "t.db")), store(opened(dir / "t.db")), page(read(options)) {}

  static reports::Store opened(const std::filesystem::path& db) {
    Result<reports::Store> opened_store = reports::Store::open_for_reading(db);
    REQUIRE(opened_store);
    return std::move(*opened_store);
  }

  RunPage read(const PageOptions& options) {
    Result<RunPage> read_page = RunPage::read(store, run, options);
    REQUIRE(read_page);
    return std::move(*read_page);
  }

  json texts_of(std::int64_t sample) {
    reports::html::SampleTexts texts;
    REQUIRE(page.add_texts(store, sample, texts));
    return json::parse(texts.finish());
  }

  support::TempDir dir;
  reports::RunId run;
  reports::Store store;
  RunPage page;
};

TEST_CASE("a table of answers agrees with the ballot and knows who voted for what") {
  const auto by_case = [](std::span<const std::string_view> answers) {
    std::vector<std::size_t> firsts;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      std::size_t first = i;
      for (std::size_t j = 0; j < i && first == i; ++j) {
        if ((answers[j][0] | 0x20) == (answers[i][0] | 0x20)) first = j;
      }
      firsts.push_back(first);
    }
    return firsts;
  };
  const std::vector<graders::Vote> votes = {{"b", false}, {"x", true}, {"", false}, {"B", false},
                                            {"c", false}, {"y", true}, {"b", false}};
  const figures::AnswerTable plain = figures::table_of(votes);
  CHECK(plain.of_vote == std::vector<int>{0, 1, -1, 2, 3, 1, 0});
  const figures::AnswerTable merged = figures::table_of(votes, by_case);
  CHECK(merged.of_vote == std::vector<int>{0, 1, -1, 0, 2, 1, 0});
  for (const figures::AnswerTable& table : {plain, merged}) {
    REQUIRE(table.answers.size() == table.ballot.votes.size());
    for (std::size_t i = 0; i < table.answers.size(); ++i) {
      CHECK(table.answers[i].votes == table.ballot.votes[i]);
      CHECK(table.answers[i].right == (table.ballot.gold == i));
    }
  }
  CHECK(merged.answers[1].answer == "x");
}

TEST_CASE("a reply is cut into thinking and text and the answer within that") {
  using Kind = Segment::Kind;
  struct Row {
    const char* text;
    const char* reasoning;
    std::optional<Span> answer;
    std::vector<Segment> segments;
  };
  const Row kRows[] = {
      {"<think>a</think>b 7!",
       "",
       Span{18, 19},
       {{Kind::thinking, "<think>a</think>"},
        {Kind::text, "b "},
        {Kind::answer, "7"},
        {Kind::text, "!"}}},
      {"7", "apart", Span{0, 1}, {{Kind::thinking, "apart"}, {Kind::answer, "7"}}},
      {"no thinking", "", std::nullopt, {{Kind::text, "no thinking"}}},
      {"<think>never closed 7", "", Span{20, 21}, {{Kind::thinking, "<think>never closed 7"}}},
      {"short", "", Span{3, 99}, {{Kind::text, "short"}}},  // a damaged span
      {"", "", std::nullopt, {}},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    Generation reply;
    reply.text = row.text;
    reply.reasoning = row.reasoning;
    CHECK(segments_of(reply, false, row.answer) == row.segments);
  }
}

TEST_CASE("a run's page has its votes and every state") {
  PageRun fixture;
  const json data = json::parse(fixture.page.data(RepliesAre::here));
  const json& aime = data.at("tasks")[0];
  CHECK(aime.at("outcome") == "ccwwnnfxpppp");
  CHECK(aime.at("finish") == "ssssls-s----");
  CHECK(aime.at("thinking") == "ccacue------");
  CHECK(aime.at("questions")[0].at("answers") == json::parse(R"([["25",2,1],["7",2,0]])"));
  CHECK(aime.at("questions")[0].at("consensus") == 0.5);
  CHECK(aime.at("questions")[1].at("abstentions") == 2);
  CHECK(aime.at("questions")[2].at("consensus").is_null());
  CHECK(aime.at("answer") == json{0, 0, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1});
  CHECK(aime.at("reasons").size() == 2);
  CHECK(data.at("report").at("tasks")[0].at("states").at("planned") == 4);
  CHECK(fixture.page.samples() == 14);
}

TEST_CASE("a sample's texts are its prompt and its reply in segments") {
  PageRun fixture;
  const std::int64_t first = fixture.page.first_sample(0);
  const json block = fixture.texts_of(first);
  REQUIRE(block.at("samples").size() == 1);
  CHECK(block.at("prompts")[0].back()[1].get<std::string>().find("x^2 = 625") != std::string::npos);
  std::string whole;
  std::string answer;
  for (const json& segment : block.at("samples")[0].at("segments")) {
    whole += segment[1].get<std::string>();
    if (segment[0] == "answer") answer = segment[1];
  }
  CHECK(whole.starts_with("<think>\nSo $5^2"));
  CHECK(answer == "25");
  CHECK(fixture.texts_of(first + 6).at("samples")[0].at("reason") == "HTTP 500: <b>overloaded</b>");

  reports::html::SampleTexts texts;
  const Result<void> beyond =
      fixture.page.add_texts(fixture.store, fixture.page.last_sample(1) + 1, texts);
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().code() == ErrorCode::not_found);
}

TEST_CASE("texts of a gated task are withheld where a page is shared and only there") {
  const auto hides = [](PageRun& fixture, std::int64_t sample) {
    const std::string data = fixture.page.data(RepliesAre::here);
    const std::string texts = fixture.texts_of(sample).dump();
    const auto has = [&](const char* words) {
      return data.find(words) != std::string::npos || texts.find(words) != std::string::npos;
    };
    CHECK(data.find("Let $x^2") != std::string::npos);  // the other task's
    const bool hidden = !has("A secret question") && !has("white lead") && !has("litharge");
    CHECK(hidden == (data.find("\"redacted\":true") != std::string::npos));
    CHECK(hidden == has("sha256:"));
    return hidden;
  };
  PageRun shared;
  CHECK(hides(shared, shared.page.first_sample(1)));
  PageRun local({.store = "t.db", .shared = false});
  CHECK_FALSE(hides(local, local.page.first_sample(1)));
}

TEST_CASE("all texts are withheld where that is asked for") {
  PageRun fixture({.store = "t.db", .shared = false, .redacted = true});
  CHECK(fixture.page.data(RepliesAre::live).find("x^2") == std::string::npos);
  CHECK(fixture.texts_of(fixture.page.first_sample(0)).dump().find("625") == std::string::npos);
}

TEST_CASE("runs of the same recipe before this one are its trend") {
  support::TempDir dir;
  for (int i = 0; i < 3; ++i) add_large_run(dir / "t.db", 4, 2);
  reports::Store store = PageRun::opened(dir / "t.db");
  for (const reports::RunId run : {1, 3}) {
    Result<RunPage> page = RunPage::read(store, run, {.store = "t.db"});
    REQUIRE(page);
    const json earlier = json::parse(page->data(RepliesAre::none)).at("earlier");
    CHECK(earlier.size() == (run == 1 ? 0 : 1));
    if (run == 1) continue;
    REQUIRE(earlier.at("aime24").size() == 2);
    CHECK(earlier.at("aime24")[0].at("run") == 1);
    CHECK(earlier.at("aime24")[1].at("run") == 2);
    CHECK(earlier.at("aime24")[1].at("pass_1").get<double>() > 0);
  }
}

TEST_CASE("an HTML report is one page with a block for every sample") {
  PageRun fixture;
  std::string page;
  const Result<HtmlReport> written = write_html_report(
      fixture.store, fixture.run, {.store = "t.db"}, [&](std::string_view text) { page += text; });
  REQUIRE(written);
  CHECK(written->with_texts);
  CHECK(written->samples == 14);
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.find("window.hacked") == std::string::npos);
  CHECK(page.find("data-first=\"1\" data-last=\"12\"") != std::string::npos);
  CHECK(page.find("data-first=\"13\" data-last=\"14\"") != std::string::npos);

  const Result<HtmlReport> none = write_html_report(fixture.store, 99, {}, [](std::string_view) {});
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ErrorCode::not_found);
}

}  // namespace
}  // namespace proctor::harness::page
