// One run as the judge sees it: a job is sent to a supervisor, output is taken until it is over.
#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "sandbox/capture.h"
#include "sandbox/protocol.h"
#include "sandbox/sandbox.h"

namespace proctor::sandbox {

// Pipes to another program, in place of Program::input and of a captured stdout.
struct Conversation {
  FileDescriptor input, output;
};

class Session {
 public:
  // Sends the job to the supervisor at the other end of `socket`, which stays the caller's.
  // Errors: as Sandbox::run().
  static Result<Session> start(const FileDescriptor& socket, std::uint64_t run,
                               const Program& program, const Limits& limits,
                               std::optional<Conversation> conversation);

  bool over() const { return result_.has_value(); }
  // After over(), once. Errors: unavailable, with what the box could not do; then `broken`, if the
  // supervisor itself is gone.
  Result<ProgramRun> take_result() { return std::move(*result_); }
  bool broken() const { return broken_; }

  // What to wait for, and what to do when some of it happened.
  void add_events(std::vector<pollfd>& events) const;
  void advance();

  void stop();  // kills the program; the session is over a little later

 private:
  Session() = default;
  void read_outputs();
  void receive_outcome();
  Result<ProgramRun> result_of(const Outcome& outcome, const std::vector<FileDescriptor>& files);

  int socket_ = -1;
  std::uint64_t run_ = 0;
  Limits limits_{};
  std::vector<Capture> captures_;  // stdout, unless it is a conversation's; stderr; report
  bool captures_output_ = true;
  bool has_report_ = false;
  bool stopped_ = false;
  bool broken_ = false;
  std::optional<Result<ProgramRun>> result_;
};

// Advances them until one more of them is over, which at least one is not.
void advance_until_one_ends(std::span<Session* const> sessions);

}  // namespace proctor::sandbox
