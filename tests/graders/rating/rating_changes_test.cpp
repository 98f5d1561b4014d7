// The open rating formulas against what Codeforces really did.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/contest.h"
#include "tests/graders/rating/open_formulas.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace proctor::graders::rating {
namespace {

using nlohmann::json;

// Participants, and what became of their ratings.
struct RatedContest {
  std::vector<Participant> participants;
  std::vector<int> changes;
};

json load(const std::filesystem::path& path) { return json::parse(support::read_file(path)); }

// Gives every one of equal rank the last place among them; rows are in the order of the standings.
template <class SameRank>
void share_last_places(RatedContest& contest, const SameRank& same_rank) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < contest.participants.size(); ++i) {
    if (i + 1 < contest.participants.size() && same_rank(i, i + 1)) continue;
    for (; first <= i; ++first) contest.participants[first].place = static_cast<int>(i + 1);
  }
}

// As contest.ratingChanges has it. Who had no rating yet is taken to be worth `newcomer`; what is
// shown of a first contest lies `first_bonus` above the change.
RatedContest from_rating_changes(const std::filesystem::path& path, int newcomer, int first_bonus) {
  const json answer = load(path);
  const json& rows = answer.at("result");
  RatedContest contest;
  for (const json& row : rows) {
    const int before = row.at("oldRating");
    const bool is_new = newcomer != kNewcomer && before == kNewcomer;
    contest.participants.push_back({0, is_new ? newcomer : before});
    contest.changes.push_back(row.at("newRating").get<int>() - before - (is_new ? first_bonus : 0));
  }
  share_last_places(contest, [&](std::size_t a, std::size_t b) {
    return rows[a].at("rank") == rows[b].at("rank");
  });
  return contest;
}

// As Carrot's test data has it: handle, points, penalty, rating, change.
RatedContest from_carrot(const std::filesystem::path& path) {
  const json rows = load(path);
  RatedContest contest;
  for (const json& row : rows) {
    contest.participants.push_back({0, row.at(3)});
    contest.changes.push_back(row.at(4));
  }
  share_last_places(contest, [&](std::size_t a, std::size_t b) {
    return rows[a].at(1) == rows[b].at(1) && rows[a].at(2) == rows[b].at(2);
  });
  return contest;
}

std::size_t differing(const std::vector<int>& ours, const std::vector<int>& real) {
  REQUIRE(ours.size() == real.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) count += ours[i] == real[i] ? 0 : 1;
  return count;
}

TEST_CASE("three equals exchange rating by their places") {
  const std::vector<int> changes = rating_changes({{1, 1500}, {2, 1500}, {3, 1500}});
  CHECK(changes[0] > 0);
  CHECK(changes[2] < 0);
  CHECK(changes[0] + changes[1] + changes[2] <= 0);
}

TEST_CASE("every real change of the contests in Carrot is reproduced") {
  const std::filesystem::path shared = support::shared_data();
  if (shared.empty()) SKIP("needs real contests in the shared data: they are missing");
  struct Row {
    const char* file;
    std::size_t participants;
  };
  constexpr Row kRows[] = {{"round-1305-ozon-2020-div1+2", 7420}, {"round-1326-global-7", 10630},
                           {"round-1342-edu-86", 14939},          {"round-1349-641-div1", 1248},
                           {"round-1350-641-div2", 11937},        {"round-1352-640-div4", 13965}};
  for (const Row& row : kRows) {
    CAPTURE(row.file);
    const RatedContest contest =
        from_carrot(shared / "codeforces/real/carrot" / (std::string(row.file) + "-data.json"));
    CHECK(contest.changes.size() == row.participants);
    CHECK(differing(rating_changes(contest.participants), contest.changes) == 0);
  }
}

TEST_CASE("every real change of two older contests is reproduced and all but a few of a third") {
  const std::filesystem::path shared = support::shared_data();
  if (shared.empty()) SKIP("needs real contests in the shared data: they are missing");
  struct Row {
    const char* id;
    std::size_t participants, differ;
  };
  // The site corrected 911 later.
  constexpr Row kRows[] = {{"908", 6691, 0}, {"917", 423, 0}, {"911", 3982, 225}};
  for (const Row& row : kRows) {
    CAPTURE(row.id);
    const std::string file = "contest.ratingChanges." + std::string(row.id) + ".json";
    const RatedContest contest =
        from_rating_changes(shared / "codeforces/real" / file, kNewcomer, 0);
    CHECK(contest.changes.size() == row.participants);
    CHECK(differing(rating_changes(contest.participants), contest.changes) == row.differ);
  }
}

// A new account is worth 1400 to the formulas and is shown as 0; what is shown catches up over the
// first contests, by 500 in the very first.
TEST_CASE("newcomers since 2020 are worth 1400 whatever is shown") {
  const std::filesystem::path shared = support::shared_data();
  if (shared.empty()) SKIP("needs synthetic contests in the shared data: they are missing");
  for (const char* id : {"99001", "99002"}) {
    CAPTURE(id);
    const std::filesystem::path file =
        shared / "codeforces/synthetic" / ("contest.ratingChanges." + std::string(id) + ".json");
    const RatedContest at_1400 = from_rating_changes(file, 1400, 500);
    CHECK(differing(rating_changes(at_1400.participants), at_1400.changes) == 0);
    const RatedContest at_0 = from_rating_changes(file, kNewcomer, 0);
    CHECK(differing(rating_changes(at_0.participants), at_0.changes) > 0);
  }
}

}  // namespace
}  // namespace proctor::graders::rating
