#include "graders/metrics.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace proctor::graders {
namespace {

// The ballot's samples one by one: an index into its votes, or -1 for an abstention.
std::vector<int> samples_of(const Ballot& ballot) {
  std::vector<int> samples(static_cast<std::size_t>(ballot.abstentions), -1);
  for (std::size_t answer = 0; answer < ballot.votes.size(); ++answer) {
    samples.insert(samples.end(), static_cast<std::size_t>(ballot.votes[answer]),
                   static_cast<int>(answer));
  }
  return samples;
}

// Every k-subset of the samples, voted on its own: slow, and plainly what is meant.
double enumerated_consensus(const Ballot& ballot, int k) {
  const std::vector<int> samples = samples_of(ballot);
  double credit = 0;
  int subsets = 0;
  for (std::uint32_t chosen = 0; chosen < (1u << samples.size()); ++chosen) {
    if (std::popcount(chosen) != k) continue;
    Ballot drawn{std::vector<int>(ballot.votes.size(), 0), ballot.gold, 0};
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const bool votes = (chosen >> i & 1u) != 0 && samples[i] >= 0;
      if (votes) ++drawn.votes[static_cast<std::size_t>(samples[i])];
    }
    ++subsets;
    const bool gold_voted = ballot.gold && drawn.votes[*ballot.gold] > 0;
    if (gold_voted) credit += consensus(drawn, TieRule::fractional);
  }
  return credit / subsets;
}

doctest::Approx to_digits(double value) { return doctest::Approx(value).epsilon(2e-8); }

TEST_CASE("the pass at k family has the published values") {
  CHECK(pass_at_k(64, 3, 8) == to_digits(0.33467742));
  CHECK(pass_at_k(10, 3, 5) == to_digits(0.91666667));
  CHECK(pass_at_k(16, 8, 16) == 1);
  CHECK(g_pass_at_k(48, 24, 16, {1, 2}) == to_digits(0.61994542));
  CHECK(g_pass_at_k(48, 24, 16, {1, 1}) == to_digits(3.2617307e-7));
  CHECK(g_pass_at_k(16, 10, 8, {3, 4}) == to_digits(0.30419580));
  CHECK(mg_pass_at_k(48, 24, 16) == to_digits(0.07996361));
  CHECK(mg_pass_at_k(16, 10, 8) == to_digits(0.26573427));
  CHECK(pass_hat_k(48, 24, 16) == to_digits(3.2617307e-7));
}

TEST_CASE("metrics over fewer samples than k are undefined") {
  CHECK(std::isnan(pass_at_k(4, 2, 8)));
  CHECK(std::isnan(pass_hat_k(4, 2, 8)));
  CHECK(std::isnan(g_pass_at_k(4, 2, 8, {1, 2})));
  CHECK(std::isnan(mg_pass_at_k(4, 2, 8)));
  CHECK(std::isnan(pass_at_k(0, 0, 1)));
  CHECK(std::isnan(expected_consensus({{3, 1}, 0, 0}, 5)));
  CHECK_FALSE(std::isnan(expected_consensus({{3, 1}, 0, 1}, 5)));
}

TEST_CASE("members of the family agree where they must") {
  for (int samples = 1; samples <= 12; ++samples) {
    for (int correct = 0; correct <= samples; ++correct) {
      CAPTURE(samples);
      CAPTURE(correct);
      const double mean = static_cast<double>(correct) / samples;
      CHECK(pass_at_k(samples, correct, 1) == doctest::Approx(mean));
      CHECK(pass_hat_k(samples, correct, 1) == doctest::Approx(mean));
      for (int k = 1; k <= samples; ++k) {
        CAPTURE(k);
        CHECK(g_pass_at_k(samples, correct, k, {0, 1}) ==
              doctest::Approx(pass_at_k(samples, correct, k)));
        CHECK(g_pass_at_k(samples, correct, k, {1, 1}) ==
              doctest::Approx(pass_hat_k(samples, correct, k)));
        // A vote between right answers and silence is won as soon as one is drawn.
        CHECK(expected_consensus({{correct}, 0, samples - correct}, k) ==
              doctest::Approx(pass_at_k(samples, correct, k)));
      }
    }
  }
}

TEST_CASE("expected consensus has the published values") {
  struct Row {
    Ballot ballot;
    int k;
    double value;
  };
  const Row kRows[] = {
      {{{3, 2, 1}, 0, 2}, 4, 3.0 / 5}, {{{2, 2, 1}, 0, 1}, 3, 5.0 / 12},
      {{{4, 4}, 0, 0}, 4, 1.0 / 2},    {{{5, 6, 1}, 0, 0}, 8, 23.0 / 66},
      {{{5}, std::nullopt, 1}, 2, 0},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.k);
    CHECK(expected_consensus(row.ballot, row.k) == doctest::Approx(row.value).epsilon(1e-15));
  }
}

