#include "backends/engine/scheduler/prefix_cache.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace proctor::engine {
namespace {

std::size_t hash_of(const std::vector<std::int32_t>& tokens) {
  const std::string_view bytes(reinterpret_cast<const char*>(tokens.data()),
                               tokens.size() * sizeof tokens[0]);
  return std::hash<std::string_view>()(bytes);
}

}  // namespace

Prefix& PrefixCache::join(std::vector<std::int32_t> prompt) {
  const std::size_t hash = hash_of(prompt);
  const auto found = std::find_if(prefixes_.begin(), prefixes_.end(), [&](const auto& prefix) {
    return prefix->hash == hash && prefix->prompt == prompt;
  });
  Prefix& prefix =
      found != prefixes_.end() ? **found : *prefixes_.emplace_back(std::make_unique<Prefix>());
  if (prefix.members++ == 0) {
    prefix.prompt = std::move(prompt);
    prefix.hash = hash;
  }
  return prefix;
}

void PrefixCache::leave(Prefix& prefix) {
  check(prefix.members > 0);
  if (--prefix.members > 0) return;
  give_up_pages(prefix, 0);
  std::erase_if(prefixes_, [&](const auto& each) { return each.get() == &prefix; });
}

int PrefixCache::droppable_pages_of(const Prefix& prefix) const {
  const int held = static_cast<int>(prefix.pages.size());
  if (prefix.residents == 0) return held;
  return prefix.starting == 0 ? held - std::min(held, full_pages(prefix)) : 0;
}

int PrefixCache::droppable_pages(const Prefix* except) const {
  int pages = 0;
  for (const auto& prefix : prefixes_) {
    if (prefix.get() != except) pages += droppable_pages_of(*prefix);
  }
  return pages;
}

bool PrefixCache::drop_one(const Prefix* except) {
  for (auto prefix = prefixes_.rbegin(); prefix != prefixes_.rend(); ++prefix) {
    const int droppable = prefix->get() == except ? 0 : droppable_pages_of(**prefix);
    if (droppable == 0) continue;
    give_up_pages(**prefix, static_cast<int>((*prefix)->pages.size()) - droppable);
    return true;
  }
  return false;
}

void PrefixCache::complete_pages(Prefix& prefix, int pages) {
  while (static_cast<int>(prefix.pages.size()) < pages) prefix.pages.push_back(pool_.allocate());
  set_room(prefix);
}

void PrefixCache::give_up_partial_page(Prefix& prefix) {
  give_up_pages(prefix, std::min(static_cast<int>(prefix.pages.size()), full_pages(prefix)));
}

void PrefixCache::give_up_pages(Prefix& prefix, int kept) {
  for (; static_cast<int>(prefix.pages.size()) > kept; prefix.pages.pop_back()) {
    pool_.release(prefix.pages.back());
  }
  set_room(prefix);
  prefix.computed = std::min(prefix.computed, prefix.room);
}

void PrefixCache::set_room(Prefix& prefix) const {
  prefix.room =
      std::min(prefix.length(), static_cast<int>(prefix.pages.size()) * pool_.page_size());
}

}  // namespace proctor::engine
