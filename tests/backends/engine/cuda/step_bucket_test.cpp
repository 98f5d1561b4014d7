#include "backends/engine/cuda/step_bucket.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace proctor::engine;
using namespace proctor::engine::cuda;

namespace {

// A step of so many sequences that decode, each `context` tokens in.
StepBatch decoding(std::size_t sequences, int context) {
  static const std::int32_t token = 9;
  static const std::array<std::int32_t, 1024> pages = {};
  const auto held = static_cast<std::size_t>(context / 64 + 1);
  std::vector<SequenceSlice> slices(sequences);
  for (SequenceSlice& slice : slices) {
    slice = {.tokens = std::span(&token, 1),
             .start = context,
             .pages = std::span(pages).first(held),
             .sample = true,
             .sampling = {},
             .logits = {}};
  }
  return make_step_batch(slices, {.group = 4, .max_partials = 1'000'000}, {});
}

}  // namespace

TEST_CASE("a step goes into the smallest bucket that holds it") {
  struct Row {
    std::size_t sequences;
    int context;
    std::size_t rows, chunks;
  };
  constexpr Row kRows[] = {
      {1, 0, 1, 1},   {3, 10, 4, 1},  {5, 511, 8, 1},      {8, 512, 8, 2},     {17, 511, 24, 1},
      {25, 5, 32, 1}, {33, 5, 64, 1}, {200, 2000, 224, 4}, {256, 100, 256, 1}, {2, 30'000, 2, 64},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.sequences);
    CAPTURE(row.context);
    const auto bucket = bucket_of(decoding(row.sequences, row.context), 256);
    REQUIRE(bucket);
    CHECK(bucket->rows == row.rows);
    CHECK(bucket->chunks == row.chunks);
  }
  CHECK(!bucket_of(decoding(257, 5), 256));
  CHECK(!bucket_of(decoding(0, 5), 256));
}

TEST_CASE("a step that does more than to decode has no bucket") {
  const std::vector<std::int32_t> tokens = {1, 2, 3};
  const std::int32_t page = 0;
  const SequenceSlice prompt = {
      .tokens = tokens, .pages = std::span(&page, 1), .sample = true, .sampling = {}, .logits = {}};
  CHECK(!bucket_of(make_step_batch(std::span(&prompt, 1), {.group = 4, .max_partials = 100}, {}),
                   256));
  SequenceSlice unsampled = prompt;
  unsampled.tokens = prompt.tokens.first(1);
  unsampled.sample = false;
  CHECK(!bucket_of(make_step_batch(std::span(&unsampled, 1), {.group = 4, .max_partials = 100}, {}),
                   256));
}

TEST_CASE("what fills a step up is no work and all steps of a bucket are as large") {
  for (const std::size_t sequences : {5, 7, 8}) {
    CAPTURE(sequences);
    StepBatch batch = decoding(sequences, 600);
    const StepBatch before = batch;
    const auto bucket = bucket_of(batch, 256);
    REQUIRE(bucket);
    fill_up(batch, *bucket, 640);
    CHECK(batch.tokens.size() == 8);
    CHECK(batch.positions.size() == 8);
    CHECK(batch.slices.size() == 8);
    CHECK(batch.wanted_rows.size() == 8);
    CHECK(batch.requests.size() == 8);
    CHECK(batch.pages.size() == 8 * 2 * 8);
    CHECK(batch.plan.items.size() == 16);
    CHECK(batch.plan.merges.size() == 8);
    CHECK(batch.wanted.size() == sequences);
    for (std::size_t row = sequences; row < 8; ++row) {
      CHECK(batch.cache_slots[row] == 640);
      CHECK(batch.wanted_rows[row] == static_cast<std::int32_t>(row));
      CHECK(batch.plan.merges[row].vectors == 0);
    }
    for (std::size_t i = before.plan.items.size(); i < 16; ++i) {
      CHECK(batch.plan.items[i].chunks == 0);
    }
    for (std::size_t i = 0; i < before.plan.items.size(); ++i) {
      CHECK(batch.plan.items[i].chunks == before.plan.items[i].chunks);
    }
  }
}
