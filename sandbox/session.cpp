#include "sandbox/session.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/core/check.h"
#include "sandbox/ending.h"
#include "sandbox/limits.h"
#include "sandbox/os_error.h"

namespace proctor::sandbox {

namespace {

Result<void> write_at(const FileDescriptor& file, std::string_view text, std::size_t& offset) {
  while (!text.empty()) {
    const ssize_t size = pwrite(file.get(), text.data(), text.size(), static_cast<off_t>(offset));
    if (size < 0 && errno != EINTR) return os_error("sandbox: copy for the box");
    if (size < 0) continue;
    offset += static_cast<std::size_t>(size);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

// A file in memory that nobody can change any more, whatever is done with its descriptor.
Result<FileDescriptor> sealed(const char* name, std::span<const std::string_view> parts) {
  FileDescriptor file(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open()) return os_error("sandbox: memfd");
  std::size_t offset = 0;
  for (const std::string_view part : parts) {
    if (Result<void> written = write_at(file, part, offset); !written) return written.error();
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (fchmod(file.get(), 0444) != 0 || fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    return os_error("sandbox: seal");
  }
  return file;
}

Result<FileDescriptor> sealed_files(const Program& program) {
  std::vector<std::string_view> contents;
  for (const BoxFile& file : program.files) contents.push_back(file.content);
  return sealed("files", contents);
}

Job job_of(const Program& program, const Limits& limits, std::uint64_t run) {
  Job job;
  job.run = run;
  job.root = program.root;
  job.warm = program.warm;
  job.series = program.warm ? program.series : 0;
  job.report = program.report;
  job.limits = limits;
  job.arguments = program.arguments;
  job.outputs = program.outputs;
  for (const BoxFile& file : program.files) {
    job.files.push_back({file.name, file.content.size(), file.executable});
  }
  return job;
}

// The program is gone and cannot change it any more; it may be sparse and huge.
std::optional<std::string> read_back(const FileDescriptor& file, Bytes cap) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || static_cast<Bytes>(status.st_size) > cap) {
    return std::nullopt;
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t size =
        pread(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return std::nullopt;
    done += static_cast<std::size_t>(size);
  }
  return text;
}

}  // namespace

Result<Session> Session::start(const FileDescriptor& socket, std::uint64_t run,
                               const Program& program, const Limits& limits,
                               std::optional<Conversation> conversation) {
  Session session;
  session.socket_ = socket.get();
  session.run_ = run;
  session.limits_ = with_defaults(limits);
  session.captures_output_ = !conversation.has_value();
  session.has_report_ = program.report;

  std::vector<FileDescriptor> theirs;
  Result<FileDescriptor> files = sealed_files(program);
  if (!files) return files.error();
  theirs.push_back(std::move(*files));
  if (conversation) {
    theirs.push_back(std::move(conversation->input));
    theirs.push_back(std::move(conversation->output));
  } else {
    const std::string_view parts[] = {program.input};
    Result<FileDescriptor> input = sealed("stdin", parts);
    if (!input) return input.error();
    theirs.push_back(std::move(*input));
  }
  std::vector<Bytes> caps;
  if (session.captures_output_) caps.push_back(limits.output);
  caps.push_back(limits.error_output);
  if (program.report) caps.push_back(limits.output);
  for (const Bytes cap : caps) {
    Result<Capture> capture = Capture::make(cap);
    if (!capture) return capture.error();
    theirs.push_back(capture->take_writer());
    session.captures_.push_back(std::move(*capture));
  }

  std::vector<int> numbers;
  for (const FileDescriptor& descriptor : theirs) numbers.push_back(descriptor.get());
  Result<void> sent =
      send_message(socket.get(), encode(job_of(program, session.limits_, run)), numbers);
  if (!sent) return sent.error();
  return session;
}

void Session::add_events(std::vector<pollfd>& events) const {
  if (over()) return;
  events.push_back({.fd = socket_, .events = POLLIN, .revents = 0});
  for (const Capture& capture : captures_) {
    if (capture.reader() >= 0) {
      events.push_back({.fd = capture.reader(), .events = POLLIN, .revents = 0});
    }
  }
}

void Session::advance() {
  if (over()) return;
  read_outputs();
  pollfd answer{.fd = socket_, .events = POLLIN, .revents = 0};
  if (poll(&answer, 1, 0) == 1) receive_outcome();
}

void Session::read_outputs() {
  for (Capture& capture : captures_) {
    capture.read_available();
    if (capture.over() && !stopped_) stop();
  }
}

void Session::stop() {
  stopped_ = true;
  // Should the supervisor be gone, its silence will tell.
  (void)send_message(socket_, encode(Stop{.run = run_}), {});
}

void Session::receive_outcome() {
  const Result<Message> message = receive_message(socket_);
  const Result<Outcome> outcome =
      message ? decode_outcome(message->text) : Result<Outcome>(message.error());
  if (!outcome || outcome->run != run_) {
    broken_ = true;
    result_ = outcome ? Error(ErrorCode::unavailable, "sandbox: an answer to another job")
                      : outcome.error();
    return;
  }
  // All writers are gone: what they wrote last is in the pipes.
  read_outputs();
  result_ = result_of(*outcome, message->descriptors);
}

Result<ProgramRun> Session::result_of(const Outcome& outcome,
                                      const std::vector<FileDescriptor>& files) {
  if (!outcome.failure.empty()) {
    return Error(ErrorCode::unavailable, "sandbox: " + outcome.failure);
  }
  const bool too_much = std::any_of(captures_.begin(), captures_.end(),
                                    [](const Capture& capture) { return capture.over(); });
  ProgramRun run = run_from(outcome.facts, limits_, too_much);
  run.warm = outcome.warm;
  auto capture = captures_.begin();
  if (captures_output_) run.output = (capture++)->take_text();
  run.error_output = (capture++)->take_text();
  if (has_report_) run.report = capture->take_text();
  std::size_t next = 0;
  for (const bool found : outcome.found) {
    run.files.push_back(found && next < files.size() ? read_back(files[next++], limits_.disk)
                                                     : std::nullopt);
  }
  return run;
}

void advance_until_one_ends(std::span<Session* const> sessions) {
  const auto count_over = [&] {
    return std::count_if(sessions.begin(), sessions.end(),
                         [](const Session* session) { return session->over(); });
  };
  const auto over_before = count_over();
  check(over_before < static_cast<std::ptrdiff_t>(sessions.size()));
  std::vector<pollfd> events;
  while (count_over() == over_before) {
    events.clear();
    for (const Session* session : sessions) session->add_events(events);
    const int ready = poll(events.data(), events.size(), -1);
    check(ready > 0 || errno == EINTR);
    for (Session* session : sessions) session->advance();
  }
}

}  // namespace proctor::sandbox
