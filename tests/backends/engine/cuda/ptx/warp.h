// A block that runs, and its warps: 32 lanes that take each instruction together as long as they
// are at the same place.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "tests/backends/engine/cuda/ptx/memory.h"
#include "tests/backends/engine/cuda/ptx/program.h"

namespace proctor::ptx {

constexpr int kLanes = 32;
constexpr std::uint32_t kAllLanes = 0xFFFFFFFFU;

struct Dim {
  unsigned x = 1, y = 1, z = 1;
  unsigned count() const { return x * y * z; }
};

struct Launch {
  const Kernel* kernel = nullptr;
  Dim grid;
  Dim block;
  std::size_t shared_bytes = 0;
  std::vector<std::byte> parameters;
  GlobalMemory* memory = nullptr;
  std::uint32_t number = 0;
  std::string fault;                                 // the first; empty: none
  std::uint64_t instructions = 0;                    // that warps have run so far
  std::uint64_t most_instructions = 20'000'000'000;  // a kernel that takes more, hangs
};

// Copies of 16 bytes that a lane has started, by group; the last group is open.
struct PendingCopy {
  std::uint64_t to;
  std::array<std::byte, 16> bytes;
};
using CopyGroups = std::deque<std::vector<PendingCopy>>;

struct Block;

struct Warp {
  Block* block = nullptr;
  int number = 0;
  std::vector<std::uint64_t> registers;
  std::array<CopyGroups, kLanes> copies;
  std::vector<std::byte> local;  // lane by lane
  std::uint32_t epoch = 0;       // barriers of the warp so far

  // The lanes that the instruction at hand runs in.
  std::uint32_t active = 0;

  // Lanes that are at one place.
  struct Group {
    std::uint32_t lanes = 0;
    std::uint32_t at = 0;
    bool waits = false;  // for lanes that are elsewhere
  };
  std::vector<Group> groups;
  std::uint32_t exited = 0;
  bool at_barrier = false;

  template <class T>
  T* values(Place place) {
    return reinterpret_cast<T*>(reinterpret_cast<unsigned char*>(registers.data()) + place);
  }
  std::uint32_t& predicate(Place place) { return *values<std::uint32_t>(place); }
  bool runs(int lane) const { return (active >> lane & 1) != 0; }

  // Stores what the active lanes have.
  template <class T>
  void put(Place place, const T (&results)[kLanes]) {
    T* const to = values<T>(place);
    if (active == kAllLanes) {
      std::memcpy(to, results, sizeof(results));
      return;
    }
    for (int lane = 0; lane < kLanes; ++lane) {
      if (runs(lane)) to[lane] = results[lane];
    }
  }

  Toucher toucher(int lane) const;
  void fail(const std::string& what);
};

struct Block {
  Launch* launch = nullptr;
  std::uint32_t number = 0;
  SharedMemory shared;
  std::uint32_t epoch = 0;
  std::vector<Warp> warps = {};
};

inline Toucher Warp::toucher(int lane) const {
  return {block->launch->number, block->number, static_cast<std::uint32_t>(number * kLanes + lane),
          block->epoch, epoch};
}

inline void Warp::fail(const std::string& what) {
  if (block->launch->fault.empty()) block->launch->fault = what;
}

}  // namespace proctor::ptx
