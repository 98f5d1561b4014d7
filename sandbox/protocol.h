// What the judge and a supervisor say to each other, over a socket that keeps messages apart
// (SOCK_SEQPACKET) and carries descriptors.
//
//   judge -> supervisor   Job, with the files' content, stdin, stdout, stderr and perhaps the
//                         report as descriptors; then perhaps Stop
//   supervisor -> judge   Ready, once; Outcome for every Job, with a descriptor for each file found
//
// Both ends are the same program, so values travel as they lie in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

constexpr std::size_t kMaxMessage = 64 * 1024;
constexpr std::size_t kMaxDescriptors = 64;  // well below SCM_MAX_FD of the kernel

struct Message {
  std::string text;
  std::vector<FileDescriptor> descriptors;
};

// Errors: unavailable, when the other side is gone; invalid_input, for more than fits.
Result<void> send_message(int socket, std::string_view text, const std::vector<int>& descriptors);
Result<Message> receive_message(int socket);

struct JobFile {
  std::string name;
  Bytes size = 0;
  bool executable = false;
};

struct Job {
  std::uint64_t run = 0;
  Root root = Root::empty;
  bool warm = false;
  std::uint64_t series = 0;  // Program::series
  bool report = false;
  Limits limits;  // with their defaults
  std::vector<std::string> arguments;
  std::vector<JobFile> files;  // their contents lie one behind the other in the first descriptor
  std::vector<std::string> outputs;
};

// Ends a run before its limits do: the judge has seen too much output.
struct Stop {
  std::uint64_t run = 0;
};

// Whether a box can be made at all, with what the supervisor found out.
struct Ready {
  std::string failure;  // empty: it can
  bool own_proc = false;
};

enum class Killed : std::uint8_t { no, on_request, cpu, wall };

// What is known of a run when all its processes are gone.
struct RunFacts {
  int wait_status = 0;
  Killed killed = Killed::no;
  bool out_of_memory = false;
  bool together = false;  // memory and CPU time are of all processes together (cgroup)
  std::int64_t cpu_ns = 0;
  std::int64_t wall_ns = 0;
  Bytes memory = 0;
};

struct Outcome {
  std::uint64_t run = 0;
  std::string failure;  // empty: the program ran
  RunFacts facts;
  bool warm = false;
  std::vector<bool> found;  // which of Job::outputs come as descriptors
};

std::string encode(const Job& job);
std::string encode(const Stop& stop);
std::string encode(const Ready& ready);
std::string encode(const Outcome& outcome);

// Errors: corrupt.
Result<Job> decode_job(std::string_view text);
Result<Stop> decode_stop(std::string_view text);
Result<Ready> decode_ready(std::string_view text);
Result<Outcome> decode_outcome(std::string_view text);

}  // namespace proctor::sandbox
