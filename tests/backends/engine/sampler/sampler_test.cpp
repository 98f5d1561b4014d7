#include "backends/engine/sampler/sampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>

#include "tests/backends/engine/sampler/sampler_reference.h"

using namespace proctor::engine;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

using Random = std::mt19937_64;

template <class T>
T one_of(Random& random, std::initializer_list<T> choices) {
  return choices.begin()[random() % choices.size()];
}

// Peaked, flat, full of ties, with special values: what a model, or a broken one, may give.
std::vector<float> random_logits(Random& random, std::size_t size) {
  std::normal_distribution<float> normal(one_of(random, {0.0F, -20.0F, 15.0F}),
                                         one_of(random, {0.0F, 0.01F, 2.0F, 8.0F, 200.0F, 1e37F}));
  const float grid = one_of(random, {0.0F, 0.0F, 0.5F, 4.0F});  // ties by rounding
  const auto special_one_in = one_of<std::uint64_t>(random, {0, 0, 3, 50});
  std::vector<float> logits(size);
  for (float& logit : logits) {
    logit = normal(random);
    if (grid > 0) logit = std::round(logit / grid) * grid;
    if (special_one_in > 0 && random() % special_one_in == 0) {
      logit = one_of(random, {kNan, -kInfinity, -0.0F, 0.0F, 1e-42F});
    }
  }
  if (random() % 40 == 0) logits[random() % size] = kInfinity;
  return logits;
}

SamplingParameters random_parameters(Random& random) {
  return {.temperature = one_of(random, {0.0F, 1.0F, 1.0F, 0.6F, 0.6F, 0.1F, 2.5F, 1e-42F, 1e30F}),
          .top_p = one_of(random, {1.0F, 1.0F, 0.95F, 0.5F, 0.999999F, 1e-6F, 1e-40F}),
          .top_k = one_of(random, {0, 0, 1, 2, 20, 1000}),
          .logprobs = random() % 2 == 0};
}

void check_equal(const SampledToken& left, const SampledToken& right) {
  CHECK(left.id == right.id);
  CHECK(left.logprob == right.logprob);
  CHECK(left.tempered_logprob == right.tempered_logprob);
}

}  // namespace

TEST_CASE("tokens and log probabilities are those of the plain reference") {
  Random random(5);
  Sampler sampler;
  for (int round = 0; round < 20'000; ++round) {
    CAPTURE(round);
    const std::size_t size = 1 + random() % (round % 50 == 0 ? 3000 : 40);
    const std::vector<float> logits = random_logits(random, size);
    const SamplingParameters parameters = random_parameters(random);
    const std::uint64_t seed = random();
    CAPTURE(size);
    CAPTURE(parameters.temperature);
    CAPTURE(parameters.top_p);
    CAPTURE(parameters.top_k);
    const auto position = static_cast<std::uint64_t>(round);
    check_equal(sampler.draw(logits, parameters, seed, position),
                draw_reference(logits, parameters, seed, position));
  }
}

TEST_CASE("a vocabulary of 152 thousand is drawn from as the reference does") {
  Random random(6);
  Sampler sampler;
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    const std::vector<float> logits = random_logits(random, 151'936);
    const SamplingParameters parameters = random_parameters(random);
    check_equal(sampler.draw(logits, parameters, 1, 2), draw_reference(logits, parameters, 1, 2));
  }
}

TEST_CASE("special logits have one answer whatever is drawn") {
  struct Row {
    std::vector<float> logits;
    float temperature;
    std::int32_t id;
  };
  const Row kRows[] = {
      {{1, 3, 3, 2}, 0, 1},                             // the lowest id among equals
      {{-0.0F, 0.0F}, 0, 0},                            // which are equal
      {{kNan, -5, kNan}, 1, 1},                         //
      {{kNan, -5, -kInfinity}, 0, 1},                   //
      {{kNan, kNan}, 1, 0},                             //
      {{kNan, -kInfinity, -kInfinity}, 1, 1},           //
      {{5, kInfinity, kNan, kInfinity}, 1, 1},          //
      {{3e38F, -3e38F}, 1, 0},                          // a distance past the largest float
      {{1, 2, std::nextafter(2.0F, 3.0F)}, 1e-40F, 2},  // a temperature whose inverse is not
      {{-1e-30F, 0.0F}, std::numeric_limits<float>::denorm_min(), 1},
  };
  Sampler sampler;
  for (const Row& row : kRows) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(seed);
      const SamplingParameters parameters = {.temperature = row.temperature, .logprobs = true};
      const SampledToken token = sampler.draw(row.logits, parameters, seed, 0);
      CHECK(token.id == row.id);
      CHECK(token.logprob <= 0);
    }
  }
}

