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
    std::vector<AttentionSlice> slices;
    std::int32_t row = 0;
    for (std::uint64_t i = 0; i < 1 + random() % 6; ++i) {
      const auto tokens = static_cast<std::int32_t>(random() % 2 == 0 ? 1 : 1 + random() % 60);
      slices.push_back({row, tokens, static_cast<std::int32_t>(random() % 3000), 0});
      row += tokens;
    }
    const AttentionPlan plan = make_attention_plan(slices, group, max_partials);
    CHECK(plan.partials <= max_partials);
    const auto work = work_of(plan, slices, group);
    std::set<Vector> written;
    for (const AttentionItem& item : plan.items) {
      if (item.partial == kWhole) {
        CHECK(item.first_chunk == 0);
        for (int v = 0; v < kPackVectors; ++v) written.insert({item.slice, item.first_vector + v});
      } else {
        CHECK(item.chunks == 1);
      }
    }
    std::vector<int> uses(static_cast<std::size_t>(plan.partials), 0);
    for (const AttentionMerge& merge : plan.merges) {
      for (int i = 0; i < merge.chunks * merge.vectors; ++i) {
        ++uses[static_cast<std::size_t>(merge.partial + i)];
      }
      for (int v = 0; v < merge.vectors; ++v) {
        CHECK(written.insert({merge.slice, merge.first_vector + v}).second);
      }
      for (const AttentionItem& item : plan.items) {
        if (item.slice != merge.slice || item.first_vector != merge.first_vector) continue;
        CHECK(item.partial == merge.partial + item.first_chunk * merge.vectors);
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
  const std::vector<AttentionSlice> decoding = {{0, 1, 1300, 0}};
  CHECK(make_attention_plan(decoding, 7, 21).items.size() == 3);
  CHECK(make_attention_plan(decoding, 7, 21).partials == 21);
  CHECK(make_attention_plan(decoding, 7, 20).items.size() == 1);
  CHECK(make_attention_plan(std::vector<AttentionSlice>{{0, 1, 512, 0}}, 7, 100).items.size() == 2);
  CHECK(make_attention_plan(std::vector<AttentionSlice>{{0, 1, 511, 0}}, 7, 100).items.size() == 1);
  const std::vector<AttentionSlice> prompt = {{0, 64, 1300, 0}};
  const AttentionPlan plan = make_attention_plan(prompt, 4, 1 << 20);
  CHECK(plan.items.size() == 16);
  CHECK(plan.merges.empty());
}

TEST_CASE("long items come first") {
  const std::vector<AttentionSlice> slices = {{0, 1, 10, 0}, {1, 1, 2000, 0}, {2, 1, 700, 0}};
  const AttentionPlan plan = make_attention_plan(slices, 4, 0);
  REQUIRE(plan.items.size() == 3);
  CHECK(plan.items[0].chunks == 4);
  CHECK(plan.items[1].chunks == 2);
  CHECK(plan.items[2].chunks == 1);
}
