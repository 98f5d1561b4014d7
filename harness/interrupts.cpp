#include "harness/interrupts.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "harness/core/check.h"
#include "harness/exit_code.h"

namespace proctor::harness {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t set = stop_signals();
  check(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  end_ = eventfd(0, EFD_CLOEXEC);
  check(signals_ >= 0 && end_ >= 0);
  thread_ = std::jthread([this](std::stop_token ended) { watch(std::move(ended)); });
}

Interrupts::~Interrupts() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  check(write(end_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(end_);
  close(signals_);
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupts::watch(std::stop_token ended) {
  while (!ended.stop_requested()) {
    pollfd fds[] = {{signals_, POLLIN, 0}, {end_, POLLIN, 0}};
    if (poll(fds, 2, -1) <= 0 || (fds[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) != sizeof info) continue;
    if (stop_.stop_requested()) _exit(kInterrupted);
    std::fputs("\nproctor: stopping; what is in flight is dropped and resumable (again: at once)\n",
               stderr);
    stop_.request_stop();
  }
}

}  // namespace proctor::harness
