// Which two tokens merge into which, and how early.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace proctor::engine {

struct Merge {
  static constexpr std::uint32_t kNever = ~std::uint32_t{0};

  std::uint32_t rank = kNever;  // lower merges first; each rank belongs to one pair
  std::int32_t result = 0;

  bool exists() const { return rank != kNever; }
};

class MergeTable {
 public:
  // Room for this many merges; there may be no more.
  explicit MergeTable(std::size_t count = 0);

  // The next merge, after all others in rank. False, and nothing is done, if the pair is there.
  bool add(std::int32_t left, std::int32_t right, std::int32_t result);

  // The merge of a pair, if it exists().
  Merge find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t key = key_of(left, right);
    for (std::size_t at = place_of(key);; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.key == key || !slot.merge.exists()) return slot.merge;
    }
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    Merge merge;  // does not exist in a free slot
  };

  static std::uint64_t key_of(std::int32_t left, std::int32_t right) {
    return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t place_of(std::uint64_t key) const {
    const std::uint64_t mixed = key * 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
    return static_cast<std::size_t>(mixed >> 32 ^ mixed) & mask();
  }

  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  std::uint32_t count_ = 0;
};

}  // namespace proctor::engine
