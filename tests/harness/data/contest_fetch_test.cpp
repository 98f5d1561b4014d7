// Fetching contests with a network and a clock of the test's own.
#include "harness/data/contest_fetch.h"

#include <doctest/doctest.h>

#include <deque>
#include <vector>

#include "tests/tasks/contests/answers.h"

namespace proctor::harness::data {
namespace {

using backends::ExchangeAnswer;
using std::chrono::milliseconds;

// Answers in the order given, each request taking `latency`; notes what it was asked, and when.
struct FakeWorld {
  std::deque<Result<ExchangeAnswer>> answers;
  milliseconds latency{100};
  std::chrono::steady_clock::time_point now{};
  std::vector<std::string> urls{};
  std::vector<milliseconds> started{};

  FetchWorld world() {
    return {.get = [this](const std::string& url) -> Result<ExchangeAnswer> {
              urls.push_back(url);
              started.push_back(std::chrono::duration_cast<milliseconds>(now.time_since_epoch()));
              now += latency;
              REQUIRE_FALSE(answers.empty());
              Result<ExchangeAnswer> answer = std::move(answers.front());
              answers.pop_front();
              return answer;
            },
            .now = [this] { return now; },
            .wait = [this](milliseconds time) { now += time; }};
  }
};

ExchangeAnswer ok(const nlohmann::json& answer) { return {200, answer.dump()}; }

const ExchangeAnswer kStandings = ok(support::standings_answer());
const ExchangeAnswer kChanges = ok(support::rating_changes_answer());

TEST_CASE("a contest takes two requests that keep their distance") {
  FakeWorld fake{.answers = {kStandings, kChanges, kStandings, kChanges}};
  ContestFetcher fetcher("http://site/api", fake.world());
  for (int round = 0; round < 2; ++round) {
    const Result<tasks::contests::JoinedContest> joined = fetcher.fetch("4242");
    REQUIRE(joined);
    CHECK(joined->contest.id == "4242");
    CHECK(joined->contest.field.size() == 4);
  }
  CHECK(fake.urls[0] == "http://site/api/contest.standings?contestId=4242&showUnofficial=false");
  CHECK(fake.urls[1] == "http://site/api/contest.ratingChanges?contestId=4242");
  CHECK(fake.started == std::vector<milliseconds>{milliseconds(0), milliseconds(2'000),
                                                  milliseconds(4'000), milliseconds(6'000)});
}

TEST_CASE("a slow answer needs no pause after it") {
  FakeWorld fake{.answers = {kStandings, kChanges}, .latency = milliseconds(3'000)};
  ContestFetcher fetcher("http://site/api", fake.world());
  REQUIRE(fetcher.fetch("4242"));
  CHECK(fake.started == std::vector<milliseconds>{milliseconds(0), milliseconds(3'000)});
}

TEST_CASE("a busy site is asked again after longer and longer pauses") {
  const Result<ExchangeAnswer> kBusy[] = {
      ExchangeAnswer{503, "<html>"},
      ExchangeAnswer{429, ""},
      ExchangeAnswer{400, R"({"status":"FAILED","comment":"Call limit exceeded"})"},
      Error(ErrorCode::transport, "connection reset"),
  };
  SUBCASE("until it answers") {
    FakeWorld fake{.answers = {kBusy[0], kBusy[1], kBusy[2], kBusy[3], kStandings, kChanges}};
    ContestFetcher fetcher("http://site/api", fake.world());
    REQUIRE(fetcher.fetch("4242"));
    CHECK(fake.started == std::vector<milliseconds>{milliseconds(0), milliseconds(4'000),
                                                    milliseconds(12'000), milliseconds(28'000),
                                                    milliseconds(60'000), milliseconds(62'000)});
  }
  SUBCASE("but not for ever") {
    FakeWorld fake{.answers = {kBusy[0], kBusy[1], kBusy[3], kBusy[2], kBusy[2]}};
    ContestFetcher fetcher("http://site/api", fake.world());
    const Result<tasks::contests::JoinedContest> joined = fetcher.fetch("4242");
    REQUIRE_FALSE(joined);
    CHECK(joined.error().code() == ErrorCode::transport);
    CHECK(joined.error().message() ==
          "http://site/api/contest.standings?contestId=4242&showUnofficial=false: HTTP status 400, "
          "call limit exceeded, after 5 tries");
  }
}

TEST_CASE("what cannot get better is not asked again") {
  struct Row {
    Result<ExchangeAnswer> answer;
    ErrorCode code;
    const char* message;
  };
  const Row kRows[] = {
      {ExchangeAnswer{404, "<html>"}, ErrorCode::refused,
       "http://site/api/contest.standings?contestId=4242&showUnofficial=false: HTTP status 404"},
      {Error(ErrorCode::refused, "bad certificate"), ErrorCode::refused, "bad certificate"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    FakeWorld fake{.answers = {row.answer}};
    ContestFetcher fetcher("http://site/api", fake.world());
    const Result<tasks::contests::JoinedContest> joined = fetcher.fetch("4242");
    REQUIRE_FALSE(joined);
    CHECK(joined.error().code() == row.code);
    CHECK(joined.error().message() == row.message);
  }
}

TEST_CASE("what the site says of a contest that is not rated is passed on") {
  FakeWorld fake{
      .answers = {
          kStandings,
          ExchangeAnswer{400, R"({"status":"FAILED","comment":"contestId: Rating changes are )"
                              R"(unavailable for this contest"})"}}};
  ContestFetcher fetcher("http://site/api", fake.world());
  const Result<tasks::contests::JoinedContest> joined = fetcher.fetch("4242");
  REQUIRE_FALSE(joined);
  CHECK(joined.error().code() == ErrorCode::invalid_input);
  CHECK(joined.error().message() ==
        "http://site/api/contest.ratingChanges?contestId=4242: Codeforces says: contestId: Rating "
        "changes are unavailable for this contest");
}

}  // namespace
}  // namespace proctor::harness::data
