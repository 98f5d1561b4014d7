#include "tests/backends/engine/cuda/emulator/fiber.h"

#include <sys/mman.h>

#include <cstdint>

#include "harness/core/check.h"

#if !defined(__x86_64__)
#include <ucontext.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace proctor::emulator {
namespace {

// Address space; what a kernel does not touch costs nothing. Sanitizers make frames large.
constexpr std::size_t kStackBytes = std::size_t{256} << 10;

Fiber* entering = nullptr;

}  // namespace

void fiber_main();

}  // namespace proctor::emulator

#if defined(__x86_64__)

// void switch_stacks(void** leave, void* enter): keeps what the System V ABI (AMD64 supplement,
// section 3.2.1) says belongs to the caller. swapcontext would do, but for two system calls a time.
extern "C" void proctor_switch_stacks(void** leave, void* enter);
asm(R"(
.text
.globl proctor_switch_stacks
.type proctor_switch_stacks, @function
proctor_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size proctor_switch_stacks, .-proctor_switch_stacks
)");

#endif

namespace proctor::emulator {

// The two stacks, and what the sanitizers must be told when one is left for the other.
struct Fiber::Context {
#if defined(__x86_64__)
  void* inside = nullptr;
  void* outside = nullptr;

  void prepare(std::byte* stack) {
    // Six registers, and the address that `ret` goes to, where a call would have it.
    auto* top = reinterpret_cast<void**>(stack + kStackBytes) - 2;
    *top = reinterpret_cast<void*>(&fiber_main);
    inside = top - 6;
  }
  void go_in() { proctor_switch_stacks(&outside, inside); }
  void go_out() { proctor_switch_stacks(&inside, outside); }
#else
  ucontext_t inside;
  ucontext_t outside;

  void prepare(std::byte* stack) {
    check(getcontext(&inside) == 0);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = kStackBytes;
    inside.uc_link = nullptr;
    makecontext(&inside, &fiber_main, 0);
  }
  void go_in() { check(swapcontext(&outside, &inside) == 0); }
  void go_out() { check(swapcontext(&inside, &outside) == 0); }
#endif

#if defined(__SANITIZE_ADDRESS__)
  void* outside_fake = nullptr;
  void* inside_fake = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_size = 0;

  void before_in(std::byte* stack) {
    __sanitizer_start_switch_fiber(&outside_fake, stack, kStackBytes);
  }
  void after_out() { __sanitizer_finish_switch_fiber(outside_fake, nullptr, nullptr); }
  void before_out() { __sanitizer_start_switch_fiber(&inside_fake, outside_bottom, outside_size); }
  void after_in() { __sanitizer_finish_switch_fiber(inside_fake, &outside_bottom, &outside_size); }
  void forget(std::byte* stack) {
    inside_fake = nullptr;
    ASAN_UNPOISON_MEMORY_REGION(stack, kStackBytes);  // what was left half-way marked
  }
#elif defined(__SANITIZE_THREAD__)
  void* inside_fiber = __tsan_create_fiber(0);
  void* outside_fiber = nullptr;

  void before_in(std::byte*) {
    outside_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(inside_fiber, 0);
  }
  void after_out() {}
  void before_out() { __tsan_switch_to_fiber(outside_fiber, 0); }
  void after_in() {}
  void forget(std::byte*) {
    __tsan_destroy_fiber(inside_fiber);
    inside_fiber = __tsan_create_fiber(0);
  }
  ~Context() { __tsan_destroy_fiber(inside_fiber); }
#else
  void before_in(std::byte*) {}
  void after_out() {}
  void before_out() {}
  void after_in() {}
  void forget(std::byte*) {}
#endif
};

void fiber_main() {
  Fiber* fiber = entering;
  fiber->context_->after_in();
  fiber->body_(fiber->argument_);
  fiber->leave();
  check(false);  // a call that has returned is not entered again
}

Fiber::Fiber() : context_(new Context) {
  void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  check(memory != MAP_FAILED);
  stack_ = static_cast<std::byte*>(memory);
}

Fiber::~Fiber() {
  munmap(stack_, kStackBytes);
  delete context_;
}

void Fiber::start(void (*body)(void*), void* argument) {
  body_ = body;
  argument_ = argument;
  context_->forget(stack_);
  context_->prepare(stack_);
}

void Fiber::enter() {
  entering = this;
  context_->before_in(stack_);
  context_->go_in();
  context_->after_out();
}

void Fiber::leave() {
  context_->before_out();
  context_->go_out();
  context_->after_in();
}

}  // namespace proctor::emulator
