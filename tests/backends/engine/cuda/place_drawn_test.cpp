#include "backends/engine/cuda/kernels/place_drawn.h"

#include <tuple>
#include <vector>

#include "tests/backends/engine/cuda/fixture.h"

using namespace proctor::engine::cuda;
using namespace proctor::engine::cuda::fixture;

namespace {

constexpr std::int32_t kSpareSlot = 99'000;

// A step's arrays with the host, and what is left of them after place_drawn.
struct Step {
  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> cache_slots;
  std::vector<AttentionSlice> slices;
  std::vector<SampleRequest> requests;

  // A slice of so many tokens, and a request if `sample`; returns how it begins with a drawn token.
  DrawnRow add(std::int32_t count, bool sample, std::int32_t result) {
    const auto first = static_cast<std::int32_t>(tokens.size());
    const auto slice = static_cast<std::int32_t>(slices.size());
    for (std::int32_t i = 0; i < count; ++i) {
      tokens.push_back(-first - i);
      cache_slots.push_back(first + i);
    }
    slices.push_back({.first_row = first, .tokens = count});
    if (sample) requests.emplace_back();
    return {.row = first + count - 1,
            .result = result,
            .slice = slice,
            .request = sample ? static_cast<std::int32_t>(requests.size()) - 1 : kNoRequest};
  }

  Step placed(const std::vector<DrawnRow>& rows, const std::vector<SampleResult>& results) const {
    Stream stream = make_stream();
    auto on_device = std::tuple(upload(tokens, stream), upload(cache_slots, stream),
                                upload(slices, stream), upload(requests, stream));
    auto& [its_tokens, its_slots, its_slices, its_requests] = on_device;
    const auto drawn_rows = upload(rows, stream);
    const auto drawn = upload(results, stream);
    place_drawn({its_tokens.span(), its_slots.span(), its_slices.span(), its_requests.span()},
                drawn_rows.span(), drawn.span(), kSpareSlot, stream);
    return {download(its_tokens, stream), download(its_slots, stream), download(its_slices, stream),
            download(its_requests, stream)};
  }
};

}  // namespace

TEST_CASE("drawn tokens go to their rows and the others stay") {
  SKIP_WITHOUT_DEVICE();
  constexpr std::int32_t kRows = 600;  // more than two blocks
  Step step;
  std::vector<SampleResult> results(kRows);
  std::vector<DrawnRow> rows;
  for (std::int32_t i = 0; i < kRows; ++i) {
    results[static_cast<std::size_t>(i)].id = 1000 + i;
    const DrawnRow row = step.add(1, true, kRows - 1 - i);
    if (i % 3 != 2) rows.push_back(row);
  }
  std::vector<std::int32_t> expected = step.tokens;
  for (const DrawnRow& row : rows) {
    expected[static_cast<std::size_t>(row.row)] = 1000 + row.result;
  }
  in_every_order([&] {
    const Step placed = step.placed(rows, results);
    CHECK(placed.tokens == expected);
    CHECK(placed.cache_slots == step.cache_slots);
    CHECK(placed.slices.front().tokens == 1);
    CHECK(placed.requests.front().over == Finish::none);
  });
  CHECK(step.placed({}, results).tokens == step.tokens);
}

TEST_CASE("a slice whose sequence ended with the token drawn for it is passed over") {
  SKIP_WITHOUT_DEVICE();
  struct Row {
    std::int32_t count;  // of the slice's tokens
    bool sample;
    Finish finish;
  };
  constexpr Row kRows[] = {{1, true, Finish::stop},   {1, true, Finish::none},
                           {4, true, Finish::length}, {3, false, Finish::none},
                           {2, false, Finish::stop},  {1, true, Finish::not_a_number}};
  Step step;
  std::vector<DrawnRow> rows;
  std::vector<SampleResult> results;
  for (const Row& row : kRows) {
    rows.push_back(step.add(row.count, row.sample, static_cast<std::int32_t>(results.size())));
    results.push_back({.id = 7, .finish = row.finish});
  }
  const Step placed = step.placed(rows, results);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    const bool over = kRows[i].finish != Finish::none;
    CHECK(placed.slices[i].tokens == (over ? 0 : kRows[i].count));
    for (std::int32_t at = 0; at < kRows[i].count; ++at) {
      const auto place = static_cast<std::size_t>(step.slices[i].first_row + at);
      CHECK(placed.cache_slots[place] == (over ? kSpareSlot : step.cache_slots[place]));
    }
    const auto last = static_cast<std::size_t>(rows[i].row);
    CHECK(placed.tokens[last] == (over ? step.tokens[last] : 7));
    if (!kRows[i].sample) continue;
    CHECK(placed.requests[static_cast<std::size_t>(rows[i].request)].over == kRows[i].finish);
  }
}
