// Stores into one: the shards of a run put together, and everything else side by side.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "harness/core/result.h"

namespace proctor::reports {

struct Merged {
  std::int64_t runs = 0;     // in the new file
  std::int64_t united = 0;   // runs that became part of another
  std::int64_t samples = 0;  // taken over from those
};

// Writes a new store `out` with the runs of all `inputs`, under new numbers, in their order. Runs
// of one plan (fingerprint and seed) in different files are parts of one run, and are united: of
// each sample the furthest state is kept (scored, ungraded, generated, failed, in flight, planned).
// With `apart` every run stays a run of its own. Inputs are read only, also those of older formats;
// `out` is there as a whole or not at all. Needs no more memory for larger files. Errors:
// invalid_input, if `out` exists, if two parts hold different replies or scores to one sample, or
// if a file has several runs of a plan that another has too: which belong together is then not
// known; corrupt, not_found, io, disk_full.
Result<Merged> merge_stores(const std::filesystem::path& out,
                            std::span<const std::filesystem::path> inputs, bool apart);

}  // namespace proctor::reports
