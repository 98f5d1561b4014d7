#include "tests/backends/engine/support/step_driver.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace proctor::engine::support {
namespace {

Checkpoint written_and_loaded(const std::filesystem::path& folder, const SyntheticModel& model) {
  write_synthetic(folder, model);
  Result<Checkpoint> checkpoint = Checkpoint::load(folder);
  REQUIRE_MESSAGE(checkpoint, (checkpoint ? "" : checkpoint.error().message()));
  return std::move(*checkpoint);
}

}  // namespace

SyntheticCheckpoint::SyntheticCheckpoint(const SyntheticModel& model)
    : checkpoint(written_and_loaded(folder.path(), model)) {}

std::vector<std::int32_t> PageSource::pages_for(std::size_t positions) {
  std::vector<std::int32_t> pages;
  const auto size = static_cast<std::size_t>(page_size_);
  for (std::size_t at = 0; at < positions; at += size) pages.push_back(next_++);
  return pages;
}

std::vector<std::vector<float>> logits_by_chunks(Device& device, int vocab_size,
                                                 const std::vector<std::int32_t>& ids,
                                                 std::size_t chunk, PageSource& source) {
  const std::vector<std::int32_t> pages = source.pages_for(ids.size());
  REQUIRE(pages.back() < device.pages());
  std::vector<std::vector<float>> logits;
  std::vector<SampledToken> sampled(1);
  for (std::size_t start = 0; start < ids.size(); start += chunk) {
    const std::size_t end = std::min(start + chunk, ids.size());
    for (std::size_t last = start + 1; last <= end; ++last) {
      logits.emplace_back(static_cast<std::size_t>(vocab_size));
      const SequenceSlice slice = {.tokens = std::span(ids).subspan(start, last - start),
                                   .start = static_cast<int>(start),
                                   .pages = pages,
                                   .sample = false,
                                   .sampling = {},
                                   .seed = 0,
                                   .logits = logits.back()};
      REQUIRE(device.step(std::span(&slice, 1), sampled));
    }
  }
  return logits;
}

std::vector<std::int32_t> random_ids(std::uint64_t seed, std::size_t count, int vocab_size) {
  std::mt19937_64 random(seed);
  std::vector<std::int32_t> ids(count);
  for (std::int32_t& id : ids) {
    id = static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(vocab_size));
  }
  return ids;
}

}  // namespace proctor::engine::support
