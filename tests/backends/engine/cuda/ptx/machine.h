// Runs grids of interpreted kernels, one instruction of a warp after another, in an order of warps
// and blocks that can be chosen.
#pragma once

#include <cstdint>
#include <string>

#include "tests/backends/engine/cuda/ptx/warp.h"

namespace proctor::ptx {

// Which of the warps that could run does, and for how long.
enum class Order { first_come, last_come, shuffled };

struct Schedule {
  Order order = Order::first_come;
  std::uint64_t seed = 1;
  int resident_blocks = 2;         // that are under way at a time
  std::uint64_t turn = 1'000'000;  // instructions until another warp's turn
};

void set_schedule(const Schedule& schedule);

// Runs all threads of `launch`. What breaks a rule of PTX ends it and is left in launch.fault, with
// the instruction that did it.
void run_grid(Launch& launch);

}  // namespace proctor::ptx
