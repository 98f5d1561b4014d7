#include "sandbox/watch.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>

#include "harness/core/check.h"
#include "sandbox/clocks.h"
#include "sandbox/process_one.h"

namespace proctor::sandbox {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// What process 1 has to end its program in, before it is killed itself.
constexpr std::int64_t kEnding = 500 * kMillisecond;

std::int64_t nanoseconds(milliseconds time) { return time.count() * kMillisecond; }

void send_signal(const Watched& watched, int signal) {
  (void)syscall(SYS_pidfd_send_signal, watched.process->get(), signal, nullptr, 0);
}

class Watch {
 public:
  explicit Watch(const Watched& watched)
      : watched_(watched), born_ns_(monotonic_ns()), next_cpu_check_ns_(first_cpu_check()) {}

  Killed until_gone() {
    wait();
    return killed_;
  }

  Told until_told() {
    wait();
    return {.gone = gone_, .killed = killed_};
  }

 private:
  void wait() {
    for (;;) {
      if (over_within(next_event() - monotonic_ns())) break;
      const std::int64_t now = monotonic_ns();
      if (stop_requested_) end_for(Killed::on_request, now);
      if (now >= wall_deadline()) end_for(Killed::wall, now);
      if (now >= next_cpu_check_ns_) check_cpu(now);
      if (now >= patience_ends_ns_) kill_box();
    }
    if (gone_) reap();
  }

  // The clock starts with the program; until then only a much longer one runs.
  std::int64_t wall_deadline() const {
    if (killed_ != Killed::no) return kNever;
    if (watched_.status->phase == Phase::entering)
      return born_ns_ + nanoseconds(watched_.enter_within);
    return watched_.status->started_ns + nanoseconds(watched_.limits.wall);
  }

  std::int64_t next_event() const {
    const std::int64_t next = std::min({wall_deadline(), next_cpu_check_ns_, patience_ends_ns_});
    // Nobody tells us when the program starts: look again no later than its clock could run out.
    const bool entering = watched_.status->phase == Phase::entering;
    return entering ? std::min(next, monotonic_ns() + nanoseconds(watched_.limits.wall)) : next;
  }

  std::int64_t first_cpu_check() const {
    return watched_.cgroup == nullptr ? kNever : born_ns_ + soonest(watched_.limits.cpu.count());
  }

  // No sooner than `cpu_ms` of CPU time can be used up with all processors at it.
  static std::int64_t soonest(std::int64_t cpu_ms) {
    static const long processors = std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L);
    return std::max<std::int64_t>(cpu_ms * kMillisecond / processors, 5 * kMillisecond);
  }

  void check_cpu(std::int64_t now) {
    const std::int64_t clock =
        read_cpu_clock(watched_.cgroup->cpu_clock(), watched_.cgroup->cpu_clock_is_v2());
    const bool running = watched_.status->phase != Phase::entering;
    const std::int64_t used = running ? clock - watched_.status->cpu_at_start_ns : 0;
    const std::int64_t left = nanoseconds(watched_.limits.cpu) - used;
    if (left < 0) return end_for(Killed::cpu, now);
    next_cpu_check_ns_ = now + soonest(left / kMillisecond + 1);
  }

  void end_for(Killed reason, std::int64_t now) {
    stop_requested_ = false;
    next_cpu_check_ns_ = kNever;
    if (killed_ != Killed::no) return;
    killed_ = reason;
    patience_ends_ns_ = now + kEnding;
    if (watched_.listens && watched_.status->phase != Phase::entering) {
      send_signal(watched_, kEndSignal);
    } else {
      kill_box();
    }
  }

  // Process 1 cannot refuse, and nothing in the box outlives it (pid_namespaces(7)).
  void kill_box() {
    send_signal(watched_, SIGKILL);
    patience_ends_ns_ = kNever;
  }

  // Whether process 1 has ended, or told the end of a program that we have not killed; sets
  // `stop_requested_` if the judge wants it to.
  bool over_within(std::int64_t wait_ns) {
    pollfd events[] = {
        {.fd = watched_.process->get(), .events = POLLIN, .revents = 0},
        {.fd = judge_is_there_ ? watched_.judge->get() : -1, .events = POLLIN, .revents = 0},
        {.fd = killed_ == Killed::no ? watched_.told : -1, .events = POLLIN, .revents = 0}};
    const std::int64_t wait = std::clamp<std::int64_t>(wait_ns, 0, 60'000 * kMillisecond);
    const timespec timeout{.tv_sec = wait / 1'000'000'000, .tv_nsec = wait % 1'000'000'000};
    const int ready = ppoll(events, std::size(events), &timeout, nullptr);
    check(ready >= 0 || errno == EINTR);
    if (ready <= 0) return false;
    if (events[1].revents != 0) hear_judge();
    // A socket whose other end is gone has told nothing: process 1 follows.
    gone_ = events[0].revents != 0;
    return gone_ || (events[2].revents & POLLIN) != 0;
  }

  void hear_judge() {
    const Result<Message> message = receive_message(watched_.judge->get());
    // Whoever would read the outcome is gone.
    judge_is_there_ = static_cast<bool>(message);
    const Result<Stop> stop =
        message ? decode_stop(message->text) : Result<Stop>(Stop{.run = watched_.run});
    // A Stop may come late, for the run before this one.
    if (stop && stop->run == watched_.run) stop_requested_ = true;
  }

  void reap() {
    siginfo_t ended{};
    // __WALL is for children that warn by no signal; ours does.
    while (waitid(P_PIDFD, static_cast<id_t>(watched_.process->get()), &ended, WEXITED) != 0 &&
           errno == EINTR) {
    }
  }

  const Watched& watched_;
  const std::int64_t born_ns_;
  std::int64_t next_cpu_check_ns_;
  std::int64_t patience_ends_ns_ = kNever;
  Killed killed_ = Killed::no;
  bool stop_requested_ = false;
  bool judge_is_there_ = true;
  bool gone_ = false;
};

}  // namespace

Killed watch_until_gone(const Watched& watched) { return Watch(watched).until_gone(); }

Told watch_until_told(const Watched& watched) { return Watch(watched).until_told(); }

}  // namespace proctor::sandbox
