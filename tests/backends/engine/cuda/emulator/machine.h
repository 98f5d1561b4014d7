// Runs kernels on the CPU: a fiber for each thread, changed at barriers and collectives only.
//
// A program that is right under CUDA's rules gives the same bits in every order in which threads
// may run; tests ask for several. What the rules leave undefined is made to show: shared memory and
// fresh device memory are full of NaNs, an asynchronous copy spoils its destination at once and
// arrives when its thread waits for it, and a kernel that hangs or breaks a rule is a launch that
// failed, with a message. Ordinary loads and stores are not watched: what they miss without a
// barrier shows in some order of threads, unless a collective happens to order them. Likewise for
// streams (streams.h): what is not ordered behind another stream's work misses it at some pace.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace proctor::emulator {

// Which of the threads that could run does.
enum class Order { first_come, last_come, shuffled };

// When streams do what they were given.
enum class Pace {
  at_once,        // all of them, within the call
  oldest_ahead,   // the oldest at once, the others when the host or another stream waits for them
  oldest_behind,  // the other way about
  shuffled,
};

struct Schedule {
  Order order = Order::first_come;
  std::uint64_t seed = 1;   // of the threads' shuffle
  int resident_blocks = 2;  // that are under way at a time
  Pace pace = Pace::at_once;
};

void set_schedule(const Schedule& schedule);
const Schedule& schedule();

// Runs all threads of a grid. False, and last_fault() says why, if the kernel breaks a rule.
bool run_grid(dim3 grid, dim3 block, std::size_t shared_bytes, const std::function<void()>& thread);
const std::string& last_fault();

// The rest is for the functions of device code, on behalf of the thread that runs.

// Ends the launch with a message made of these parts; does not return, nor destroy what is on the
// thread's stack.
[[noreturn]] void fault(std::initializer_list<std::string_view> parts);

unsigned char* block_shared_memory();
// A warp is about to read these 16 bytes of shared memory: a fault if they are not that, are not
// aligned, or were copied there asynchronously with no barrier since between the copier and it.
void read_shared_piece(const void* from);
void block_barrier();
void warp_barrier();

// All lanes of the warp come here, with operands of one type: when the last has come, finish() gets
// all 32 and may write to any; then all go on. `name` tells collectives apart.
void warp_collective(const char* name, void* operands, void (*finish)(void* const (&lanes)[32]));

template <class Operands, void (*finish)(Operands* const (&lanes)[32])>
void collective(const char* name, Operands& mine) {
  warp_collective(name, &mine, [](void* const(&lanes)[32]) {
    Operands* typed[32];
    for (int i = 0; i < 32; ++i) typed[i] = static_cast<Operands*>(lanes[i]);
    finish(typed);
  });
}

// cp.async of 16 bytes and its groups, of the thread that runs. A fault if a warp has read what is
// copied to with no barrier since.
void start_copy(void* to, const void* from, bool wanted);
void end_copies();
void wait_for_copies(int pending_groups);

}  // namespace proctor::emulator
