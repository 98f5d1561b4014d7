// The orders in which the interpreter runs a kernel's warps.
#include "tests/backends/engine/cuda/fixture.h"
#include "tests/backends/engine/cuda/ptx/machine.h"

namespace proctor::engine::cuda::fixture {

bool has_device() { return true; }

void in_every_order(const std::function<void()>& body) {
  const ptx::Schedule kSchedules[] = {
      {.order = ptx::Order::first_come},
      {.order = ptx::Order::shuffled, .seed = 7, .resident_blocks = 3, .turn = 97},
  };
  for (const ptx::Schedule& schedule : kSchedules) {
    CAPTURE(static_cast<int>(schedule.order));
    ptx::set_schedule(schedule);
    body();
  }
}

// What a stream is given is done before the call returns.
void in_every_order_of_streams(const std::function<void()>& body) { body(); }

}  // namespace proctor::engine::cuda::fixture
