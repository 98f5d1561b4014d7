#include "tests/backends/engine/cuda/ptx/memory.h"

#include <algorithm>
#include <cstring>

namespace proctor::ptx {

namespace {

constexpr std::size_t kAlignment = 256;
constexpr std::size_t kGap = 4096;  // between allocations: nobody's
constexpr std::size_t kWord = 4;
constexpr std::uint32_t kLanes = 32;
constexpr std::uint64_t kSeveral = 0xFFFFFFFFU;  // in the place of the number of a block
constexpr auto kUnwritten = std::byte{0xFF};     // makes NaNs

std::string at(std::uint64_t address, std::size_t bytes) {
  return std::to_string(bytes) + " bytes at " + std::to_string(address);
}

std::string by(const Toucher& who) {
  return "thread " + std::to_string(who.thread) + " of block " + std::to_string(who.block);
}

}  // namespace

std::uint64_t GlobalMemory::allocate(std::size_t bytes) {
  auto allocation = std::make_unique<Allocation>();
  allocation->address = next_;
  allocation->bytes.assign(bytes, kUnwritten);
  allocation->written.assign(bytes, false);
  next_ += (bytes + kGap + kAlignment - 1) / kAlignment * kAlignment;
  const std::uint64_t address = allocation->address;
  allocations_[address] = std::move(allocation);
  return address;
}

bool GlobalMemory::release(std::uint64_t address) {
  latest_ = nullptr;
  return allocations_.erase(address) > 0;
}

GlobalMemory::Allocation* GlobalMemory::around(std::uint64_t address, std::size_t bytes) {
  const auto holds = [&](const Allocation& allocation) {
    return address >= allocation.address && bytes <= allocation.bytes.size() &&
           address - allocation.address <= allocation.bytes.size() - bytes;
  };
  if (latest_ != nullptr && holds(*latest_)) return latest_;
  auto after = allocations_.upper_bound(address);
  if (after == allocations_.begin()) return nullptr;
  Allocation& allocation = *std::prev(after)->second;
  if (!holds(allocation)) return nullptr;
  latest_ = &allocation;
  return latest_;
}

std::byte* GlobalMemory::touch(std::uint64_t address, std::size_t bytes, Touch touch,
                               const Toucher& who, std::string& fault) {
  if (address % bytes != 0) {
    fault = "global memory: " + at(address, bytes) + ": not aligned";
    return nullptr;
  }
  Allocation* const allocation = around(address, bytes);
  if (allocation == nullptr) {
    fault = "global memory: " + at(address, bytes) + ": outside of every allocation";
    return nullptr;
  }
  const std::size_t first = address - allocation->address;
  const std::uint64_t mine = std::uint64_t{who.launch} << 32 | who.block;
  if (touch != Touch::atomic && allocation->writers.empty()) {
    allocation->writers.assign(allocation->bytes.size(), 0);
  }
  for (std::size_t i = first; i < first + bytes; ++i) {
    if (touch != Touch::write && !allocation->written[i]) {
      fault = "global memory: " + at(address, bytes) + ": read, but never written";
      return nullptr;
    }
    if (touch == Touch::atomic) continue;
    std::uint64_t& writer = allocation->writers[i];
    const bool others = writer >> 32 == who.launch && writer != mine;
    if (touch == Touch::write) {
      writer = others ? mine | kSeveral : mine;
      allocation->written[i] = true;
    } else if (others || (writer & kSeveral) == kSeveral) {
      fault = "global memory: " + at(address, bytes) + ": read by " + by(who) + ", but " +
              (others ? "another block has written it in this launch"
                      : "several blocks have written it in one launch");
      return nullptr;
    }
  }
  return allocation->bytes.data() + first;
}

std::byte* GlobalMemory::copied(std::uint64_t address, std::size_t bytes, bool to) {
  Allocation* const allocation = around(address, bytes);
  if (allocation == nullptr) return nullptr;
  const auto first = static_cast<std::ptrdiff_t>(address - allocation->address);
  if (to) {
    std::fill_n(allocation->written.begin() + first, bytes, true);
    if (!allocation->writers.empty()) {
      std::fill_n(allocation->writers.begin() + first, bytes, 0);
    }
  }
  return allocation->bytes.data() + first;
}

SharedMemory::SharedMemory(std::size_t bytes)
    : bytes_(bytes, kUnwritten), words_((bytes + kWord - 1) / kWord) {}

bool SharedMemory::in_bounds(std::uint64_t address, std::size_t bytes, std::string& fault) const {
  if (address % bytes != 0 || bytes % kWord != 0) {
    fault = "shared memory: " + at(address, bytes) + ": not aligned";
    return false;
  }
  if (bytes > bytes_.size() || address > bytes_.size() - bytes) {
    fault = "shared memory: " + at(address, bytes) + ": outside of the block's " +
            std::to_string(bytes_.size());
    return false;
  }
  return true;
}

// Whether what `before` did is done for `now`: it is the same thread, or a barrier lies between.
bool SharedMemory::ordered(const Toucher& before, const Toucher& now) {
  if (before.thread == now.thread || before.block_epoch != now.block_epoch) return true;
  return before.thread / kLanes == now.thread / kLanes && before.warp_epoch != now.warp_epoch;
}

void SharedMemory::note_read(Word& word, const Toucher& who) {
  const bool same_block_epoch = word.read && word.reader.block_epoch == who.block_epoch;
  const bool same_warp = word.reader.thread / kLanes == who.thread / kLanes;
  word.many_warps = same_block_epoch && (word.many_warps || !same_warp);
  word.many_lanes = same_block_epoch && same_warp && word.reader.warp_epoch == who.warp_epoch &&
                    (word.many_lanes || word.reader.thread != who.thread);
  word.reader = who;
  word.read = true;
}

bool SharedMemory::readers_done(const Word& word, const Toucher& now) {
  if (!word.read || word.reader.block_epoch != now.block_epoch) return true;
  if (word.many_warps || word.reader.thread / kLanes != now.thread / kLanes) return false;
  if (word.reader.warp_epoch != now.warp_epoch) return true;
  return !word.many_lanes && word.reader.thread == now.thread;
}

std::byte* SharedMemory::touch(std::uint64_t address, std::size_t bytes, Touch touch,
                               const Toucher& who, std::string& fault) {
  if (!in_bounds(address, bytes, fault)) return nullptr;
  for (std::size_t i = address / kWord; i < (address + bytes) / kWord; ++i) {
    Word& word = words_[i];
    const auto name = [&] { return "shared memory: " + at(address, bytes) + ": "; };
    if (word.state == State::arriving) {
      fault = name() + "a copy to it by " + by(word.writer) + " has not been waited for";
      return nullptr;
    }
    if (word.state == State::unwritten && touch != Touch::write) {
      fault = name() + "read, but never written";
      return nullptr;
    }
    const bool atomics = touch == Touch::atomic && word.atomically;
    if (word.state == State::written && !atomics && !ordered(word.writer, who)) {
      fault = name() + "no barrier since " + by(word.writer) + " wrote it, and " + by(who) +
              " touches it";
      return nullptr;
    }
    if (touch == Touch::read) {
      note_read(word, who);
      continue;
    }
    if (!readers_done(word, who)) {
      fault = name() + "no barrier since " + by(word.reader) + " read it, and " + by(who) +
              " writes it";
      return nullptr;
    }
    word.state = State::written;
    word.atomically = touch == Touch::atomic;
    word.writer = who;
  }
  return bytes_.data() + address;
}

std::byte* SharedMemory::begin_copy(std::uint64_t address, std::size_t bytes, const Toucher& who,
                                    std::string& fault) {
  std::byte* const to = touch(address, bytes, Touch::write, who, fault);
  if (to == nullptr) return nullptr;
  for (std::size_t i = address / kWord; i < (address + bytes) / kWord; ++i) {
    words_[i].state = State::arriving;
  }
  std::memset(to, static_cast<int>(kUnwritten), bytes);
  return to;
}

void SharedMemory::arrive(std::uint64_t address, const std::byte* from, std::size_t bytes,
                          const Toucher& who) {
  std::memcpy(bytes_.data() + address, from, bytes);
  for (std::size_t i = address / kWord; i < (address + bytes) / kWord; ++i) {
    words_[i].state = State::written;
    words_[i].writer = who;
  }
}

}  // namespace proctor::ptx
