#include "backends/engine/scheduler/residents.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace proctor::engine {
namespace {

bool older(const Sequence* left, const Sequence* right) { return left->order < right->order; }

}  // namespace

bool Residents::admit(Sequence& sequence, int reserve) {
  Prefix& prefix = *sequence.prefix;
  // What it computed of the prefix's last page lies in the first of its own.
  const bool copies_partial = !sequence.swapped_out();
  if (!copies_partial && all_.empty()) prefixes_.give_up_partial_page(prefix);
  const int full = full_prefix_pages(prefix);
  const int partial = copies_partial ? pool_.pages_for(prefix.length()) - full : 0;  // 0 or 1
  const int own = pool_.pages_for(sequence.cached_length()) - full;
  const int missing = std::max(0, full + partial - static_cast<int>(prefix.pages.size()));
  const int available = pool_.free() + prefixes_.droppable_pages(&prefix);
  const int needed = missing + own;
  if (!all_.empty() && available - needed < reserve) return false;
  // Alone, and the cache has no room for both the partly filled page and a copy of it: the sequence
  // will take over the page itself.
  const int taken_over = needed > available ? 1 : 0;
  check(needed - taken_over <= available && taken_over <= partial);

  while (pool_.free() < needed - taken_over) check(prefixes_.drop_one(&prefix));
  prefixes_.complete_pages(prefix, full + partial);
  sequence.pages.assign(prefix.pages.begin(), prefix.pages.begin() + full + taken_over);
  for (const std::int32_t page : sequence.pages) pool_.retain(page);
  for (int i = taken_over; i < own; ++i) sequence.pages.push_back(pool_.allocate());
  ++prefix.residents;
  ++prefix.starting;
  if (!sequence.swapped_out()) sequence.computed = prefix.length();
  all_.insert(std::upper_bound(all_.begin(), all_.end(), &sequence, older), &sequence);
  return true;
}

int Residents::missing_pages(const Sequence& sequence) const {
  return pool_.pages_for(sequence.cached_length()) - static_cast<int>(sequence.pages.size());
}

Result<void> Residents::grow(std::vector<Sequence*>& preempted) {
  int missing = 0;
  for (const Sequence* sequence : all_) missing += missing_pages(*sequence);
  while (pool_.free() < missing) {
    if (prefixes_.drop_one(nullptr)) continue;
    Sequence& victim = shortest_but_oldest();
    if (Result<void> saved = swap_out(victim); !saved) return saved;
    missing -= missing_pages(victim);
    release(victim);
    preempted.push_back(&victim);
  }
  if (missing == 0) return {};
  for (Sequence* sequence : all_) {
    for (int i = missing_pages(*sequence); i > 0; --i) sequence->pages.push_back(pool_.allocate());
  }
  return {};
}

Sequence& Residents::shortest_but_oldest() const {
  check(all_.size() > 1);
  const auto shortest = std::min_element(
      all_.rbegin(), all_.rend() - 1, [](const Sequence* left, const Sequence* right) {
        return left->length() < right->length();  // the first of equals is the youngest
      });
  return **shortest;
}

Result<void> Residents::swap_out(Sequence& sequence) {
  const int full = full_prefix_pages(*sequence.prefix);
  const int own = pool_.pages_for(sequence.computed) - full;
  if (!sequence.started || own == 0 || own > host_.free()) return {};
  for (int i = 0; i < own; ++i) sequence.places.push_back(host_.allocate());
  const auto pages = std::span(std::as_const(sequence.pages))
                         .subspan(static_cast<std::size_t>(full), sequence.places.size());
  const Result<bool> kept = device_.swap_out(pages, sequence.places);
  if (!kept) return kept.error();
  if (!*kept) forget(sequence);
  return {};
}

Result<void> Residents::swap_in(Sequence& sequence) {
  const auto full = static_cast<std::size_t>(full_prefix_pages(*sequence.prefix));
  const auto pages = std::span(std::as_const(sequence.pages)).subspan(full, sequence.places.size());
  Result<void> back = device_.swap_in(sequence.places, pages);
  if (back) forget(sequence);
  return back;
}

Result<void> Residents::begin_after_prefix(Sequence& sequence) {
  Prefix& prefix = *sequence.prefix;
  const auto full = static_cast<std::size_t>(full_prefix_pages(prefix));
  if (prefix.pages.size() == full) return {};
  const std::int32_t partial = prefix.pages[full];
  const std::int32_t own = sequence.pages[full];
  if (own != partial) return device_.copy_page(partial, own);
  prefixes_.give_up_partial_page(prefix);
  return {};
}

Result<void> Residents::start() {
  for (Sequence* sequence : all_) {
    Prefix& prefix = *sequence->prefix;
    const bool swapped = sequence->swapped_out();
    const int needed = swapped ? full_prefix_pages(prefix) * pool_.page_size() : prefix.length();
    if (sequence->started || prefix.computed < needed) continue;
    if (Result<void> begun = swapped ? swap_in(*sequence) : begin_after_prefix(*sequence); !begun) {
      return begun;
    }
    sequence->started = true;
    --prefix.starting;
  }
  return {};
}

void Residents::forget(Sequence& sequence) {
  for (const std::int32_t place : sequence.places) host_.release(place);
  sequence.places.clear();
}

void Residents::release(Sequence& sequence) {
  Prefix& prefix = *sequence.prefix;
  for (const std::int32_t page : sequence.pages) pool_.release(page);
  sequence.pages.clear();
  --prefix.residents;
  if (!sequence.started) --prefix.starting;
  sequence.started = false;
  const auto place = std::lower_bound(all_.begin(), all_.end(), &sequence, older);
  check(place != all_.end() && *place == &sequence);
  all_.erase(place);
}

}  // namespace proctor::engine