TEST_CASE("what is kept is decided by top-k first and top-p of the rest, with ties") {
  const float log_2 = std::log(2.0F);
  struct Row {
    std::vector<float> logits;  // weights by powers of two
    int top_k;
    float top_p;
    std::vector<std::int32_t> kept;
  };
  const Row kRows[] = {
      {{0, 3, 1, 2}, 0, 1, {0, 1, 2, 3}},
      {{0, 3, 1, 2}, 1, 1, {1}},
      {{0, 3, 1, 2}, 2, 1, {1, 3}},
      {{0, 3, 1, 2}, 9, 1, {0, 1, 2, 3}},
      {{0, 3, 1, 2}, 0, 0.5F, {1}},      // 8 of 15
      {{0, 3, 1, 2}, 0, 0.54F, {1, 3}},  // 8.1 of 15
      {{0, 3, 1, 2}, 3, 0.6F, {1, 3}},   // of 14: 8.4
      {{0, 3, 1, 2}, 2, 0.6F, {1}},      // of 12: 7.2
      {{0, 3, 1, 2}, 0, 1e-9F, {1}},
      {{2, 2, 2, 0}, 1, 1, {0, 1, 2}},  // equals of the last one kept
      {{2, 2, 2, 0}, 0, 0.1F, {0, 1, 2}},
      {{2, 3, 2, 0}, 0, 0.5F, {0, 1, 2}},  // 8.5 of 17, and 8 is not enough
      {{1, 1, 1, 1}, 2, 0.1F, {0, 1, 2, 3}},
  };
  Sampler sampler;
  for (const Row& row : kRows) {
    CAPTURE(row.top_k);
    CAPTURE(row.top_p);
    std::vector<float> logits = row.logits;
    for (float& logit : logits) logit *= log_2;
    std::vector<bool> seen(logits.size());
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      const SamplingParameters parameters = {.top_p = row.top_p, .top_k = row.top_k};
      seen[static_cast<std::size_t>(sampler.draw(logits, parameters, seed, 7).id)] = true;
    }
    std::vector<bool> expected(logits.size());
    for (const std::int32_t id : row.kept) expected[static_cast<std::size_t>(id)] = true;
    CHECK(seen == expected);
  }
}

TEST_CASE("log probabilities are those of the softmax") {
  Random random(8);
  std::normal_distribution<float> normal(0, 3);
  Sampler sampler;
  for (const float temperature : {0.0F, 0.6F, 1.0F, 1.7F}) {
    CAPTURE(temperature);
    std::vector<float> logits(500);
    for (float& logit : logits) logit = normal(random);
    const SamplingParameters parameters = {
        .temperature = temperature, .top_p = 0.9F, .top_k = 40, .logprobs = true};
    const SampledToken token = sampler.draw(logits, parameters, 4, 4);
    const auto softmax_at = [&](double scale) {
      double sum = 0;
      for (const float logit : logits) sum += std::exp(logit * scale);
      return logits[static_cast<std::size_t>(token.id)] * scale - std::log(sum);
    };
    CHECK(token.logprob == doctest::Approx(softmax_at(1)).epsilon(1e-6));
    const double tempered = temperature == 0 ? 0 : softmax_at(1.0 / temperature);
    CHECK(token.tempered_logprob == doctest::Approx(tempered).epsilon(1e-6));
  }
}

TEST_CASE("a draw depends on its logits, seed and position alone") {
  Random random(9);
  const SamplingParameters parameters = {.temperature = 0.8F, .top_p = 0.95F, .logprobs = true};
  std::vector<std::vector<float>> rows;
  std::vector<SampledToken> alone;
  for (std::uint64_t i = 0; i < 100; ++i) {
    rows.push_back(random_logits(random, 200));
    Sampler fresh;
    alone.push_back(fresh.draw(rows.back(), parameters, i, 3 * i));
  }
  Sampler shared;  // its scratch memory remembers other rows
  for (std::uint64_t i = 100; i-- > 0;) {
    CAPTURE(i);
    check_equal(shared.draw(rows[i], parameters, i, 3 * i), alone[i]);
    shared.draw(random_logits(random, 1 + random() % 400), random_parameters(random), i, i);
  }
}

TEST_CASE("seeds and positions change what is drawn") {
  const std::vector<float> logits(1000, 0.0F);
  Sampler sampler;
  int equal = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const SampledToken token = sampler.draw(logits, {}, i, 0);
    CHECK(sampler.draw(logits, {}, i, 0).id == token.id);
    equal += sampler.draw(logits, {}, i + 1000, 0).id == token.id ? 1 : 0;
    equal += sampler.draw(logits, {}, i, 1).id == token.id ? 1 : 0;
  }
  CHECK(equal < 15);  // 2 expected
}
