// From a place among rated contestants to the rating that would be expected to take it.
//
// By the Elo model that Codeforces uses (M. Mirzayanov, "Open Codeforces Rating System",
// codeforces.com/blog/entry/20762): a contestant of rating a is ahead of one of rating b with
// probability 1 / (1 + 10^((b - a) / 400)), so that the expected place of a rating R among
// r_1..r_n is 1 + sum 1 / (1 + 10^((R - r_j) / 400)). Pure functions.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "graders/rating/contest_score.h"
#include "harness/core/contest.h"

namespace proctor::graders::rating {

// The probability that a rating of `mine` is ahead of one of `other`.
double chance_ahead(double mine, double other);

// How many of the contest's field have at least as good a score: as many rows as a newcomer to the
// standings would find above, with ties above, too.
int ahead_of(const Contest& contest, const ContestScore& score);

// The ratings of a field, counted: what a rating expects there takes time in the number of
// different ratings, which stays in the thousands however many took part.
class Opponents {
 public:
  explicit Opponents(std::span<const int> ratings);
  // A contest's field, its newcomers taken to be worth `newcomer`.
  Opponents(const Contest& contest, int newcomer);

  int count() const { return count_; }
  int lowest() const { return counts_.front().first; }
  int highest() const { return counts_.back().first; }

  // The place, from 1, that the rating is expected to take.
  double expected_place(double rating) const;

 private:
  void add(std::vector<int> ratings);

  std::vector<std::pair<int, int>> counts_;  // rating and how many have it, rising
  int count_ = 0;
};

// How far from the field's own ratings a place can carry.
constexpr int kCapDistance = 400;

struct PlaceRating {
  double rating = 0;    // within kCapDistance of the field's lowest and highest
  double uncapped = 0;  // infinite for the first place and for the one after the last
  bool at_cap = false;  // the two differ: the contest is too easy, or too hard, to say more
};

// The rating whose expected place is `place`, between 1 and count() + 1; there must be opponents.
PlaceRating rating_for_place(double place, const Opponents& opponents);

// The same as CodeElo's published program computes it (Quan et al. 2025, arXiv:2501.01257,
// github.com/QwenLM/CodeElo): integers of [0, highest + 100) are halved, the lower end is the
// rating, and what stands for the place is the number of contestants ahead, which is too good by
// one. `rating` is the integer, `uncapped` the same.
PlaceRating codeelo_rating(int ahead, const Opponents& opponents);

}  // namespace proctor::graders::rating
