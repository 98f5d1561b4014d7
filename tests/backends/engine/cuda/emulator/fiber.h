// A function call with a stack of its own, that can be left half-way and entered again.
#pragma once

#include <cstddef>

namespace proctor::emulator {

// Not thread-safe: the fibers of a program are entered from one thread.
class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // The next enter() calls body(argument) from its beginning, whatever was left half-way before. A
  // call that is never entered again is forgotten: nothing on its stack is destroyed.
  void start(void (*body)(void*), void* argument);
  // Runs the call until it leaves or returns. Only from outside all fibers.
  void enter();
  // Back to who entered. Only from within.
  void leave();

 private:
  friend void fiber_main();
  struct Context;

  std::byte* stack_;
  Context* context_;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
};

}  // namespace proctor::emulator
