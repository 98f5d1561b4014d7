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
      host_slots_(static_cast<std::size_t>(options.host_pages * options.page_size)),
      owners_(static_cast<std::size_t>(options.pages)) {}

void FakeDevice::fault(std::string what) {
  if (faults_.size() < 10) faults_.push_back(std::move(what));
}

FakeDevice::Slot& FakeDevice::slot(const SequenceSlice& slice, int position) {
  const auto page = slice.pages[static_cast<std::size_t>(position / options_.page_size)];
  return slots_[static_cast<std::size_t>(page * options_.page_size +
                                         position % options_.page_size)];
}

void FakeDevice::set_stop_tokens(std::span<const std::int32_t> tokens) {
  if (!under_way_.empty()) fault("stop tokens change while a step is under way");
  stop_tokens_.assign(tokens.begin(), tokens.end());
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

void FakeDevice::check_swap(std::span<const std::int32_t> pages,
                            std::span<const std::int32_t> places) {
  if (pages.empty() || pages.size() != places.size()) fault("pages and places are not as many");
  clock_ += options_.swap_cost * options_.page_size * static_cast<double>(pages.size());
  for (const std::int32_t place : places) {
    if (place < 0 || place >= options_.host_pages) fault("no such place");
  }
}

Result<bool> FakeDevice::swap_out(std::span<const std::int32_t> pages,
                                  std::span<const std::int32_t> places) {
  check_swap(pages, places);
  ++swaps_;
  if (options_.host_refuses_every > 0 && swaps_ % options_.host_refuses_every == 0) return false;
  const auto size = options_.page_size;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    std::copy_n(slots_.begin() + pages[i] * size, size, host_slots_.begin() + places[i] * size);
  }
  return true;
}

Result<void> FakeDevice::swap_in(std::span<const std::int32_t> places,
                                 std::span<const std::int32_t> pages) {
  check_swap(pages, places);
  const auto size = options_.page_size;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto from = host_slots_.begin() + places[i] * size;
    if (!from->filled) fault("a place that holds nothing is swapped in");
    std::copy_n(from, size, slots_.begin() + pages[i] * size);
    std::fill_n(from, size, Slot());
  }
  swapped_in_ += static_cast<int>(pages.size());
  return {};
}

Error FakeDevice::failure() {
  clear();
  return {ErrorCode::unavailable, "the fake device failed"};
}

Result<void> FakeDevice::submit(std::span<const SequenceSlice> slices) {
  ++steps_;
  if (under_way_.size() > 1) fault("a third step is submitted");
  const bool fails = options_.fails_every > 0 && steps_ % options_.fails_every == 0;
  if (fails && !options_.fails_late) return failure();
  if (slices.empty()) fault("a step without slices");
  check_owners(slices);
  clock_ += options_.fixed_cost;
  last_slices_ = static_cast<int>(slices.size());
  last_tokens_ = 0;
  Step step = {.fails = fails, .sampled = {}, .tokens = {}};
  for (const SequenceSlice& slice : slices) {
    step.sampled.push_back(slice.sample);
    const std::vector<std::int32_t> tokens = tokens_of(slice);
    last_tokens_ += static_cast<int>(tokens.size());
    const TokenEnd ended = end_before(slice);
    const bool goes_on = check_slice(slice) && ended == TokenEnd::none;
    step.tokens.push_back(goes_on ? compute(slice, tokens) : SampledToken{.end = ended});
    if (ended != TokenEnd::none) passed_over_ += static_cast<int>(tokens.size());
  }
  if (last_tokens_ > options_.max_step_tokens) fault("more tokens than fit in a step");
  last_ = step;
  under_way_.push_back(std::move(step));
  most_under_way_ = std::max(most_under_way_, under_way());
  return {};
}

Result<void> FakeDevice::collect(std::span<SampledToken> sampled) {
  if (under_way_.empty()) {
    fault("no step is under way");
    return {};
  }
  const Step step = std::move(under_way_.front());
  under_way_.pop_front();
  if (step.fails) return failure();
  if (sampled.size() != step.tokens.size()) {
    fault("as many places for tokens as slices are needed");
    return {};
  }
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    if (step.sampled[i]) sampled[i] = step.tokens[i];
  }
  return {};
}

std::vector<std::int32_t> FakeDevice::tokens_of(const SequenceSlice& slice) {
  std::vector<std::int32_t> tokens(slice.tokens.begin(), slice.tokens.end());
  const auto from = static_cast<std::size_t>(slice.drawn_by);
  if (slice.drawn_by >= 0) {
    if (from < last_.tokens.size() && last_.sampled[from]) {
      tokens.back() = last_.tokens[from].id;
    } else {
      fault("a token that the last step did not draw");
    }
  }
  for (const std::int32_t token : tokens) {
    if (token < 0) fault("a token that is not known");
  }
  return tokens;
}

TokenEnd FakeDevice::end_before(const SequenceSlice& slice) const {
  const auto from = static_cast<std::size_t>(slice.drawn_by);
  const bool known = slice.drawn_by >= 0 && from < last_.tokens.size();
  return known ? last_.tokens[from].end : TokenEnd::none;
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

SampledToken FakeDevice::compute(const SequenceSlice& slice, std::span<const std::int32_t> tokens) {
  std::uint64_t history = slice.start == 0 ? 0 : slot(slice, slice.start - 1).history;
  int position = slice.start;
  for (const std::int32_t token : tokens) {
    history = history_with(history, token);
    slot(slice, position) = {true, token, history};
    ++position;
  }
  const auto count = static_cast<int>(slice.tokens.size());
  computed_tokens_ += count;
  clock_ += options_.token_cost * count + options_.context_cost * position;
  SampledToken token = token_after(history, slice.seed, position);
  token.end = end_of(token.id, position, slice.last_position, stop_tokens_);
  return token;
}

void FakeDevice::clear() {
  std::fill(slots_.begin(), slots_.end(), Slot());
  std::fill(host_slots_.begin(), host_slots_.end(), Slot());
  under_way_.clear();
}

}  // namespace proctor::engine
