// Where untrusted programs run: a program in, how it ended out.
//
// Every run has a box of its own: new namespaces, a read-only root without anything of the host's
// but what the root needs, sized tmpfs for all that can be written, resource limits, a filter of
// system calls. Nothing of one run is left for the next (reference/code_judging.md, section 3):
// where runs of one program follow each other in a box, that is made sure of (Program::series).
//
// Two voices for failure: what the program did is a ProgramRun, whatever it was; an Error says that
// the box itself could not be made or kept, which is never the program's fault.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.h"

namespace proctor::sandbox {

using Bytes = std::uint64_t;
using std::chrono::milliseconds;

// What a program may use up. Going past `cpu`, `wall`, `memory`, `output` or `error_output` ends
// it, and the run says which; the others make calls fail inside the box.
struct Limits {
  milliseconds cpu{10'000};     // user + system time of all threads and children together
  milliseconds wall{0};         // 0: max(2 x cpu, cpu + 1 s)
  Bytes memory = 512ULL << 20;  // peak of all processes together (cgroup), else of each (rlimit)
  Bytes stack = 0;  // 0: 7/8 of `memory`, so that endless recursion meets this limit first
  Bytes output = 64ULL << 20;      // stdout
  Bytes error_output = 64U << 10;  // stderr
  Bytes disk = 256ULL << 20;       // everything written to /box and /tmp
  int processes = 64;              // threads count
};

// What the box's file system holds besides /box, /tmp and a few devices.
enum class Root {
  empty,     // nothing: for statically linked programs
  python,    // /usr and what the dynamic linker and NumPy need, read-only
  compiler,  // the same, but no devices, for g++
};

// A file that lies in /box, the working directory, when the program starts.
struct BoxFile {
  std::string name;  // no '/'
  std::string content;
  bool executable = false;
};

struct Program {
  std::vector<std::string> arguments;  // arguments[0] is a path in the box: "/box/program"
  Root root = Root::empty;
  std::vector<BoxFile> files;
  std::string input;                 // stdin
  std::vector<std::string> outputs;  // names of files in /box to read back when it has ended
  // A pipe besides stdout for what a driver reports about the code that it runs: descriptor
  // kReportDescriptor, open for writing, in place of nothing.
  bool report = false;
  // A Python script run by the warm interpreter where there is one: arguments must then be
  // {"/usr/bin/python3", "-s", "-S", "/box/SCRIPT", ...}. What the script can see is the same.
  bool warm = false;
  // A number from next_series() says of warm runs that nothing but `input` tells them apart, nor
  // their limits: a box may then serve several, one after another, as long as each leaves it as it
  // found it (README.md, "Runs of one series"). 0: a run by itself.
  std::uint64_t series = 0;
};

// A number that no other program of this process has.
std::uint64_t next_series();

constexpr int kReportDescriptor = 3;

// How a run ended, in the order in which they are asked about: the first that holds is the ending.
enum class Ending {
  output_limit,  // stdout, stderr or the report went past its cap
  memory_limit,  // the limit was met and the program ended because of it
  cpu_limit,
  wall_limit,
  signalled,  // by a signal of its own making
  exited,     // with any exit code
};

struct ProgramRun {
  Ending ending = Ending::exited;
  int exit_code = 0;  // of exited
  int signal = 0;     // that killed it, whatever the ending; 0: none
  milliseconds cpu{0};
  milliseconds wall{0};
  Bytes memory = 0;  // peak
  std::string output;
  std::string error_output;                       // what came after its cap is dropped
  std::string report;                             // what was written to kReportDescriptor
  std::vector<std::optional<std::string>> files;  // Program::outputs; nothing: no such regular file
  bool warm = false;                              // ran in the warm interpreter
};

// The two ends of an interactive run.
struct InteractiveRun {
  ProgramRun program;
  ProgramRun interactor;
  bool program_ended_first = false;
};

// A fence, whether it stands on this machine, and if not why.
struct Layer {
  std::string name;  // "user namespace", "seccomp", "cgroup v2 memory"
  bool active = false;
  bool needed = false;  // without it the sandbox is not "full"
  std::string detail;   // "as root: not needed", "ABI 7", "Operation not permitted"
};

struct SandboxOptions {
  int boxes = 2;  // runs at a time, and as many compilations (Root::compiler); at least two
  bool require_full = false;  // make_sandbox() fails if a needed layer is missing
  bool warm_python = true;    // keep a warm interpreter a box; off: every script starts cold
  // The beginning of scripts that the warm interpreter has executed in advance: a warm script that
  // begins with it goes on behind it, in the same namespace. It must not depend on the run
  // (arguments, stdin, files, time). If it defines a function `next_test`, the warm interpreter
  // puts its own in that place, and the script must call it once, before it reads any input or runs
  // any code of others: what comes before the call is done once for all runs of a series. If it
  // defines a function `rehearse`, the warm interpreter calls it once, before the first run: it may
  // do what runs do, so that none does it for the first time, and leaves nothing that they can see.
  std::string warm_prefix{};
  // A folder of the host's that Root::compiler shows, read-only, as /shared; empty: none. Files
  // that are put there later can be seen too.
  std::string shared_folder{};
};

// Thread-safe.
class Sandbox {
 public:
  virtual ~Sandbox() = default;

  // Runs the program until it ends or meets a limit, and says which. Blocks.
  // Errors: unavailable, when the box cannot be made; invalid_input, for a program that cannot be
  // described to it (a file name with a '/', no arguments).
  virtual Result<ProgramRun> run(const Program& program, const Limits& limits) = 0;

  // Runs the two at once, each one's stdout the other's stdin. Program::input is not used.
  virtual Result<InteractiveRun> run_interactive(const Program& program, const Limits& limits,
                                                 const Program& interactor,
                                                 const Limits& interactor_limits) = 0;

  virtual const std::vector<Layer>& layers() const = 0;
  virtual bool full() const = 0;  // every needed layer is active
};

// Starts the sandbox's helper process and its supervisors. To be called while the process has one
// thread; the helper dies with it, and everything that runs in a box dies with the helper.
// Errors: unavailable, naming the layer that is missing and why.
Result<std::unique_ptr<Sandbox>> make_sandbox(const SandboxOptions& options);

}  // namespace proctor::sandbox
