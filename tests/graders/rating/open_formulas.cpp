#include "tests/graders/rating/open_formulas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "graders/rating/place_rating.h"
#include "harness/core/check.h"

namespace proctor::graders::rating {
namespace {

// The ratings that occur, and those that the update looks for.
constexpr int kLowest = -1000;
constexpr int kHighest = 8000;

// The expected place of every rating among all the participants, one who is there counted as well.
// In proportion to the number of ratings that occur, times those that are asked about.
class Seeds {
 public:
  explicit Seeds(const std::vector<Participant>& participants) {
    std::vector<int> counts(kHighest - kLowest, 0);
    for (const Participant& one : participants) {
      check(one.rating > kLowest && one.rating < kHighest);
      ++counts[index(one.rating)];
    }
    for (int d = kLowest - kHighest; d <= kHighest - kLowest; ++d)
      chances_.push_back(chance_ahead(d, 0));
    seeds_.assign(counts.size(), 1.0);
    for (int rating = kLowest; rating < kHighest; ++rating) {
      const int count = counts[index(rating)];
      if (count == 0) continue;
      for (int mine = kLowest; mine < kHighest; ++mine) {
        seeds_[index(mine)] += count * chance(rating - mine);
      }
    }
  }

  // Of a rating, had its owner, whose rating is `self`, another.
  double without(int self, int rating) const {
    return seeds_[index(rating)] - chance(self - rating);
  }

 private:
  static std::size_t index(int rating) { return static_cast<std::size_t>(rating - kLowest); }
  double chance(int difference) const {
    return chances_[static_cast<std::size_t>(difference - (kLowest - kHighest))];
  }

  std::vector<double> chances_;
  std::vector<double> seeds_;
};

// The rating whose seed is the geometric mean of the place taken and the one expected.
int needed_rating(const Participant& one, const Seeds& seeds) {
  const double place = std::sqrt(one.place * seeds.without(one.rating, one.rating));
  int low = 1;
  int high = kHighest;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (seeds.without(one.rating, middle) < place ? high : low) = middle;
  }
  return low;
}

void add_to_all(std::vector<int>& changes, int points) {
  for (int& change : changes) change += points;
}

}  // namespace

std::vector<int> rating_changes(const std::vector<Participant>& participants) {
  const Seeds seeds(participants);
  const int count = static_cast<int>(participants.size());
  std::vector<int> changes;
  for (const Participant& one : participants) {
    changes.push_back((needed_rating(one, seeds) - one.rating) / 2);
  }
  // Against inflation: all changes together are to be a little below zero.
  add_to_all(changes, -std::accumulate(changes.begin(), changes.end(), 0) / count - 1);

  // And those of the ones with the highest ratings not above it.
  std::vector<std::size_t> order(participants.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return participants[a].rating > participants[b].rating;
  });
  const int top = std::min(static_cast<int>(4 * std::lround(std::sqrt(count))), count);
  int sum = 0;
  for (int i = 0; i < top; ++i) sum += changes[order[static_cast<std::size_t>(i)]];
  add_to_all(changes, std::clamp(-sum / top, -10, 0));
  return changes;
}

}  // namespace proctor::graders::rating
