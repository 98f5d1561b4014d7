// The orders in which the emulator runs a kernel's threads and the work of streams.
#include "tests/backends/engine/cuda/emulator/machine.h"
#include "tests/backends/engine/cuda/fixture.h"

namespace proctor::engine::cuda::fixture {

bool has_device() { return true; }

void in_every_order(const std::function<void()>& body) {
  const emulator::Schedule kSchedules[] = {
      {emulator::Order::first_come, 1, 2, emulator::Pace::at_once},
      {emulator::Order::last_come, 1, 1, emulator::Pace::oldest_behind},
      {emulator::Order::shuffled, 7, 3, emulator::Pace::shuffled},
  };
  for (const emulator::Schedule& schedule : kSchedules) {
    CAPTURE(static_cast<int>(schedule.order));
    emulator::set_schedule(schedule);
    body();
  }
  emulator::set_schedule({});
}

void in_every_order_of_streams(const std::function<void()>& body) {
  for (const auto pace : {emulator::Pace::at_once, emulator::Pace::oldest_ahead,
                          emulator::Pace::oldest_behind, emulator::Pace::shuffled}) {
    CAPTURE(static_cast<int>(pace));
    emulator::set_schedule({.pace = pace});
    body();
  }
  emulator::set_schedule({});
}

}  // namespace proctor::engine::cuda::fixture
