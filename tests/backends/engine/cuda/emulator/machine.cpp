#include "tests/backends/engine/cuda/emulator/machine.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <vector>

#include "harness/core/check.h"
#include "tests/backends/engine/cuda/emulator/fiber.h"

uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

namespace proctor::emulator {
namespace {

constexpr int kLanes = 32;
// Every byte of memory that nobody has written: as floats and bfloat16s these are NaNs.
constexpr int kPoison = 0xFF;
constexpr std::size_t kGuardBytes = 64;
constexpr const char* kBarrier = "__syncthreads";

constexpr std::size_t kPieceBytes = 16;  // what cp.async copies and ldmatrix reads of a row

struct Copy {
  void* to;
  const void* from;
  bool wanted;
};

// By whom and when a piece of shared memory was touched: barriers passed, of the warp and the
// block.
struct Touch {
  int warp = -1;
  unsigned warp_barriers = 0;
  unsigned block_barriers = 0;
};

struct Block;

struct Thread {
  Fiber fiber;
  Block* block = nullptr;
  int number = 0;  // in its block
  uint3 index = {};
  const char* waits_for = nullptr;
  std::deque<std::vector<Copy>> groups;  // of copies under way; the last is still open
};

struct Warp {
  const char* collective = nullptr;
  int arrived = 0;
  void* lanes[kLanes] = {};
  unsigned barriers = 0;  // those of the block too
};

struct Block {
  uint3 index = {};
  std::vector<std::unique_ptr<Thread>> threads;
  std::vector<Warp> warps;
  int live = 0;
  int at_barrier = 0;
  unsigned barriers = 0;
  std::vector<Touch> copied;  // of each piece of the shared memory: the last copy that arrived
  std::vector<Touch> read;    // and the last ldmatrix
  std::size_t shared_bytes = 0;
  std::vector<unsigned char> shared;  // with room to align it, and a guard behind
  unsigned char* shared_memory = nullptr;
};

class Machine {
 public:
  bool run(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& thread);

  Schedule schedule;
  std::string fault;
  Thread* current = nullptr;

  void wait(const char* what);
  void wake(Thread& thread);
  void open_barrier(Block& block);
  [[noreturn]] void stop(std::initializer_list<std::string_view> parts);

 private:
  std::unique_ptr<Block> free_block(std::size_t threads);
  void begin_block(unsigned number, std::size_t shared_bytes);
  void enter(Thread& thread);
  void end_thread(Thread& thread);
  void end_block(Block& block);
  Thread& take_ready();
  std::string what_hangs() const;

