#include "graders/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "harness/core/check.h"

namespace proctor::graders {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

bool is_defined(int samples, int correct, int k) {
  check(correct >= 0 && correct <= samples);
  return k >= 1 && k <= samples;
}

// C(n, j) / 2^n for j = 0..n. The scale keeps products of many rows inside a long double's range:
// the powers of two of all factors together make up that of C(N, k), and cancel.
std::vector<long double> scaled_binomials(int n) {
  std::vector<long double> row(static_cast<std::size_t>(n) + 1);
  row[0] = std::ldexp(1.0L, -n);
  for (int j = 0; j < n; ++j) {
    const auto at = static_cast<std::size_t>(j);
    row[at + 1] = row[at] * static_cast<long double>(n - j) / static_cast<long double>(j + 1);
  }
  return row;
}

// The chance that at least `wanted` of k drawn samples are correct.
double hypergeometric_tail(int samples, int correct, int k, int wanted) {
  const std::vector<long double> right = scaled_binomials(correct);
  const std::vector<long double> wrong = scaled_binomials(samples - correct);
  long double ways = 0;
  for (int j = std::max(wanted, k - (samples - correct)); j <= std::min(correct, k); ++j) {
    ways += right[static_cast<std::size_t>(j)] * wrong[static_cast<std::size_t>(k - j)];
  }
  return static_cast<double>(ways / scaled_binomials(samples)[static_cast<std::size_t>(k)]);
}

// A polynomial in x (votes cast) and y (answers tied with the right one), cut off at the powers
// that can still matter. Coefficients are scaled as in scaled_binomials.
class VotePolynomial {
 public:
  VotePolynomial(std::size_t max_x, std::size_t max_y)
      : max_x_(max_x), max_y_(max_y), terms_((max_x + 1) * (max_y + 1)) {
    terms_[0] = 1;
  }

  // Multiplies by (1+x)^n: answers that cannot reach the right one, however many votes they get.
  void multiply_by_any(int n) { multiply(scaled_binomials(n), 0, n); }

  // Multiplies by the factor of an answer with n votes that may reach `a` but not pass it.
  void multiply_by_rival(int n, int a) { multiply(scaled_binomials(n), a, a - 1); }

  long double coefficient(std::size_t x, std::size_t y) const {
    return terms_[y * (max_x_ + 1) + x];
  }

 private:
  // Multiplies by sum_{b <= last} row[b] x^b, plus y * row[tie] x^tie if tie > 0.
  void multiply(const std::vector<long double>& row, int tie, int last) {
    std::vector<long double> product(terms_.size());
    const std::size_t highest = std::min(degree_x_, max_x_);
    for (std::size_t y = 0; y <= std::min(degree_y_, max_y_); ++y) {
      for (std::size_t x = 0; x <= highest; ++x) {
        const long double term = coefficient(x, y);
        if (term == 0) continue;
        long double* out = &product[y * (max_x_ + 1) + x];
        const std::size_t room = std::min(static_cast<std::size_t>(last), max_x_ - x);
        for (std::size_t b = 0; b <= room; ++b) out[b] += term * row[b];
        const auto tied = static_cast<std::size_t>(tie);
        if (tied > 0 && y < max_y_ && x + tied <= max_x_) {
          out[max_x_ + 1 + tied] += term * row[tied];
        }
      }
    }
    degree_x_ += static_cast<std::size_t>(std::max(last, tie));
    if (tie > 0) ++degree_y_;
    terms_ = std::move(product);
  }

  std::size_t max_x_;
  std::size_t max_y_;
  std::size_t degree_x_ = 0;
  std::size_t degree_y_ = 0;
  std::vector<long double> terms_;  // row by row, one a power of y
};

// The inner sum over t: the scaled ways in which the rest of the k fall when the right answer has
// `a` votes, each counted with the credit it earns.
long double credit_of_rest(const Ballot& ballot, int k, int a) {
  const auto rest = static_cast<std::size_t>(k - a);
  const std::size_t most_ties = rest / static_cast<std::size_t>(a);
  VotePolynomial ways(rest, most_ties);
  int harmless = ballot.abstentions;
  for (std::size_t answer = 0; answer < ballot.votes.size(); ++answer) {
    const int votes = ballot.votes[answer];
    if (answer == *ballot.gold) continue;
    if (votes < a) {
      harmless += votes;
    } else {
      ways.multiply_by_rival(votes, a);
    }
  }
  ways.multiply_by_any(harmless);
  long double credit = 0;
  for (std::size_t ties = 0; ties <= most_ties; ++ties) {
    credit += ways.coefficient(rest, ties) / static_cast<long double>(1 + ties);
  }
  return credit;
}

// Each wrong answer's text, and the one that stands for all that are the same answer: the first of
// them to appear.
std::unordered_map<std::string_view, std::string_view> wrong_classes(std::span<const Vote> votes,
                                                                     const SameAnswers& same) {
  std::vector<std::string_view> texts;
  std::unordered_map<std::string_view, std::string_view> classes;
  for (const Vote& vote : votes) {
    if (vote.correct || vote.canonical.empty()) continue;
    if (classes.try_emplace(vote.canonical, vote.canonical).second) texts.push_back(vote.canonical);
  }
  if (!same || texts.size() < 2) return classes;
  const std::vector<std::size_t> firsts = same(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) classes[texts[i]] = texts[firsts[i]];
  return classes;
}

}  // namespace

