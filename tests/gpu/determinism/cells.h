// The matrix of section 5 of reference/inference.md: the same samples under all the circumstances
// that must not show in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "backends/engine/scheduler/scheduler.h"
#include "tests/gpu/determinism/watched_device.h"

namespace proctor::engine::determinism {

// How large all is: small enough for the emulator, or as on a GPU.
struct Load {
  std::vector<int> prompts{};  // tokens of the samples that are compared
  int new_tokens = 0;          // of each of them
  int longest_neighbour = 0;   // prompt tokens of the others
  int most = 0;                // sequences at once; cells of more run with these
};

// One set of circumstances.
struct Cell {
  std::string_view name;
  int batch = 64;                // sequences that run at once; 1: nobody else is there
  bool one_behind = true;        // steps are submitted before the last one is known
  bool graphs = true;            // where the device has them
  int step_tokens = 2048;        // that prompts are cut by
  bool reversed = false;         // the order of submission
  int shared = 0;                // of a hundred neighbours, who have the prompt of a sample
  double room = 1;               // of the pages that all would need; below 1 some must make room
  bool swaps = false;            // to the host's memory; else they are computed again
  int lost = 0;                  // of a hundred steps; all that the cache holds is lost with each
  bool from_the_middle = false;  // the first half of each sample is handed in with its prompt
};

// The first is what the others are compared with.
std::span<const Cell> all_cells();

// What became of a sample that is compared.
struct Sample {
  std::vector<SampledToken> tokens{};
  std::map<std::int64_t, std::uint64_t> rows{};  // hashes of raw logits, by position
};

struct CellRun {
  std::vector<Sample> samples{};
  SchedulerCounters counters{};
  std::size_t disturbed = 0;  // samples that had to make room
  bool contradicted = false;  // a row of logits came twice, with other bits
};

// Pages that the largest cells take, of so many positions each.
int pages_for(const Load& load, int page_size);

// `alone`: of the first cell; needed for one that begins in the middle. Errors: the device's.
Result<CellRun> run_cell(const Cell& cell, const Load& load, int vocab_size, Device& device,
                         Fault fault, const std::vector<Sample>& alone);

std::uint64_t hash_of_tokens(const std::vector<Sample>& samples);
std::uint64_t hash_of_rows(const std::vector<Sample>& samples);

// The first sample and its first position that differ.
struct Difference {
  std::size_t sample = 0;
  std::int64_t position = 0;  // in the prompt and what follows it
};
std::optional<Difference> difference(const std::vector<Sample>& one,
                                     const std::vector<Sample>& other, const Load& load);

}  // namespace proctor::engine::determinism
