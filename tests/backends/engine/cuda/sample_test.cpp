#include "backends/engine/cuda/kernels/sample.h"

#include <cmath>
#include <initializer_list>
#include <limits>

#include "backends/engine/sampler/sampler.h"
#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine;
using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <class T>
T one_of(Random& random, std::initializer_list<T> choices) {
  return choices.begin()[random() % choices.size()];
}

// Like a model's, flat, all alike, on a grid and so full of ties, or with what no logit should be.
std::vector<float> random_logits(Random& random, std::size_t size) {
  std::normal_distribution<float> normal(one_of(random, {0.0F, -30.0F}),
                                         one_of(random, {0.0F, 0.1F, 3.5F, 3.5F, 100.0F, 1e37F}));
  const float grid = one_of(random, {0.0F, 0.0F, 0.25F, 2.0F});
  const auto special_one_in = one_of<std::uint64_t>(random, {0, 0, 4, 60});
  std::vector<float> logits(size);
  for (float& logit : logits) {
    logit = normal(random);
    if (grid > 0) logit = std::round(logit / grid) * grid;
    if (special_one_in > 0 && random() % special_one_in == 0) {
      logit = one_of(random, {kNan, -kInfinity, -0.0F, 1e-41F});
    }
  }
  if (random() % 30 == 0) logits[random() % size] = kInfinity;
  return logits;
}

SampleRequest random_request(Random& random) {
  SampleRequest request;
  request.temperature = one_of(random, {0.0F, 1.0F, 0.6F, 0.6F, 0.1F, 3.0F, 1e-42F, 1e30F});
  request.top_p = one_of(random, {1.0F, 0.95F, 0.95F, 0.5F, 0.99999F, 1e-6F, 1e-40F});
  request.top_k = one_of(random, {0, 0, 0, 1, 20, 300, 5000});
  request.logprobs = static_cast<std::int32_t>(random() % 2);
  request.seed = random();
  request.position = static_cast<std::int64_t>(random() >> 20);
  request.last_position = request.position + 1;
  return request;
}

// Rows of equal lengths.
struct Batch {
  int vocabulary = 0;
  std::vector<std::vector<float>> rows;
  std::vector<SampleRequest> requests;
};

std::vector<SampleResult> run(const Batch& batch, const std::vector<std::int32_t>& stops = {}) {
  const int stride = batch.vocabulary + 3;
  std::vector<float> logits;
  for (const std::vector<float>& row : batch.rows) {
    logits.insert(logits.end(), row.begin(), row.end());
    logits.insert(logits.end(), 3, kInfinity);  // what lies between rows is not a row's
  }
  Stream stream = make_stream();
  auto results = room_for<SampleResult>(batch.rows.size());
  sample(results.span(), upload(logits, stream).span(), batch.vocabulary, stride,
         upload(batch.requests, stream).span(), upload(stops, stream).span(), stream);
  return download(results, stream);
}

void check_as_on_the_cpu(const Batch& batch) {
  const std::vector<SampleResult> results = run(batch);
  Sampler sampler;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const SampleRequest& request = batch.requests[i];
    CAPTURE(i);
    CAPTURE(batch.vocabulary);
    CAPTURE(request.temperature);
    CAPTURE(request.top_p);
    CAPTURE(request.top_k);
    const SampledToken expected =
        sampler.draw(batch.rows[i],
                     {.temperature = request.temperature,
                      .top_p = request.top_p,
                      .top_k = request.top_k,
                      .logprobs = request.logprobs != 0},
                     request.seed, static_cast<std::uint64_t>(request.position));
    CHECK(results[i].id == expected.id);
    // The logarithm may differ in its last place before the rounding to float.
    CHECK(std::fabs(results[i].logprob - expected.logprob) <=
          std::fabs(expected.logprob) * 0x1p-23F);
    CHECK(std::fabs(results[i].tempered_logprob - expected.tempered_logprob) <=
          std::fabs(expected.tempered_logprob) * 0x1p-23F);
  }
}

