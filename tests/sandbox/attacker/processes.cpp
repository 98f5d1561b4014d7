// Against other processes, and against the clock.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tests/sandbox/attacker/attacks.h"

namespace attacker {

namespace {

[[noreturn]] void spin() {
  for (;;) asm volatile("");  // a loop without effect may be taken to end
}

void spin_for_ms(long milliseconds) {
  timespec used{};
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  } while (used.tv_sec * 1000 + used.tv_nsec / 1'000'000 < milliseconds);
}

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

// How many children it can have at a time.
int count_forks() {
  int forks = 0;
  for (; forks < 1000; ++forks) {
    const pid_t pid = fork();
    if (pid < 0) break;
    if (pid == 0) wait_for_ever();
  }
  std::printf("%d forks, then %s\n", forks, std::strerror(errno));
  return 0;
}

int fork_bomb() {
  for (;;) {
    if (fork() < 0) spin_for_ms(1);
  }
}

// Daemons that have left session, group and parent, and would go on.
int daemons() {
  for (int i = 0; i < 10; ++i) {
    if (fork() != 0) continue;
    setsid();
    if (fork() != 0) _exit(0);
    wait_for_ever();
  }
  std::printf("left behind\n");
  return 0;
}

int run_for_ever() { wait_for_ever(); }

int spin_for_ever() { spin(); }

int spin_in_threads() {
  pthread_t threads[4];
  for (pthread_t& thread : threads) {
    pthread_create(
        &thread, nullptr, [](void*) -> void* { spin(); }, nullptr);
  }
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  return 0;
}

// A little in each of many children, one after the other: no single process uses much.
int spin_in_children() {
  for (int i = 0; i < 30; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      spin_for_ms(100);
      _exit(0);
    }
    waitpid(pid, nullptr, 0);
  }
  std::printf("used 3 s\n");
  return 0;
}

// Everything that can be caught or blocked is.
int spin_unkillably() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) ::signal(signal, SIG_IGN);
  }
  spin();
}

int sleep_for_ever() {
  for (;;) sleep(60);
}

int stop_itself() {
  raise(SIGSTOP);
  return 0;
}

void tell_signal(const char* target, pid_t pid, int signal) {
  const int returned = kill(pid, signal);
  std::printf("%s %d: %s\n", target, signal, returned == 0 ? "sent" : std::strerror(errno));
}

// Parent, process 1, everyone, the own group and numbers that the judge may have.
int signal_others() {
  std::printf("pid %s 1\n", getpid() == 1 ? "is" : "is not");
  for (const int signal : {SIGSTOP, SIGTERM, SIGKILL}) {
    tell_signal("parent", getppid(), signal);
    tell_signal("one", 1, signal);
    tell_signal("all", -1, signal);
  }
  signal(SIGTERM, SIG_IGN);
  tell_signal("group", 0, SIGTERM);
  int found = 0;
  for (pid_t pid = 3; pid < 70'000; ++pid) found += kill(pid, 0) == 0 || errno != ESRCH;
  std::printf("others %d\n", found);
  return 0;
}

int use_threads() {
  int sum = 0;
  pthread_t thread;
  if (pthread_create(
          &thread, nullptr,
          [](void* value) -> void* {
            *static_cast<int*>(value) = 42;
            return nullptr;
          },
          &sum) != 0) {
    return 1;
  }
  pthread_join(thread, nullptr);
  std::printf("%d\n", sum);
  return 0;
}

}  // namespace

std::span<const Attack> process_attacks() {
  static constexpr Attack kAttacks[] = {
      {"count_forks", count_forks},
      {"fork_bomb", fork_bomb},
      {"daemons", daemons},
      {"run_for_ever", run_for_ever},
      {"spin_for_ever", spin_for_ever},
      {"spin_in_threads", spin_in_threads},
      {"spin_in_children", spin_in_children},
      {"spin_unkillably", spin_unkillably},
      {"sleep_for_ever", sleep_for_ever},
      {"stop_itself", stop_itself},
      {"signal_others", signal_others},
      {"use_threads", use_threads},
  };
  return kAttacks;
}

}  // namespace attacker
