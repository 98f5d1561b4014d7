#include "sandbox/supervisor.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "sandbox/box.h"
#include "sandbox/limits.h"
#include "sandbox/protocol.h"
#include "sandbox/run.h"

namespace proctor::sandbox {

namespace {

// In the order in which the judge sends them.
JobDescriptors descriptors_of(Message& message) {
  JobDescriptors descriptors;
  FileDescriptor* const places[] = {&descriptors.files, &descriptors.input, &descriptors.output,
                                    &descriptors.error_output, &descriptors.report};
  for (std::size_t i = 0; i < message.descriptors.size() && i < std::size(places); ++i) {
    *places[i] = std::move(message.descriptors[i]);
  }
  return descriptors;
}

bool answer(const FileDescriptor& socket, const RunResult& result) {
  std::vector<int> files;
  for (const FileDescriptor& file : result.files) files.push_back(file.get());
  return static_cast<bool>(send_message(socket.get(), encode(result.outcome), files));
}

JobDescriptors null_descriptors() {
  const auto null = [] { return FileDescriptor(open("/dev/null", O_RDWR | O_CLOEXEC)); };
  return {.files = null(), .input = null(), .output = null(), .error_output = null(), .report = {}};
}

// Everything that a run does but the program itself: a fence that does not stand shows here.
Result<void> rehearse(const SandboxPlan& plan, Box& box, const FileDescriptor& judge) {
  Job job;
  job.root = Root::python;
  job.limits = with_defaults({});
  const Outcome outcome = run_job(plan, box, job, null_descriptors(), judge).outcome;
  if (!outcome.failure.empty()) return Error(ErrorCode::unavailable, outcome.failure);
  if (outcome.facts.wait_status != 0)
    return Error(ErrorCode::unavailable, "a rehearsal was killed");
  return {};
}

// In some containers no proc can be mounted: then programs do without.
Result<void> make_ready(const SandboxPlan& plan, Box& box, const FileDescriptor& judge) {
  const Proc wanted = box.identity.user_namespace ? Proc::over_host : Proc::own;
  Result<void> ready;
  for (const Proc proc : {wanted, Proc::none}) {
    ready = make_roots(box, plan, proc);
    if (ready) ready = rehearse(plan, box, judge);
    if (ready) break;
  }
  box.host_mounts.close();
  return ready;
}

}  // namespace

void supervise(const SandboxPlan& plan, int number, const std::string& cgroup_name,
               FileDescriptor socket) {
  Result<Box> box = make_box(plan, number, cgroup_name);
  const Result<void> made = box ? make_ready(plan, *box, socket) : Result<void>(box.error());
  const Ready ready{.failure = made ? "" : made.error().message(),
                    .own_proc = made && box->root(Root::python).own_proc};
  if (!send_message(socket.get(), encode(ready), {}) || !made) return;
  if (plan.warm_python) {
    box->warm =
        std::make_unique<WarmPython>(WarmPlan{.prefix = plan.warm_prefix,
                                              .mounts = box->root(Root::python).mounts.get(),
                                              .environment = box_environment(),
                                              .oom_score = &box->oom_score});
  }
  for (;;) {
    Result<Message> message = receive_message(socket.get());
    if (!message) return;
    const Result<Job> job = decode_job(message->text);
    if (!job) continue;  // a Stop that came after its run
    if (!answer(socket, run_job(plan, *box, *job, descriptors_of(*message), socket))) return;
  }
}

}  // namespace proctor::sandbox
