// A contest that is over, as those who took part left it: what a rating is measured against.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace proctor {

// How solved problems add up.
enum class ContestRules {
  points,  // Codeforces rounds: each problem has its points, failed attempts cost some of them
  icpc,    // educational rounds: solved problems count, and failed attempts add penalty
};

struct ContestProblem {
  std::string index;          // "A", "D2"
  double points = 0;          // for a solution at once; 0 under ICPC rules
  std::optional<int> rating;  // its difficulty, if it has one

  bool operator==(const ContestProblem&) const = default;
};

struct Contestant {
  double points = 0;  // under ICPC rules the number of problems solved
  double penalty = 0;
  int rating = 0;  // before the contest; kNewcomer: this was the first one

  bool operator==(const Contestant&) const = default;
};

// What Codeforces shows, since 2020, as the rating of those who have none yet.
constexpr int kNewcomer = 0;

struct Contest {
  std::string id;  // "1349", "quickstart-contest-1"
  std::string name;
  ContestRules rules = ContestRules::points;
  std::int64_t start = 0;  // Unix time
  std::vector<ContestProblem> problems;
  std::vector<Contestant> field;  // who took part officially, alone, and was rated; best first

  bool operator==(const Contest&) const = default;
};

// What the models' attempts at a contest's problem are kept under in a run: "contest/1349" names
// the attachment that holds the contest.
constexpr const char* kContestAttachment = "contest/";

}  // namespace proctor
