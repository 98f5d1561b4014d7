#include "tests/backends/engine/cuda/ptx/machine.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <random>

#include "harness/core/check.h"

namespace proctor::ptx {

namespace {

Schedule& schedule() {
  static Schedule schedule;
  return schedule;
}

void set_special(Warp& warp, const std::string& name, Place place) {
  const Launch& launch = *warp.block->launch;
  auto* const values = warp.values<std::uint32_t>(place);
  const Dim& grid = launch.grid;
  const Dim& block = launch.block;
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto thread = static_cast<unsigned>(warp.number * kLanes + lane);
    const unsigned number = warp.block->number;
    if (name == "%tid.x") {
      values[lane] = thread % block.x;
    } else if (name == "%tid.y") {
      values[lane] = thread / block.x % block.y;
    } else if (name == "%ntid.x") {
      values[lane] = block.x;
    } else if (name == "%ntid.y") {
      values[lane] = block.y;
    } else if (name == "%ctaid.x") {
      values[lane] = number % grid.x;
    } else if (name == "%ctaid.y") {
      values[lane] = number / grid.x % grid.y;
    } else if (name == "%nctaid.x") {
      values[lane] = grid.x;
    } else if (name == "%nctaid.y") {
      values[lane] = grid.y;
    } else {
      return warp.fail("unknown special register " + name);
    }
  }
}

std::unique_ptr<Block> make_block(Launch& launch, std::uint32_t number) {
  const Kernel& kernel = *launch.kernel;
  auto block = std::make_unique<Block>(
      Block{.launch = &launch, .number = number, .shared = SharedMemory(launch.shared_bytes)});
  block->warps.resize(launch.block.count() / kLanes);
  for (std::size_t i = 0; i < block->warps.size(); ++i) {
    Warp& warp = block->warps[i];
    warp.block = block.get();
    warp.number = static_cast<int>(i);
    warp.registers = kernel.registers;
    warp.local.resize(kernel.local_bytes * kLanes, std::byte{0xFF});
    warp.groups.push_back({.lanes = kAllLanes, .at = 0});
    for (const auto& [name, place] : kernel.specials) set_special(warp, name, place);
  }
  return block;
}

bool at_end(const Warp& warp) { return warp.exited == kAllLanes; }
bool can_run(const Warp& warp) { return !at_end(warp) && !warp.at_barrier; }

// The group to run: of those that wait for no one the earliest in the code, so that who fell
// behind catches up. All that are at one place become one group.
Warp::Group* next_group(Warp& warp) {
  Warp::Group* next = nullptr;
  for (Warp::Group& group : warp.groups) {
    if (!group.waits && (next == nullptr || group.at < next->at)) next = &group;
  }
  if (next == nullptr) return nullptr;
  const std::uint32_t at = next->at;
  std::uint32_t lanes = 0;
  for (const Warp::Group& group : warp.groups) {
    if (group.at == at) lanes |= group.lanes;
  }
  std::erase_if(warp.groups, [at](const Warp::Group& group) { return group.at == at; });
  warp.groups.push_back({.lanes = lanes, .at = at});
  return &warp.groups.back();
}

// Where the group must stop to be joined with another: the earliest place of the others.
std::uint32_t next_meeting(const Warp& warp, std::uint32_t at) {
  std::uint32_t meeting = ~0U;
  for (const Warp::Group& group : warp.groups) {
    if (group.at > at) meeting = std::min(meeting, group.at);
  }
  return meeting;
}

std::uint32_t lanes_of_guard(Warp& warp, const Instruction& instruction, std::uint32_t lanes) {
  if (instruction.guard == kNowhere) return lanes;
  const std::uint32_t guard = warp.predicate(instruction.guard);
  return lanes & (instruction.guard_negated ? ~guard : guard);
}

// Whether the lanes that a sync names are here. A lane that has exited never comes.
bool all_here(Warp& warp, const Instruction& instruction, std::uint32_t lanes) {
  std::uint32_t wanted = kAllLanes;
  if (instruction.flow == Flow::warp_sync) {
    const Place mask = instruction.in[static_cast<std::size_t>(instruction.ins - 1)];
    wanted = warp.values<std::uint32_t>(mask)[std::countr_zero(lanes)];
  }
  if ((wanted & warp.exited) != 0) warp.fail("waits for a lane that has exited");
  if ((lanes & ~wanted) != 0) warp.fail("runs in a lane that its mask does not name");
  return (wanted & ~lanes) == 0;
}

// Runs the warp's earliest group until it parts, meets another, waits or has had its turn.
void run_group(Warp& warp, std::uint64_t& turn) {
  Launch& launch = *warp.block->launch;
  const std::vector<Instruction>& code = launch.kernel->code;
  Warp::Group* const group = next_group(warp);
  if (group == nullptr) return warp.fail("lanes wait for others of their warp, which never come");
  const std::uint32_t lanes = group->lanes;
  const std::uint32_t meeting = next_meeting(warp, group->at);
  std::uint32_t at = group->at;
  while (launch.fault.empty() && turn > 0 && at != meeting) {
    const Instruction& instruction = code[at];
    const std::uint32_t active = lanes_of_guard(warp, instruction, lanes);
    group->at = at;
    --turn;
    switch (instruction.flow) {
      case Flow::next:
        break;
      case Flow::branch:
        if (active == 0) {
          ++at;
          continue;
        }
        if (active == lanes) {
          at = instruction.target;
          group->at = at;
          return;
        }
        group->lanes = lanes & ~active;
        group->at = at + 1;
        warp.groups.push_back({.lanes = active, .at = instruction.target});
        return;
      case Flow::exit:
        if (active != lanes) return warp.fail("a guarded exit");
        warp.exited |= lanes;
        warp.groups.pop_back();
        return;
      case Flow::block_sync:
        if (active != ~warp.exited) {
          group->waits = true;
          return;
        }
        warp.at_barrier = true;
        return;
      case Flow::warp_sync:
      case Flow::warp_sync_aligned:
        if (active != lanes) return warp.fail("a guard that parts the lanes of a sync");
        if (!all_here(warp, instruction, lanes)) {
          group->waits = true;
          return;
        }
        break;
    }
    if (active != 0) {
      warp.active = active;
      instruction.action(warp, instruction);
      if (!launch.fault.empty()) return;
    }
    ++at;
  }
  group->at = at;
}

void run_warp(Warp& warp) {
  std::uint64_t turn = schedule().turn;
  while (turn > 0 && can_run(warp) && warp.block->launch->fault.empty()) run_group(warp, turn);
  Launch& launch = *warp.block->launch;
  launch.instructions += schedule().turn - turn;
  if (launch.instructions > launch.most_instructions) warp.fail("the kernel hangs");
  if (launch.fault.empty() || warp.groups.empty()) return;
  const std::uint32_t at = warp.groups.back().at;
  launch.fault = launch.kernel->name + ", block " + std::to_string(warp.block->number) + ", warp " +
                 std::to_string(warp.number) + ", line " +
                 std::to_string(launch.kernel->code[at].line) + ", \"" + launch.kernel->lines[at] +
                 "\": " + launch.fault;
}

// Lets a block go on whose warps have all come to the barrier.
void pass_barrier(Block& block) {
  const bool waits = std::any_of(block.warps.begin(), block.warps.end(),
                                 [](const Warp& warp) { return warp.at_barrier; });
  if (!waits || std::any_of(block.warps.begin(), block.warps.end(), can_run)) return;
  std::uint32_t barrier = ~0U;
  for (Warp& warp : block.warps) {
    if (warp.exited != 0) return warp.fail("bar.sync: threads of its block have exited");
    const Instruction& instruction = block.launch->kernel->code[warp.groups.back().at];
    if (barrier == ~0U) barrier = instruction.number;
    if (instruction.number != barrier)
      return warp.fail("bar.sync: warps are at different barriers");
  }
  for (Warp& warp : block.warps) {
    warp.at_barrier = false;
    ++warp.groups.back().at;
  }
  ++block.epoch;
}

bool is_done(const std::unique_ptr<Block>& block) {
  return std::all_of(block->warps.begin(), block->warps.end(), at_end);
}

std::size_t choose(std::size_t count, std::mt19937_64& random) {
  switch (schedule().order) {
    case Order::first_come:
      return 0;
    case Order::last_come:
      return count - 1;
    case Order::shuffled:
      break;
  }
  return random() % count;
}

bool fits(Launch& launch) {
  const Kernel& kernel = *launch.kernel;
  if (launch.block.count() % kLanes != 0) launch.fault = "a block of part of a warp";
  if (kernel.most_threads[0] != 0 && launch.block.count() > kernel.most_threads[0] *
                                                                kernel.most_threads[1] *
                                                                kernel.most_threads[2]) {
    launch.fault = "more threads than .maxntid";
  }
  if (launch.grid.y > 65535 || launch.grid.z > 65535) launch.fault = "a grid too large";
  return launch.fault.empty();
}

}  // namespace

void set_schedule(const Schedule& chosen) { schedule() = chosen; }

void run_grid(Launch& launch) {
  if (!fits(launch)) return;
  std::mt19937_64 random(schedule().seed);
  std::vector<std::unique_ptr<Block>> resident;
  std::uint32_t started = 0;
  while (launch.fault.empty()) {
    std::erase_if(resident, is_done);
    while (resident.size() < static_cast<std::size_t>(schedule().resident_blocks) &&
           started < launch.grid.count()) {
      resident.push_back(make_block(launch, started++));
    }
    if (resident.empty()) return;
    std::vector<Warp*> runnable;
    for (const std::unique_ptr<Block>& block : resident) {
      for (Warp& warp : block->warps) {
        if (can_run(warp)) runnable.push_back(&warp);
      }
    }
    check(!runnable.empty());
    Warp& warp = *runnable[choose(runnable.size(), random)];
    run_warp(warp);
    pass_barrier(*warp.block);
  }
}

}  // namespace proctor::ptx
