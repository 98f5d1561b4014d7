#include "sandbox/warm_box.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/clocks.h"
#include "sandbox/os_error.h"
#include "sandbox/protocol.h"
#include "sandbox/run_parts.h"

namespace proctor::sandbox {

namespace {

// A program that is not compiled by then starts cold, where its own limits hold.
constexpr int kReadyPatienceMs = 2'000;

// Process 1 uses up some processor time in each fork, and has a limit like any process.
constexpr int kRunsPerBox = 1'000;

struct SocketPair {
  FileDescriptor ours, theirs;
};

Result<SocketPair> make_socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return os_error("warm box");
  }
  return SocketPair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// One message of a fixed size, if that is what is there.
template <class Received>
std::optional<Received> receive_now(const FileDescriptor& socket) {
  Received message;
  const ssize_t size = recv(socket.get(), &message, sizeof message, MSG_DONTWAIT | MSG_TRUNC);
  if (size != sizeof message) return std::nullopt;
  return message;
}

std::int64_t clock_of(const BoxCgroup& cgroup) {
  return read_cpu_clock(cgroup.cpu_clock(), cgroup.cpu_clock_is_v2());
}

}  // namespace

Result<std::unique_ptr<WarmBox>> WarmBox::make(const SandboxPlan& plan, Box& box, const Job& job,
                                               const FileDescriptor& files) {
  if (box.cgroup != nullptr) {
    if (Result<void> begun = box.cgroup->begin(job.limits); !begun) return begun.error();
  }
  Result<Preparation> prepared = prepare(plan, box, job, files, Start::warm);
  Result<void> watched = prepared ? Result<void>() : Result<void>(prepared.error());
  if (watched && job.series != 0) watched = box.disk_watch.watch(prepared->disk);
  if (!watched) {
    if (box.cgroup != nullptr) box.cgroup->end();
    return watched.error();
  }
  const Launch launch = launch_of(plan, box, job, *prepared);
  // From here on its destructor cleans up.
  std::unique_ptr<WarmBox> made(
      new WarmBox(std::move(prepared->disk), box.disk_watch, box.cgroup.get()));
  made->series_ = job.series;
  Result<SocketPair> sockets = make_socket_pair();
  if (!sockets) return sockets.error();
  made->server_ = std::move(sockets->ours);
  *launch.status = RunStatus{};
  const Result<pid_t> pid = box.warm->fork_for(launch, sockets->theirs.get());
  if (!pid) return pid.error();
  // It is our child and not waited for: the number is still its own.
  made->process_ = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
  if (!made->process_.is_open()) return os_error("pidfd_open");
  sockets->theirs.close();
  if (Result<void> ready = made->await_ready(box); !ready) return ready.error();
  return made;
}

Result<void> WarmBox::await_ready(const Box& box) {
  pollfd events[] = {{.fd = server_.get(), .events = POLLIN, .revents = 0},
                     {.fd = process_.get(), .events = POLLIN, .revents = 0}};
  const std::int64_t deadline = monotonic_ns() + kReadyPatienceMs * 1'000'000LL;
  int answered = 0;
  do {
    const std::int64_t left = std::max<std::int64_t>(deadline - monotonic_ns(), 0);
    answered = poll(events, 2, static_cast<int>(left / 1'000'000));
  } while (answered < 0 && errno == EINTR);
  const auto ready = receive_now<ServerReady>(server_);
  const RunStatus& status = box.status.get();
  if (!ready || status.phase != Phase::running) {
    const bool refused = status.phase == Phase::failed;
    return refused ? os_error(std::string(status.step, strnlen(status.step, sizeof status.step)),
                              status.error)
                   : Error(ErrorCode::unavailable, "the program was not compiled in time");
  }
  preparation_ns_ = cgroup_ != nullptr ? clock_of(*cgroup_) - status.cpu_at_start_ns
                                       : std::max<std::int64_t>(ready->cpu_ns, 0);
  watch_.untouched();  // what reading the program touched is forgotten
  return {};
}

