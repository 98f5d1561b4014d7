#include "backends/engine/cuda/kernels/attention_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

using namespace proctor::engine::cuda;

namespace {

// Slice, vector.
using Vector = std::pair<int, int>;

// How often each vector's chunk is computed.
std::map<std::tuple<int, int, int>, int> work_of(const AttentionPlan& plan,
                                                 const std::vector<AttentionSlice>& slices,
                                                 int group) {
  std::map<std::tuple<int, int, int>, int> work;
  for (const AttentionItem& item : plan.items) {
    const int all = slices[static_cast<std::size_t>(item.slice)].tokens * group;
    const int vectors = std::min(kPackVectors, all - item.first_vector);
    for (int v = 0; v < vectors; ++v) {
      for (int c = 0; c < item.chunks; ++c) {
        ++work[{item.slice, item.first_vector + v, item.first_chunk + c}];
      }
    }
  }
  return work;
}

}  // namespace

TEST_CASE("a plan computes every chunk that a vector sees once and writes every result once") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const int group = 1 + static_cast<int>(random() % 8);
    const auto max_partials =
        static_cast<std::int32_t>(random() % 3 == 0 ? random() % 200 : 100'000);
    const int at_a_time = 1 + static_cast<int>(random() % 4);
    std::vector<AttentionSlice> slices;
    std::int32_t row = 0;
    for (std::uint64_t i = 0; i < 1 + random() % 6; ++i) {
      const auto tokens = static_cast<std::int32_t>(random() % 2 == 0 ? 1 : 1 + random() % 60);
      slices.push_back({row, tokens, static_cast<std::int32_t>(random() % 3000), 0});
      row += tokens;
    }
    const AttentionPlan plan = make_attention_plan(slices, {group, max_partials, at_a_time});
    CHECK(plan.partials <= max_partials);
    const auto work = work_of(plan, slices, group);
    std::set<Vector> written;
    for (const AttentionItem& item : plan.items) {
      if (item.partial == kWhole) {
        CHECK(item.first_chunk == 0);
        for (int v = 0; v < kPackVectors; ++v) written.insert({item.slice, item.first_vector + v});
      } else {
        CHECK((item.chunks == 1 || item.first_chunk == 0));
      }
    }
    std::vector<int> uses(static_cast<std::size_t>(plan.partials), 0);
    for (const AttentionMerge& merge : plan.merges) {
      for (int i = 0; i < merge.parts * merge.vectors; ++i) {
        ++uses[static_cast<std::size_t>(merge.partial + i)];
      }
      for (int v = 0; v < merge.vectors; ++v) {
        CHECK(written.insert({merge.slice, merge.first_vector + v}).second);
      }
      std::map<int, int> parts;  // where each begins, by its first chunk
      for (const AttentionItem& item : plan.items) {
        if (item.slice != merge.slice || item.first_vector != merge.first_vector) continue;
        parts[item.first_chunk] = item.partial;
      }
      REQUIRE(parts.size() == static_cast<std::size_t>(merge.parts));
      int expected = merge.partial;
      for (const auto& [first_chunk, partial] : parts) {
        CHECK(partial == expected);
        expected += merge.vectors;
      }
    }
    CHECK(std::ranges::count(uses, 1) == plan.partials);
    for (std::size_t s = 0; s < slices.size(); ++s) {
      for (int v = 0; v < slices[s].tokens * group; ++v) {
        CHECK(written.contains({static_cast<int>(s), v}));
        for (int c = 0; c <= (slices[s].start + v / group) / kChunkPositions; ++c) {
          const auto found = work.find({static_cast<int>(s), v, c});
          CHECK((found != work.end() && found->second == 1));
        }
      }
    }
  }
}

TEST_CASE(
    "chunks of a decoding token are apart while there is room and those of a prompt are not") {
  const auto items = [](std::int32_t position, std::int32_t max_partials) {
    const std::vector<AttentionSlice> slices = {{0, 1, position, 0}};
    return make_attention_plan(slices, {.group = 7, .max_partials = max_partials, .at_a_time = 9})
        .items.size();
  };
  CHECK(items(1300, 21) == 3);
  CHECK(items(1300, 20) == 1);
  CHECK(items(512, 100) == 2);
  CHECK(items(511, 100) == 1);
  const std::vector<AttentionSlice> prompt = {{0, 64, 1300, 0}};
  const AttentionPlan plan = make_attention_plan(prompt, {.group = 4, .max_partials = 1 << 20});
  CHECK(plan.items.size() == 16);
  CHECK(plan.merges.empty());
}

TEST_CASE("the more work there is the more of a token's chunks stay together") {
  struct Row {
    int sequences, chunks, at_a_time;
    int first_part;
  };
  constexpr Row kRows[] = {
      {1, 16, 66, 1},     // spread over all who compute
      {64, 16, 132, 3},   // half of what falls to each
      {278, 16, 66, 12},  // no more than three quarters
      {278, 2, 66, 1},   {278, 3, 66, 2}, {1, 16, 1, 8},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.sequences);
    CAPTURE(row.chunks);
    std::vector<AttentionSlice> slices;
    for (int i = 0; i < row.sequences; ++i) {
      slices.push_back({i, 1, row.chunks * kChunkPositions - 1, 0});
    }
    const AttentionPlan plan = make_attention_plan(
        slices, {.group = 6, .max_partials = 1 << 20, .at_a_time = row.at_a_time});
    CHECK(plan.items.front().chunks == row.first_part);
    CHECK(plan.items.back().chunks == 1);
    CHECK(plan.partials == row.sequences * 6 * (row.chunks - row.first_part + 1));
  }
}

TEST_CASE("long items come first") {
  const std::vector<AttentionSlice> slices = {{0, 1, 10, 0}, {1, 1, 2000, 0}, {2, 1, 700, 0}};
  const AttentionPlan plan = make_attention_plan(slices, {.group = 4});
  REQUIRE(plan.items.size() == 3);
  CHECK(plan.items[0].chunks == 4);
  CHECK(plan.items[1].chunks == 2);
  CHECK(plan.items[2].chunks == 1);
}
