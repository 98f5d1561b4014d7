#include "backends/engine/tokenizer/merge_table.h"

#include <bit>

#include "harness/core/check.h"

namespace proctor::engine {

MergeTable::MergeTable(std::size_t count) : slots_(std::bit_ceil(2 * count + 1)) {}

bool MergeTable::add(std::int32_t left, std::int32_t right, std::int32_t result) {
  if (find(left, right).exists()) return false;
  check(2 * (std::size_t{count_} + 1) <= slots_.size());
  const std::uint64_t key = key_of(left, right);
  std::size_t at = place_of(key);
  while (slots_[at].merge.exists()) at = (at + 1) & mask();
  slots_[at] = {key, {count_++, result}};
  return true;
}

}  // namespace proctor::engine
