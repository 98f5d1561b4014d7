// The memory of a GPU as a program may see it, watched: what lies outside of an allocation, is not
// aligned, was never written, is still being copied or was touched by another thread with no
// barrier in between is a fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace proctor::ptx {

// Where generic addresses name shared and local memory: windows, as the hardware has them.
constexpr std::uint64_t kSharedWindow = std::uint64_t{1} << 40;
constexpr std::uint64_t kLocalWindow = std::uint64_t{2} << 40;
constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 32;
// Addresses that no host has: who follows one outside of a kernel is stopped at once.
constexpr std::uint64_t kFirstGlobal = std::uint64_t{1} << 56;

// Which thread touches memory, and how far it is.
struct Toucher {
  std::uint32_t launch = 0;
  std::uint32_t block = 0;        // of the grid
  std::uint32_t thread = 0;       // of the block
  std::uint32_t block_epoch = 0;  // barriers of the block so far
  std::uint32_t warp_epoch = 0;   // barriers of the warp so far
};

enum class Touch { read, write, atomic };

// Global memory. Not thread-safe.
class GlobalMemory {
 public:
  // Addresses are multiples of 256, as cudaMalloc's, and never given out again.
  std::uint64_t allocate(std::size_t bytes);
  // False if nothing begins there.
  bool release(std::uint64_t address);

  // What a thread reads or writes, or nullptr and why not.
  std::byte* touch(std::uint64_t address, std::size_t bytes, Touch touch, const Toucher& who,
                   std::string& fault);
  // What the host copies, all of it within one allocation; else nullptr. Written, if it is `to`.
  std::byte* copied(std::uint64_t address, std::size_t bytes, bool to);

  static bool is_device_address(std::uint64_t address) { return address >= kFirstGlobal; }

 private:
  struct Allocation {
    std::uint64_t address = 0;
    std::vector<std::byte> bytes;
    std::vector<bool> written;
    // By byte: the launch and the block that stored last, to find blocks that count on each other.
    // What several have stored in one launch nobody may read.
    std::vector<std::uint64_t> writers;
  };

  Allocation* around(std::uint64_t address, std::size_t bytes);

  std::map<std::uint64_t, std::unique_ptr<Allocation>> allocations_;
  std::uint64_t next_ = kFirstGlobal;
  Allocation* latest_ = nullptr;
};

// The shared memory of one block, watched by words of 4 bytes.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t bytes);

  std::byte* touch(std::uint64_t address, std::size_t bytes, Touch touch, const Toucher& who,
                   std::string& fault);
  // An asynchronous copy begins: nobody may touch it until it has arrived.
  std::byte* begin_copy(std::uint64_t address, std::size_t bytes, const Toucher& who,
                        std::string& fault);
  void arrive(std::uint64_t address, const std::byte* from, std::size_t bytes, const Toucher& who);

 private:
  enum class State : std::uint8_t { unwritten, written, arriving };
  struct Word {
    State state = State::unwritten;
    bool atomically = false;
    bool many_lanes = false;  // of one warp have read since its last barrier
    bool many_warps = false;  // of the block have read since its last barrier
    Toucher writer;
    Toucher reader;
    bool read = false;
  };

  bool in_bounds(std::uint64_t address, std::size_t bytes, std::string& fault) const;
  static bool ordered(const Toucher& before, const Toucher& now);
  static void note_read(Word& word, const Toucher& who);
  static bool readers_done(const Word& word, const Toucher& now);

  std::vector<std::byte> bytes_;
  std::vector<Word> words_;
};

}  // namespace proctor::ptx
