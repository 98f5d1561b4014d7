// The orders in which the emulator runs a kernel's threads.
#include "tests/backends/engine/cuda/emulator/machine.h"
#include "tests/backends/engine/cuda/fixture.h"

namespace proctor::engine::cuda::fixture {

bool has_device() { return true; }

void in_every_order(const std::function<void()>& body) {
  const emulator::Schedule kSchedules[] = {
      {emulator::Order::first_come, 1, 2},
      {emulator::Order::last_come, 1, 1},
      {emulator::Order::shuffled, 7, 3},
  };
  for (const emulator::Schedule& schedule : kSchedules) {
    CAPTURE(static_cast<int>(schedule.order));
    emulator::set_schedule(schedule);
    body();
  }
}

}  // namespace proctor::engine::cuda::fixture