Batch random_batch(Random& random, int vocabulary, int rows) {
  Batch batch;
  batch.vocabulary = vocabulary;
  for (int i = 0; i < rows; ++i) {
    batch.rows.push_back(random_logits(random, static_cast<std::size_t>(vocabulary)));
    batch.requests.push_back(random_request(random));
  }
  return batch;
}

}  // namespace

TEST_CASE("the tokens are those of the sampler on the CPU") {
  SKIP_WITHOUT_DEVICE();
  Random random(1);
  for (const int vocabulary : {1, 2, 31, 257, 1024, 1025, 3001}) {
    check_as_on_the_cpu(random_batch(random, vocabulary, 16));
  }
}

TEST_CASE("the tokens are those of the sampler on the CPU for a real vocabulary") {
  SKIP_WITHOUT_DEVICE();
  Random random(2);
  check_as_on_the_cpu(random_batch(random, 151'936, 4));
  // More candidates than are kept at hand: all alike, and nearly so.
  Batch flat = random_batch(random, 20'000, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t id = 0; id < 20'000; ++id) {
      flat.rows[i][id] = i % 2 == 0 ? 1.0F : static_cast<float>(id % 5000) * 1e-4F;
    }
    flat.requests[i].temperature = 1;
    flat.requests[i].top_p = 0.95F;
    flat.requests[i].top_k = i < 2 ? 0 : 20;
  }
  check_as_on_the_cpu(flat);
}

TEST_CASE("tokens are the same in every order of threads") {
  SKIP_WITHOUT_DEVICE();
  Random random(3);
  const Batch batch = random_batch(random, 1500, 12);
  in_every_order([&] { check_as_on_the_cpu(batch); });
}

TEST_CASE("a token says why its sequence ends") {
  SKIP_WITHOUT_DEVICE();
  struct Row {
    std::vector<float> logits;
    std::int64_t last_position;
    Finish finish;
  };
  const Row kRows[] = {
      {{0, 9, 0, 0}, 11, Finish::none},
      {{0, 9, 0, 0}, 10, Finish::length},
      {{0, 9, 0, 0}, 3, Finish::length},
      {{0, 0, 9, 0}, 11, Finish::stop},
      {{0, 0, 0, 9}, 10, Finish::stop},  // what the model wanted counts
      {{kNan, kNan, kNan, kNan}, 11, Finish::not_a_number},
      {{0, kInfinity, 0, 0}, 11, Finish::not_a_number},
  };
  Batch batch = {.vocabulary = 4, .rows = {}, .requests = {}};
  for (const Row& row : kRows) {
    batch.rows.push_back(row.logits);
    batch.requests.push_back(
        {.temperature = 0, .seed = 1, .position = 10, .last_position = row.last_position});
  }
  const std::vector<SampleResult> results = run(batch, {2, 3});
  for (std::size_t i = 0; i < results.size(); ++i) {
    CAPTURE(i);
    CHECK(results[i].finish == kRows[i].finish);
  }
  CHECK(run(batch)[3].finish == Finish::none);  // without stop tokens
}

TEST_CASE("nothing is drawn for a sequence that is over and its end is repeated") {
  SKIP_WITHOUT_DEVICE();
  Batch batch = {.vocabulary = 4, .rows = {}, .requests = {}};
  for (const Finish over : {Finish::stop, Finish::none, Finish::length}) {
    batch.rows.push_back({0, 9, 0, 0});
    batch.requests.push_back({.logprobs = 1, .over = over, .last_position = 100});
  }
  const std::vector<SampleResult> results = run(batch, {1});
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
    CHECK(results[i].id == 0);
    CHECK(results[i].logprob == 0);
    CHECK(results[i].finish == batch.requests[i].over);
  }
  CHECK(results[1].id == 1);
  CHECK(results[1].finish == Finish::stop);
}
