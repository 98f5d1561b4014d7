#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "harness/core/check.h"
#include "sandbox/helper.h"
#include "sandbox/landlock.h"
#include "sandbox/layers.h"
#include "sandbox/os_error.h"
#include "sandbox/pool.h"
#include "sandbox/session.h"
#include "sandbox/syscall_filter.h"

namespace proctor::sandbox {

namespace {

bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.size() < 256 &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

Result<void> check_program(const Program& program) {
  const auto refused = [](const std::string& why) {
    return Error(ErrorCode::invalid_input, "sandbox: " + why);
  };
  if (program.arguments.empty() || !program.arguments[0].starts_with('/')) {
    return refused("a program needs a path in the box as its first argument");
  }
  for (const std::string& argument : program.arguments) {
    if (argument.find('\0') != std::string::npos) return refused("a zero byte in an argument");
  }
  for (const BoxFile& file : program.files) {
    if (!is_file_name(file.name)) return refused("not a file name: \"" + file.name + "\"");
  }
  for (const std::string& name : program.outputs) {
    if (!is_file_name(name)) return refused("not a file name: \"" + name + "\"");
  }
  if (program.outputs.size() > kMaxDescriptors) return refused("too many outputs");
  return {};
}

class BoxSandbox final : public Sandbox {
 public:
  BoxSandbox(SandboxPlan plan, Helper helper, int boxes)
      : plan_(std::move(plan)), pool_(std::move(helper), boxes) {}

  Result<void> start();

  Result<ProgramRun> run(const Program& program, const Limits& limits) override;
  Result<InteractiveRun> run_interactive(const Program& program, const Limits& limits,
                                         const Program& interactor,
                                         const Limits& interactor_limits) override;
  const std::vector<Layer>& layers() const override { return layers_; }
  bool full() const override {
    return std::all_of(layers_.begin(), layers_.end(),
                       [](const Layer& layer) { return layer.active || !layer.needed; });
  }

 private:
  SandboxPlan plan_;
  std::vector<Layer> layers_;
  Pool pool_;
};

Result<void> BoxSandbox::start() {
  const Result<Ready> ready = pool_.start();
  if (!ready) return ready.error();
  layers_ = layers_of(plan_, *ready);
  return {};
}

Result<ProgramRun> take(Session& session, Lease& lease) {
  if (session.broken()) lease.drop();
  return session.take_result();
}

Result<ProgramRun> BoxSandbox::run(const Program& program, const Limits& limits) {
  if (Result<void> sound = check_program(program); !sound) return sound.error();
  const Work work = program.root == Root::compiler ? Work::compiling : Work::running;
  Result<std::vector<Lease>> leases = pool_.lease(1, work, program.series);
  if (!leases) return leases.error();
  Lease& lease = leases->front();
  Result<Session> session =
      Session::start(lease.socket(), lease.run(), program, limits, std::nullopt);
  if (!session) {
    if (session.error().code() != ErrorCode::invalid_input) lease.drop();
    return session.error();
  }
  Session* const sessions[] = {&*session};
  advance_until_one_ends(sessions);
  return take(*session, lease);
}

struct Pipe {
  FileDescriptor reader, writer;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return os_error("sandbox: pipe");
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

FileDescriptor copy_of(const FileDescriptor& descriptor) {
  return FileDescriptor(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
}

// We keep an end of each pipe until its program is over and known to be: so whoever ends first has
// not ended because the other did.
Result<InteractiveRun> BoxSandbox::run_interactive(const Program& program, const Limits& limits,
                                                   const Program& interactor,
                                                   const Limits& interactor_limits) {
  for (const Program* each : {&program, &interactor}) {
    if (Result<void> sound = check_program(*each); !sound) return sound.error();
  }
  Result<std::vector<Lease>> leases = pool_.lease(2);
  if (!leases) return leases.error();
  Lease& program_lease = (*leases)[0];
  Lease& interactor_lease = (*leases)[1];
  Result<Pipe> questions = make_pipe();  // from the interactor to the program
  if (!questions) return questions.error();
  Result<Pipe> answers = make_pipe();
  if (!answers) return answers.error();

  Result<Session> asked =
      Session::start(program_lease.socket(), program_lease.run(), program, limits,
                     Conversation{copy_of(questions->reader), copy_of(answers->writer)});
  if (!asked) return asked.error();
  Result<Session> asking = Session::start(
      interactor_lease.socket(), interactor_lease.run(), interactor, interactor_limits,
      Conversation{copy_of(answers->reader), copy_of(questions->writer)});
  std::vector<Session*> sessions = {&*asked};
  if (asking) {
    sessions.push_back(&*asking);
    advance_until_one_ends(sessions);
  } else {
    asked->stop();
    advance_until_one_ends(sessions);
    return asking.error();
  }

  const bool program_first = asked->over();
  (program_first ? answers->writer : questions->writer).close();
  (program_first ? questions->reader : answers->reader).close();
  if (!(asked->over() && asking->over())) advance_until_one_ends(sessions);
  Result<ProgramRun> program_run = take(*asked, program_lease);
  Result<ProgramRun> interactor_run = take(*asking, interactor_lease);
  if (!program_run) return program_run.error().within("program");
  if (!interactor_run) return interactor_run.error().within("interactor");
  return InteractiveRun{.program = std::move(*program_run),
                        .interactor = std::move(*interactor_run),
                        .program_ended_first = program_first};
}

Result<SandboxPlan> plan_sandbox(const SandboxOptions& options) {
  SandboxPlan plan;
  plan.cgroups = plan_cgroups();
  Result<std::vector<sock_filter>> filter =
      build_syscall_filter(plan.cgroups.kind != CgroupKind::none);
  if (!filter) return filter.error();
  plan.syscall_filter = std::move(*filter);
  plan.identities = plan_identities(getpid());
  plan.landlock = landlock_version();
  plan.shared_folder = options.shared_folder;
  plan.warm_python = options.warm_python;
  plan.warm_prefix = options.warm_prefix;
  return plan;
}

}  // namespace

std::uint64_t next_series() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

Result<std::unique_ptr<Sandbox>> make_sandbox(const SandboxOptions& options) {
  if (options.boxes < 1) {
    return Error(ErrorCode::invalid_input, "sandbox: at least one box is needed");
  }
  Result<SandboxPlan> plan = plan_sandbox(options);
  if (!plan) return plan.error();
  Result<Helper> helper = Helper::start(*plan);
  if (!helper) return helper.error();
  // An interactive run needs two at a time.
  auto sandbox = std::make_unique<BoxSandbox>(std::move(*plan), std::move(*helper),
                                              std::max(options.boxes, 2));
  if (Result<void> started = sandbox->start(); !started) return started.error();
  if (options.require_full && !sandbox->full()) {
    return Error(ErrorCode::unavailable, "sandbox: a needed layer is missing");
  }
  return std::unique_ptr<Sandbox>(std::move(sandbox));
}

}  // namespace proctor::sandbox
