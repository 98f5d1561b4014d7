#include "tests/bench/aime/instant_device.h"

#include <utility>

#include "harness/core/check.h"

namespace proctor::bench {
namespace {

// SplitMix64's mixer (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBULL;
  return bits ^ bits >> 31;
}

}  // namespace

InstantDevice::InstantDevice(int vocabulary, std::int64_t positions)
    : vocabulary_(static_cast<std::uint64_t>(vocabulary)),
      pages_(static_cast<int>(positions / page_size())) {}

engine::SampledToken InstantDevice::draw(const engine::SequenceSlice& slice) const {
  const auto position = static_cast<std::uint64_t>(slice.start) + slice.tokens.size();
  const std::uint64_t hash = mixed(slice.seed + mixed(position));
  const auto id = static_cast<std::int32_t>(hash % vocabulary_);
  const engine::TokenEnd end =
      engine::end_of(id, static_cast<std::int64_t>(position), slice.last_position, stop_tokens_);
  return {.id = id, .end = end};
}

Result<void> InstantDevice::submit(std::span<const engine::SequenceSlice> slices) {
  Drawn drawn;
  drawn.reserve(slices.size());
  for (const engine::SequenceSlice& slice : slices) {
    engine::TokenEnd before = engine::TokenEnd::none;
    if (slice.drawn_by >= 0) before = last_.at(static_cast<std::size_t>(slice.drawn_by))->end;
    if (before != engine::TokenEnd::none) {
      drawn.push_back(engine::SampledToken{.id = 0, .end = before});
    } else if (slice.sample) {
      drawn.push_back(draw(slice));
    } else {
      drawn.push_back(std::nullopt);
    }
  }
  last_ = drawn;
  under_way_.push_back(std::move(drawn));
  return {};
}

Result<void> InstantDevice::collect(std::span<engine::SampledToken> sampled) {
  check(!under_way_.empty() && under_way_.front().size() == sampled.size());
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    if (under_way_.front()[i]) sampled[i] = *under_way_.front()[i];
  }
  under_way_.pop_front();
  return {};
}

}  // namespace proctor::bench