  dim3 grid_, block_;
  const std::function<void()>* body_ = nullptr;
  std::deque<Thread*> ready_;
  std::vector<std::unique_ptr<Block>> resident_;
  std::vector<std::unique_ptr<Block>> spare_;  // their stacks are used again
  std::uint64_t random_ = 1;
};

Machine machine;

std::string name_of(const Thread& thread) {
  return "thread " + std::to_string(thread.number) + " of block " +
         std::to_string(thread.block->index.x) + "," + std::to_string(thread.block->index.y);
}

bool Machine::run(dim3 grid, dim3 block, std::size_t shared_bytes,
                  const std::function<void()>& thread) {
  check(current == nullptr);
  grid_ = grid;
  block_ = block;
  body_ = &thread;
  fault.clear();
  ready_.clear();
  random_ = schedule.seed | 1;
  gridDim = grid;
  blockDim = block;
  const unsigned threads = block.x * block.y * block.z;
  // CUDA allows a last warp that is not full; kernels that use whole warps do not want one.
  if (threads == 0 || threads > 1024 || threads % kLanes != 0) {
    fault = "a block of " + std::to_string(threads) + " threads";
    return false;
  }
  const unsigned blocks = grid.x * grid.y * grid.z;
  unsigned begun = 0;
  while (fault.empty() && (begun < blocks || !resident_.empty())) {
    while (begun < blocks && resident_.size() < static_cast<std::size_t>(schedule.resident_blocks))
      begin_block(begun++, shared_bytes);
    if (ready_.empty()) {
      fault = what_hangs();
    } else {
      enter(take_ready());
    }
  }
  for (std::unique_ptr<Block>& each : resident_) spare_.push_back(std::move(each));
  resident_.clear();
  return fault.empty();
}

std::unique_ptr<Block> Machine::free_block(std::size_t threads) {
  std::unique_ptr<Block> block = std::make_unique<Block>();
  if (!spare_.empty()) {
    block = std::move(spare_.back());
    spare_.pop_back();
  }
  while (block->threads.size() < threads) block->threads.push_back(std::make_unique<Thread>());
  return block;
}

void Machine::begin_block(unsigned number, std::size_t shared_bytes) {
  const auto threads = static_cast<std::size_t>(block_.x * block_.y * block_.z);
  std::unique_ptr<Block> block = free_block(threads);
  block->index = {number % grid_.x, number / grid_.x % grid_.y, number / grid_.x / grid_.y};
  block->warps.assign(threads / kLanes, Warp{});
  block->live = static_cast<int>(threads);
  block->at_barrier = 0;
  block->barriers = 0;
  block->copied.assign(shared_bytes / kPieceBytes, Touch{});
  block->read.assign(shared_bytes / kPieceBytes, Touch{});
  block->shared_bytes = shared_bytes;
  block->shared.assign(shared_bytes + kGuardBytes + 16, static_cast<unsigned char>(kPoison));
  const auto address = reinterpret_cast<std::uintptr_t>(block->shared.data());
  block->shared_memory = block->shared.data() + (16 - address % 16) % 16;
  for (std::size_t i = 0; i < threads; ++i) {
    Thread& thread = *block->threads[i];
    const auto at = static_cast<unsigned>(i);
    thread.block = block.get();
    thread.number = static_cast<int>(i);
    thread.waits_for = nullptr;
    thread.index = {at % block_.x, at / block_.x % block_.y, at / block_.x / block_.y};
    thread.groups.assign(1, {});
    thread.fiber.start(
        [](void* self) {
          (*machine.body_)();
          machine.end_thread(*static_cast<Thread*>(self));
        },
        &thread);
    ready_.push_back(&thread);
  }
  resident_.push_back(std::move(block));
}

void Machine::enter(Thread& thread) {
  Block& block = *thread.block;
  current = &thread;
  threadIdx = thread.index;
  blockIdx = block.index;
  thread.waits_for = nullptr;
  thread.fiber.enter();
  current = nullptr;
  if (block.live == 0) end_block(block);
}

// Before its fiber returns.
void Machine::end_thread(Thread& thread) {
  for (const std::vector<Copy>& group : thread.groups) {
    if (!group.empty()) stop({"ended with an asynchronous copy under way"});
  }
  Block& block = *thread.block;
  --block.live;
  // A barrier waits for the threads that have not ended.
  if (block.live > 0 && block.at_barrier == block.live) open_barrier(block);
}

void Machine::end_block(Block& block) {
  const unsigned char* guard = block.shared_memory + block.shared_bytes;
  if (std::any_of(guard, guard + kGuardBytes, [](unsigned char c) { return c != kPoison; })) {
    fault = "a block wrote past its shared memory";
  }
  const auto found =
      std::ranges::find_if(resident_, [&](const auto& each) { return each.get() == &block; });
  spare_.push_back(std::move(*found));
  resident_.erase(found);
}

Thread& Machine::take_ready() {
  std::size_t at = 0;
  if (schedule.order == Order::last_come) at = ready_.size() - 1;
  if (schedule.order == Order::shuffled) {
    // Marsaglia's xorshift64 (2003): any order will do.
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    at = random_ % ready_.size();
    std::swap(ready_[at], ready_.back());
    at = ready_.size() - 1;
  }
  Thread& thread = *ready_[at];
  at == 0 ? ready_.pop_front() : ready_.pop_back();
  return thread;
}

std::string Machine::what_hangs() const {
  for (const auto& block : resident_) {
    for (std::size_t i = 0; i < block->warps.size() * kLanes; ++i) {
      const Thread& thread = *block->threads[i];
      if (thread.waits_for != nullptr) {
        return name_of(thread) + " waits for ever at " + thread.waits_for;
      }
    }
  }
  return "no thread can run";
}

void Machine::wait(const char* what) {
  Thread& self = *current;
  self.waits_for = what;
  self.fiber.leave();
}

void Machine::wake(Thread& thread) {
  thread.waits_for = nullptr;
  ready_.push_back(&thread);
}

void Machine::open_barrier(Block& block) {
  block.at_barrier = 0;
  ++block.barriers;
  for (Warp& warp : block.warps) ++warp.barriers;
  for (std::size_t i = 0; i < block.warps.size() * kLanes; ++i) {
    if (block.threads[i]->waits_for == kBarrier) wake(*block.threads[i]);
  }
}

void Machine::stop(std::initializer_list<std::string_view> parts) {
  fault = name_of(*current) + ": ";
  for (const std::string_view part : parts) fault += part;
  current->fiber.leave();
  check(false);  // nothing of a stopped launch is entered again
  std::abort();
}

Warp& this_warp() {
  return machine.current->block->warps[static_cast<std::size_t>(machine.current->number / kLanes)];
}

Touch touch_now() {
  return {machine.current->number / kLanes, this_warp().barriers, machine.current->block->barriers};
}

// Whether the warp that runs has met the toucher at a barrier since.
bool met_since(const Touch& touch) {
  const Touch now = touch_now();
  if (touch.warp == -1) return true;
  return touch.warp == now.warp ? touch.warp_barriers < now.warp_barriers
                                : touch.block_barriers < now.block_barriers;
}

// The number of a piece of the block's shared memory; a fault if it is none.
std::size_t piece_of(const void* address, std::string_view instruction) {
  const Block& block = *machine.current->block;
  const auto* first = static_cast<const unsigned char*>(address);
  if (first < block.shared_memory || first + kPieceBytes > block.shared_memory + block.shared_bytes)
    machine.stop({instruction, " outside the shared memory"});
  const auto at = static_cast<std::size_t>(first - block.shared_memory);
  if (at % kPieceBytes != 0) machine.stop({instruction, " with an address that is not aligned"});
  return at / kPieceBytes;
}

constexpr const char* kCopy = "cp.async";
constexpr const char* kLoad = "ldmatrix";

void land(const Copy& copy) {
  machine.current->block->copied[piece_of(copy.to, kCopy)] = touch_now();
  if (copy.wanted) {
    std::memcpy(copy.to, copy.from, kPieceBytes);
  } else {
    std::memset(copy.to, 0, kPieceBytes);
  }
}

}  // namespace

void set_schedule(const Schedule& schedule) {
  check(schedule.resident_blocks > 0);
  machine.schedule = schedule;
}

const Schedule& schedule() { return machine.schedule; }

bool run_grid(dim3 grid, dim3 block, std::size_t shared_bytes,
              const std::function<void()>& thread) {
  return machine.run(grid, block, shared_bytes, thread);
}

const std::string& last_fault() { return machine.fault; }

void fault(std::initializer_list<std::string_view> parts) { machine.stop(parts); }

unsigned char* block_shared_memory() { return machine.current->block->shared_memory; }

void read_shared_piece(const void* from) {
  Block& block = *machine.current->block;
  const std::size_t piece = piece_of(from, kLoad);
  if (!met_since(block.copied[piece])) {
    fault({"ldmatrix reads what was copied with no barrier between"});
  }
  block.read[piece] = touch_now();
}

void block_barrier() {
  Block& block = *machine.current->block;
  if (++block.at_barrier < block.live) return machine.wait(kBarrier);
  machine.open_barrier(block);
}

void warp_barrier() {
  int nothing = 0;
  warp_collective("__syncwarp", &nothing, [](void* const(&)[32]) { ++this_warp().barriers; });
}

void warp_collective(const char* name, void* operands, void (*finish)(void* const (&lanes)[32])) {
  Thread& self = *machine.current;
  Warp& warp = this_warp();
  if (warp.arrived == 0) warp.collective = name;
  if (std::strcmp(warp.collective, name) != 0) {
    fault({"lanes of one warp are at ", warp.collective, " and at ", name});
  }
  warp.lanes[self.number % kLanes] = operands;
  if (++warp.arrived < kLanes) return machine.wait(name);
  finish(warp.lanes);
  warp.arrived = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    const int number = self.number / kLanes * kLanes + lane;
    Thread& other = *self.block->threads[static_cast<std::size_t>(number)];
    if (&other != &self) machine.wake(other);
  }
}

void start_copy(void* to, const void* from, bool wanted) {
  const std::size_t piece = piece_of(to, kCopy);
  if (reinterpret_cast<std::uintptr_t>(from) % kPieceBytes != 0) {
    fault({"cp.async from an address that is not aligned"});
  }
  if (!met_since(machine.current->block->read[piece])) {
    fault({"cp.async over what was read with no barrier between"});
  }
  std::memset(to, kPoison, kPieceBytes);
  machine.current->groups.back().push_back({to, from, wanted});
}

void end_copies() { machine.current->groups.emplace_back(); }

void wait_for_copies(int pending_groups) {
  auto& groups = machine.current->groups;
  while (groups.size() > static_cast<std::size_t>(pending_groups) + 1) {
    for (const Copy& copy : groups.front()) land(copy);
    groups.pop_front();
  }
}

}  // namespace proctor::emulator
