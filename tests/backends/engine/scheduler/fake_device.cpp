#include "tests/backends/engine/scheduler/fake_device.h"

#include <algorithm>
#include <utility>

namespace proctor::engine {

std::uint64_t history_with(std::uint64_t history, std::int32_t token) {
  std::uint64_t mixed = history ^ (static_cast<std::uint64_t>(token) + 0x9E3779B97F4A7C15);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;  // SplitMix64's finalizer
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

SampledToken token_after(std::uint64_t history, std::uint64_t seed, int position) {
  const std::uint64_t drawn = history_with(history ^ seed, position);
  return {.id = static_cast<std::int32_t>(drawn % kFakeVocabulary),
          .logprob = -static_cast<float>(drawn >> 40) * 0x1p-24F,
          .tempered_logprob = -static_cast<float>(drawn >> 44) * 0x1p-20F};
}

FakeDevice::FakeDevice(FakeDeviceOptions options)
    : options_(options),
      slots_(static_cast<std::size_t>(options.pages * options.page_size)),
      owners_(static_cast<std::size_t>(options.pages)) {}

void FakeDevice::fault(std::string what) {
  if (faults_.size() < 10) faults_.push_back(std::move(what));
}

FakeDevice::Slot& FakeDevice::slot(const SequenceSlice& slice, int position) {
  const auto page = slice.pages[static_cast<std::size_t>(position / options_.page_size)];
  return slots_[static_cast<std::size_t>(page * options_.page_size +
                                         position % options_.page_size)];
}

Result<void> FakeDevice::copy_page(int from, int to) {
  if (from == to) fault("a page is copied to itself");
  for (int i = 0; i < options_.page_size; ++i) {
    slots_[static_cast<std::size_t>(to * options_.page_size + i)] =
        slots_[static_cast<std::size_t>(from * options_.page_size + i)];
  }
  ++copies_;
  return {};
}

Result<void> FakeDevice::step(std::span<const SequenceSlice> slices,
                              std::span<SampledToken> sampled) {
  ++steps_;
  if (options_.fails_every > 0 && steps_ % options_.fails_every == 0) {
    clear();
    return Error(ErrorCode::unavailable, "the fake device failed");
  }
  if (slices.empty()) fault("a step without slices");
  if (sampled.size() != slices.size()) fault("as many places for tokens as slices are needed");
  check_owners(slices);
  clock_ += options_.fixed_cost;
  last_slices_ = static_cast<int>(slices.size());
  last_tokens_ = 0;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (!check_slice(slices[i])) continue;
    const SampledToken token = compute(slices[i]);
    if (slices[i].sample) sampled[i] = token;
  }
  if (last_tokens_ > options_.max_step_tokens) fault("more tokens than fit in a step");
  return {};
}

// Every page that is written to belongs to one slice; no slice has a page twice.
void FakeDevice::check_owners(std::span<const SequenceSlice> slices) {
  std::fill(owners_.begin(), owners_.end(), 0);
  for (const SequenceSlice& slice : slices) {
    for (const std::int32_t page : slice.pages) {
      if (page < 0 || page >= options_.pages) return fault("no such page");
      ++owners_[static_cast<std::size_t>(page)];
    }
  }
  for (const SequenceSlice& slice : slices) {
    for (std::size_t i = static_cast<std::size_t>(slice.start / options_.page_size);
         i < slice.pages.size(); ++i) {
      if (owners_[static_cast<std::size_t>(slice.pages[i])] != 1) fault("a written page is shared");
    }
  }
  last_pages_ = static_cast<int>(
      std::count_if(owners_.begin(), owners_.end(), [](int owners) { return owners > 0; }));
}

bool FakeDevice::check_slice(const SequenceSlice& slice) {
  const int end = slice.start + static_cast<int>(slice.tokens.size());
  if (slice.tokens.empty() || slice.start < 0) {
    fault("an empty slice");
    return false;
  }
  if (static_cast<int>(slice.pages.size()) * options_.page_size < end) {
    fault("a slice without pages for all its tokens");
    return false;
  }
  const int first = options_.checks_all_history ? 0 : std::max(0, slice.start - 1);
  for (int position = first; position < slice.start; ++position) {
    const Slot& here = slot(slice, position);
    const bool linked =
        position == 0 ? here.history == history_with(0, here.token)
        : position == first
            ? true
            : here.history == history_with(slot(slice, position - 1).history, here.token);
    if (here.filled && linked) continue;
    fault("position " + std::to_string(position) + " is not in the cache, before " +
          std::to_string(slice.start));
    return false;
  }
  return true;
}

SampledToken FakeDevice::compute(const SequenceSlice& slice) {
  std::uint64_t history = slice.start == 0 ? 0 : slot(slice, slice.start - 1).history;
  int position = slice.start;
  for (const std::int32_t token : slice.tokens) {
    history = history_with(history, token);
    slot(slice, position) = {true, token, history};
    ++position;
  }
  const auto count = static_cast<int>(slice.tokens.size());
  last_tokens_ += count;
  computed_tokens_ += count;
  clock_ += options_.token_cost * count + options_.context_cost * position;
  return token_after(history, slice.seed, position);
}

void FakeDevice::clear() { std::fill(slots_.begin(), slots_.end(), Slot()); }

}  // namespace proctor::engine