double pass_at_k(int samples, int correct, int k) {
  if (!is_defined(samples, correct, k)) return kUndefined;
  if (samples - correct < k) return 1;
  double none = 1;
  for (int i = samples - correct + 1; i <= samples; ++i) none *= 1 - static_cast<double>(k) / i;
  return 1 - none;
}

double pass_hat_k(int samples, int correct, int k) {
  if (!is_defined(samples, correct, k)) return kUndefined;
  double all = 1;
  for (int i = 0; i < k; ++i) {
    all *= static_cast<double>(std::max(correct - i, 0)) / (samples - i);
  }
  return all;
}

double g_pass_at_k(int samples, int correct, int k, Ratio tau) {
  check(tau.denominator > 0 && tau.numerator >= 0 && tau.numerator <= tau.denominator);
  if (!is_defined(samples, correct, k)) return kUndefined;
  const long long product = static_cast<long long>(k) * tau.numerator;
  const long long ceiling = (product + tau.denominator - 1) / tau.denominator;
  return hypergeometric_tail(samples, correct, k, std::max(static_cast<int>(ceiling), 1));
}

double mg_pass_at_k(int samples, int correct, int k) {
  if (!is_defined(samples, correct, k)) return kUndefined;
  double sum = 0;
  for (int i = (k + 1) / 2 + 1; i <= k; ++i) sum += hypergeometric_tail(samples, correct, k, i);
  return 2 * sum / k;
}

int Ballot::samples() const { return std::accumulate(votes.begin(), votes.end(), abstentions); }

Ballot count_votes(std::span<const Vote> votes, const SameAnswers& same) {
  const std::unordered_map<std::string_view, std::string_view> classes = wrong_classes(votes, same);
  Ballot ballot;
  std::unordered_map<std::string_view, std::size_t> answers;
  for (const Vote& vote : votes) {
    if (vote.canonical.empty()) {
      ++ballot.abstentions;
      continue;
    }
    std::size_t answer = ballot.votes.size();
    if (!vote.correct) {
      answer = answers.try_emplace(classes.at(vote.canonical), answer).first->second;
    } else if (ballot.gold) {
      answer = *ballot.gold;
    } else {
      ballot.gold = answer;
    }
    if (answer == ballot.votes.size()) ballot.votes.push_back(0);
    ++ballot.votes[answer];
  }
  return ballot;
}

double consensus(const Ballot& ballot, TieRule rule) {
  if (!ballot.gold) return 0;
  const auto top = std::max_element(ballot.votes.begin(), ballot.votes.end());
  const auto gold = ballot.votes.begin() + static_cast<std::ptrdiff_t>(*ballot.gold);
  if (*gold < *top) return 0;
  const auto tied = std::count(ballot.votes.begin(), ballot.votes.end(), *top);
  switch (rule) {
    case TieRule::fractional:
      return 1.0 / static_cast<double>(tied);
    case TieRule::first:
      return gold == top ? 1 : 0;
    case TieRule::strict:
      return tied == 1 ? 1 : 0;
  }
  check(false);
  return 0;
}

double expected_consensus(const Ballot& ballot, int k) {
  const int samples = ballot.samples();
  if (k < 1 || k > samples) return kUndefined;
  if (!ballot.gold) return 0;
  const int right = ballot.votes[*ballot.gold];
  const std::vector<long double> ways_to_draw = scaled_binomials(right);
  long double credit = 0;
  for (int a = 1; a <= std::min(right, k); ++a) {
    credit += ways_to_draw[static_cast<std::size_t>(a)] * credit_of_rest(ballot, k, a);
  }
  return static_cast<double>(credit / scaled_binomials(samples)[static_cast<std::size_t>(k)]);
}

}  // namespace proctor::graders
