// Metrics over the repeats of one question. Pure functions; a benchmark's value is their mean over
// its questions. N samples, c of them correct, k of them looked at.
//
// Where fewer than k samples exist a metric is undefined and is NaN, never a value for a smaller k.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace proctor::graders {

// The chance that k samples drawn without replacement hold a correct one:
// 1 - C(N-c, k) / C(N, k), as a product (Chen et al. 2021, arXiv:2107.03374, section 2.1).
double pass_at_k(int samples, int correct, int k);

// The chance that all k are correct: C(c, k) / C(N, k) (Yao et al. 2024, arXiv:2406.12045).
double pass_hat_k(int samples, int correct, int k);

// A threshold as an exact fraction, so that the ceiling of k * tau is exact too.
struct Ratio {
  int numerator = 1;
  int denominator = 2;
};

// The chance that at least max(ceil(k * tau), 1) of the k are correct: G-Pass@k, a hypergeometric
// tail (Liu et al. 2024, arXiv:2412.13147).
double g_pass_at_k(int samples, int correct, int k, Ratio tau);

// G-Pass@k averaged over thresholds from one half up: (2/k) * sum of G-Pass@k at i/k for
// i = ceil(k/2)+1 .. k (same paper). Zero for k = 1, where the sum has no term.
double mg_pass_at_k(int samples, int correct, int k);

// The votes of one question's samples, by answer.
struct Ballot {
  std::vector<int> votes;           // one entry an answer, in order of first appearance
  std::optional<std::size_t> gold;  // which of them is right, if any sample said so
  int abstentions = 0;              // samples without an answer

  int samples() const;
  bool operator==(const Ballot&) const = default;
};

// What a graded sample says in the vote.
struct Vote {
  std::string_view canonical;  // equal strings are equal answers; empty abstains
  bool correct = false;
};

// Which of some canonical forms are one answer; see Grader::same_answers.
using SameAnswers =
    std::function<std::vector<std::size_t>(std::span<const std::string_view> canonicals)>;

// Counts the votes. All correct answers are one answer, however they are spelled; of the others
// those are one that `same` says are, or without it those of the same text.
Ballot count_votes(std::span<const Vote> votes, const SameAnswers& same = {});

// What a tie for the top place is worth to a right answer among t.
enum class TieRule {
  fractional,  // 1/t, as if by lot: `cons@k`
  first,       // 1 if it appeared first, else 0: `cons@k:first`
  strict,      // 0, only a sole winner counts: `cons@k:strict`
};

// The credit of a majority vote over all the samples (Wang et al. 2022, arXiv:2203.11171, with the
// tie rule said aloud). Abstentions do not vote; without a single vote the credit is 0.
double consensus(const Ballot& ballot, TieRule rule);

// The exact expectation of consensus(fractional) over all k-subsets of the samples, free of their
// order: our own sum over the votes a for the right answer and the number t of answers tied with
// it,
//   (1 / C(N,k)) * sum_a C(c1,a) * sum_t 1/(1+t) *
//     [x^(k-a) y^t] (1+x)^c0 * prod_j ( sum_{b<a} C(cj,b) x^b + y C(cj,a) x^a ),
// checked against enumeration in the tests. Some N * k^2 * ln(k) steps at worst.
double expected_consensus(const Ballot& ballot, int k);

}  // namespace proctor::graders