WarmBox::~WarmBox() {
  close(false);
  if (cgroup_ != nullptr) cgroup_->end();
}

// Process 1 cannot refuse, and nothing in the box outlives it (pid_namespaces(7)).
void WarmBox::close(bool gone) {
  if (process_.is_open() && !gone) {
    (void)syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
    siginfo_t ended{};
    // __WALL, for a process that was forked with CLONE_PARENT need not warn by SIGCHLD.
    while (waitid(P_PIDFD, static_cast<id_t>(process_.get()), &ended, WEXITED | __WALL) != 0 &&
           errno == EINTR) {
    }
  }
  process_.close();
  server_.close();
}

bool WarmBox::serves(const Job& job) const {
  return process_.is_open() && series_ != 0 && job.series == series_;
}

// The status is ours alone by now, and used as if this were a run of its own.
Result<void> WarmBox::start_clocks(Box& box) {
  RunStatus& status = box.status.get();
  status = RunStatus{};
  if (cgroup_ != nullptr) {
    if (Result<void> begun = cgroup_->begin_again(); !begun) return begun;
    const std::int64_t now = clock_of(*cgroup_);
    if (now < 0) return os_error("clock of CPU time");
    // Each run is charged with what was done for all of them.
    status.cpu_at_start_ns = now - preparation_ns_;
  }
  status.started_ns = monotonic_ns();
  status.phase = Phase::running;
  return {};
}

Result<void> WarmBox::hand_over(const JobDescriptors& descriptors) {
  std::vector<int> streams = {descriptors.input.get(), descriptors.output.get(),
                              descriptors.error_output.get()};
  if (descriptors.report.is_open()) streams.push_back(descriptors.report.get());
  return send_message(server_.get(), std::string(1, kNextTest), streams);
}

// What the server says of a test that has ended by itself; nothing if it says nothing, or makes no
// sense.
std::optional<TestEnded> WarmBox::ending_told(Told told) {
  if (told.gone || told.killed != Killed::no) return std::nullopt;
  return receive_now<TestEnded>(server_);
}

RunResult WarmBox::run(Box& box, const Job& job, const JobDescriptors& descriptors,
                       const FileDescriptor& judge) {
  ++runs_;
  Result<void> started = start_clocks(box);
  const std::int64_t born_ns = monotonic_ns();
  if (started) started = hand_over(descriptors);
  if (!started) {
    close(false);
    return failed(job, started.error().message());
  }
  const Told told = watch_until_told({.process = &process_,
                                      .judge = &judge,
                                      .told = server_.get(),
                                      .run = job.run,
                                      .limits = job.limits,
                                      .status = &box.status.get(),
                                      .cgroup = cgroup_});
  const std::optional<TestEnded> ended = ending_told(told);
  if (ended) {
    RunStatus& status = box.status.get();
    status.ended_ns = monotonic_ns();
    status.cpu_ns = preparation_ns_ + ended->cpu_ns;
    status.peak_bytes = ended->peak_bytes;
    status.wait_status = ended->wait_status;
    status.phase = Phase::ended;
  }
  const bool stays =
      ended && ended->alone && watch_.untouched() && job.series != 0 && runs_ < kRunsPerBox;
  if (!stays) close(told.gone);

  const Result<RunFacts> facts = facts_of(box, told.killed, born_ns);
  if (!facts) return failed(job, facts.error().message());
  if (process_.is_open() && facts->out_of_memory) close(false);
  // Nothing inside can end process 1 but the kernel for want of memory, or itself when it fails.
  const bool lost = !ended && told.killed == Killed::no && !facts->out_of_memory;
  if (lost) return failed(job, "the warm box was lost during the run");
  RunResult result;
  result.outcome.run = job.run;
  result.outcome.warm = true;
  result.outcome.facts = *facts;
  result.files = take_outputs(disk_, job, result.outcome);
  return result;
}

}  // namespace proctor::sandbox
