#include "harness/process/interrupts.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>

#include "harness/core/check.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"

namespace proctor::harness {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  // nohup(1) ignores it for us. Once blocked it would arrive all the same: sigaction(2) has no say
  // over a signalfd.
  struct sigaction hangup {};
  check(sigaction(SIGHUP, nullptr, &hangup) == 0);
  if (hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Interrupts::Interrupts(std::string_view notice) : notice_(notice) {
  const sigset_t set = stop_signals();
  check(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signals_ = FileDescriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  end_ = FileDescriptor(eventfd(0, EFD_CLOEXEC));
  check(signals_.is_open() && end_.is_open());
  thread_ = std::jthread([this](std::stop_token ended) { watch(std::move(ended)); });
}

Interrupts::~Interrupts() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  check(write(end_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupts::watch(std::stop_token ended) {
  while (!ended.stop_requested()) {
    pollfd fds[] = {{signals_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) <= 0 || (fds[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) != sizeof info) continue;
    if (stop_.stop_requested()) _exit(kInterrupted);
    say("\nproctor: ");
    say(notice_);
    say("\n");
    stop_.request_stop();
  }
}

}  // namespace proctor::harness