TEST_CASE("expected consensus equals the mean over all subsets") {
  std::mt19937 random(64);
  for (int round = 0; round < 200; ++round) {
    Ballot ballot;
    const auto answers = 1 + random() % 5;
    for (unsigned answer = 0; answer < answers; ++answer) {
      ballot.votes.push_back(1 + static_cast<int>(random() % 3));
    }
    ballot.gold = random() % answers;
    ballot.abstentions = static_cast<int>(random() % 3);
    for (int k = 1; k <= std::min(ballot.samples(), 12); ++k) {
      if (ballot.samples() > 12) continue;
      CAPTURE(round);
      CAPTURE(k);
      REQUIRE(expected_consensus(ballot, k) ==
              doctest::Approx(enumerated_consensus(ballot, k)).epsilon(1e-12));
    }
  }
}

TEST_CASE("expected consensus holds its range and precision with many samples") {
  for (const int samples : {64, 256, 1024}) {
    CAPTURE(samples);
    const int half = samples / 2;
    CHECK(expected_consensus({{half, half}, 0, 0}, half) == doctest::Approx(0.5).epsilon(1e-12));
    CHECK(expected_consensus({{samples / 4, samples / 4}, 1, half}, samples) == 0.5);
    // All samples looked at: the vote itself.
    const Ballot ballot{{half + 1, half - 1}, 0, 0};
    CHECK(expected_consensus(ballot, samples) == doctest::Approx(1).epsilon(1e-12));
  }
  // By symmetry every one of equally many-voted answers wins equally often.
  CHECK(expected_consensus({std::vector<int>(16, 4), 3, 0}, 20) ==
        doctest::Approx(1.0 / 16).epsilon(1e-12));
}

TEST_CASE("ties are worth what their rule says") {
  struct Row {
    Ballot ballot;
    double fractional, first, strict;
  };
  const Row kRows[] = {
      {{{3, 2, 1}, 0, 2}, 1, 1, 1},          {{{2, 3}, 0, 0}, 0, 0, 0},
      {{{2, 2}, 0, 0}, 0.5, 1, 0},           {{{2, 2}, 1, 0}, 0.5, 0, 0},
      {{{2, 1, 2, 2}, 2, 9}, 1.0 / 3, 0, 0}, {{{2, 2}, std::nullopt, 0}, 0, 0, 0},
      {{{}, std::nullopt, 5}, 0, 0, 0},
  };
  for (const Row& row : kRows) {
    CHECK(consensus(row.ballot, TieRule::fractional) == row.fractional);
    CHECK(consensus(row.ballot, TieRule::first) == row.first);
    CHECK(consensus(row.ballot, TieRule::strict) == row.strict);
    if (row.ballot.samples() > 0) {
      CHECK(expected_consensus(row.ballot, row.ballot.samples()) ==
            doctest::Approx(row.fractional));
    }
  }
}

TEST_CASE("votes are counted by answer in order of first appearance") {
  const Vote kVotes[] = {{"5", false}, {"7", true}, {"", false}, {"5", false},
                         {"9", false}, {"7", true}, {"7", true}};
  const Ballot ballot = count_votes(kVotes);
  CHECK(ballot == Ballot{{2, 3, 1}, 1, 1});
  CHECK(ballot.samples() == 7);
  CHECK(consensus(ballot, TieRule::strict) == 1);
}

TEST_CASE("all correct answers are one answer and stand apart from wrong ones") {
  const Vote kVotes[] = {{"0.5", true}, {"1/2", true}, {"2", false}, {"2", false}, {"2/4", true}};
  CHECK(count_votes(kVotes) == Ballot{{3, 2}, 0, 0});
  CHECK(count_votes({}) == Ballot{});
}

TEST_CASE("wrong answers that are said to be the same share their votes in order of appearance") {
  const Vote kVotes[] = {{"3", false},  {"2.0", false}, {"7", true},
                         {"2", false}, {"4/2", false}, {"3", false}};
  const SameAnswers all_twos = [](std::span<const std::string_view> canonicals) {
    CHECK(std::vector(canonicals.begin(), canonicals.end()) ==
          std::vector<std::string_view>{"3", "2.0", "2", "4/2"});
    return std::vector<std::size_t>{0, 1, 1, 1};
  };
  CHECK(count_votes(kVotes, all_twos) == Ballot{{2, 3, 1}, 2, 0});
  CHECK(count_votes(kVotes) == Ballot{{2, 1, 1, 1, 1}, 2, 0});
}

}  // namespace
}  // namespace proctor::graders
