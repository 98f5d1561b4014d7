// Answers of the Codeforces API about a contest of three problems, small enough to be read, for the
// tests of all that reads them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace proctor::support {

inline nlohmann::json standings_row(const std::string& handle, double points, double penalty,
                                    const char* type = "CONTESTANT") {
  return {{"party", {{"members", {{{"handle", handle}}}}, {"participantType", type}}},
          {"rank", 1},
          {"points", points},
          {"penalty", penalty},
          {"problemResults", nlohmann::json::array()}};
}

// Contest 4242 by points: five official contestants, one of them a newcomer and one unrated, and a
// team and a virtual one besides.
inline nlohmann::json standings_answer() {
  using nlohmann::json;
  json team = standings_row("erin", 1400, 0);
  team["party"]["members"].push_back({{"handle", "frank"}});
  team["party"]["teamId"] = 7;
  const auto problem = [](const char* index, double points, int rating) {
    return json{{"index", index}, {"name", index}, {"points", points}, {"rating", rating}};
  };
  return {
      {"status", "OK"},
      {"result",
       {{"contest",
         {{"id", 4242},
          {"name", "Practice Round"},
          {"type", "CF"},
          {"phase", "FINISHED"},
          {"startTimeSeconds", 1'700'000'000}}},
        {"problems", {problem("A", 500, 800), problem("B", 1000, 1400), problem("C", 1500, 2000)}},
        {"rows",
         {standings_row("alice", 2800, 0), standings_row("grace", 2000, 0, "VIRTUAL"), team,
          standings_row("bob", 1400, 0), standings_row("carol", 480, 0),
          standings_row("dave", 480, 0), standings_row("heidi", 300, 0)}}}}};
}

inline nlohmann::json rating_changes_answer() {
  using nlohmann::json;
  const auto change = [](const char* handle, int rating) {
    return json{{"contestId", 4242}, {"handle", handle}, {"oldRating", rating}, {"newRating", 0}};
  };
  return {{"status", "OK"},
          {"result",
           {change("alice", 2000), change("bob", 1600), change("carol", 0), change("dave", 1200)}}};
}

}  // namespace proctor::support
