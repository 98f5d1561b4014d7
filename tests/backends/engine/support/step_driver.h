// Drives a device by hand: sequences on pages, without a scheduler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backends/engine/checkpoint/checkpoint.h"
#include "backends/engine/device.h"
#include "tests/backends/engine/support/synthetic_model.h"
#include "tests/support/temp_dir.h"

namespace proctor::engine::support {

// A synthetic checkpoint on the disk, loaded.
struct SyntheticCheckpoint {
  explicit SyntheticCheckpoint(const SyntheticModel& model);

  proctor::support::TempDir folder;
  Checkpoint checkpoint;
};

// Hands out the pages of a device, each once.
class PageSource {
 public:
  explicit PageSource(const Device& device) : page_size_(device.page_size()) {}
  // Fresh pages for so many positions.
  std::vector<std::int32_t> pages_for(std::size_t positions);

 private:
  int page_size_;
  std::int32_t next_ = 0;
};

// The logits after each of the tokens, with the sequence cut into slices of `chunk` tokens. Logits
// of all positions but a slice's last come from repeating the slice up to there.
std::vector<std::vector<float>> logits_by_chunks(Device& device, int vocab_size,
                                                 const std::vector<std::int32_t>& ids,
                                                 std::size_t chunk, PageSource& source);

// Random ids below `vocab_size`, the same for the same seed.
std::vector<std::int32_t> random_ids(std::uint64_t seed, std::size_t count, int vocab_size);

}  // namespace proctor::engine::support
