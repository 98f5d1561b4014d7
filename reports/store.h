// The store: everything proctor knows about its runs, in one SQLite file (reports/STORE.md).
//
// One writer at a time owns a file, in this process and among processes (FILE.lock); readers come
// and go beside it. What commit() accepted is on the disk: WAL with synchronous=FULL, so a crash or
// a power cut loses nothing that was reported as stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/result.h"

namespace proctor::reports {

using RunId = std::int64_t;

// Life of a run.
enum class RunStatus {
  open,        // being worked on, or interrupted: the same plan continues it
  complete,    // ended, with enough of the grid decided
  incomplete,  // ended, with too little of it; `resume` tries the rest again
};
std::string_view name_of(RunStatus status);

struct RunInfo {
  RunId id = 0;
  RunStatus status = RunStatus::open;
  std::string created_at;   // ISO 8601, UTC
  std::string finished_at;  // empty while open
  std::string model;
  std::string tasks;  // their names, with commas between
};

// The changes in a sample's life, in the order in which it goes through them.
struct SampleStarted {
  std::int64_t sample;
};
struct SampleGenerated {
  std::int64_t sample;
  Generation reply;
};
struct SampleFailed {
  std::int64_t sample;
  std::string reason;
  int attempts;
};
struct SampleScored {
  std::int64_t sample;
  Score score;
  std::string grader;  // "name@version"
};
struct SampleUngraded {
  std::int64_t sample;
  std::string reason;
};
// What was found out about its reply; no change of state, and the newest word counts.
struct SampleExamined {
  std::int64_t sample;
  ReplyTraits traits;
};
// A score in place of an older one.
struct SampleRescored {
  std::int64_t sample;
  Score score;
  std::string grader;
};
using Change = std::variant<SampleStarted, SampleGenerated, SampleFailed, SampleScored,
                            SampleUngraded, SampleExamined, SampleRescored>;

// One sample as reports see it: everything but the texts.
struct SampleResult {
  std::int64_t id = 0;
  std::int32_t task = 0;
  std::int32_t question = 0;
  std::int32_t repeat = 0;
  SampleState state = SampleState::planned;
  std::string reason;  // of failed and ungraded
  int attempts = 0;
  std::optional<FinishReason> finish;  // once there is a reply
  TokenUsage usage;
  std::int64_t first_token_ms = 0;
  std::int64_t total_ms = 0;
  bool from_cache = false;         // as Generation has it
  std::optional<Verdict> verdict;  // once scored
  Thinking thinking = Thinking::absent;
  std::string canonical;
  std::optional<Span> span;           // of the extracted answer, in the reply's text
  std::optional<ReplyTraits> traits;  // unset for replies that an older proctor stored
};

// A reply that waits for its score.
struct StoredReply {
  std::int64_t sample = 0;
  std::int32_t task = 0;
  std::int32_t question = 0;
  std::int32_t repeat = 0;
  Generation reply;
  std::optional<Error> damage;  // the reply cannot be read back, and this is why
};

// A reply, and the score that it has.
struct ScoredReply {
  StoredReply stored;
  Verdict verdict = Verdict::undecided;
  std::string extracted;
  std::string explanation;
  std::string grader;
};

// All that is stored of one sample.
struct SampleRecord {
  SampleResult result;
  std::uint64_t seed = 0;
  std::optional<Generation> reply;
  std::optional<Score> score;
  std::string grader;           // of the score
  std::optional<Error> damage;  // there is a reply, but it cannot be read back, and this is why
};

class Store {
 public:
  // Opens FILE to write, creating it if there is none, and takes its lock.
  // Errors: busy if another proctor writes it; corrupt; io; disk_full.
  static Result<Store> open_for_writing(const std::filesystem::path& file);
  // Opens FILE to read. Errors: not_found, corrupt, io.
  static Result<Store> open_for_reading(const std::filesystem::path& file);

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Stores the plan and its whole grid as planned samples, in one transaction.
  using SeedOf =
      std::function<std::uint64_t(const std::string& task, const Question& question, int repeat)>;
  Result<RunId> add_run(const RunPlan& plan, const SeedOf& seed_of);

  // The newest run with this fingerprint and seed, if it is open.
  Result<std::optional<RunId>> open_run(const std::string& fingerprint, std::uint64_t seed);

  // All runs, oldest first.
  Result<std::vector<RunInfo>> runs();
  Result<RunInfo> run_info(RunId run);  // Errors: not_found
  Result<RunPlan> plan(RunId run);      // Errors: not_found, corrupt

  // The grid in planning order.
  Result<std::vector<PlannedSample>> samples(RunId run);

  // Puts the run's samples in `from` back to planned, to be asked (again): those whose request was
  // under way when an earlier process ended, and those whose transport gave up, which keep their
  // reason until they have a reply. Returns how many.
  Result<std::int64_t> replan(RunId run, SampleState from);
  Result<void> set_status(RunId run, RunStatus status);

  // Applies the changes in order, in one durable transaction: all of them or none.
  // Errors: disk_full or io, nothing changed; corrupt if a sample is not in a state from which the
  // change is possible (no sample is generated or scored twice).
  Result<void> commit(std::span<const Change> changes);

  // Visits every sample of the run in planning order, in bounded memory.
  Result<void> visit(RunId run, const std::function<void(const SampleResult&)>& visitor);

  // Visits the samples of one question of the run, by repeat. Errors: also not_found.
  Result<void> visit_question(RunId run, int task, int question,
                              const std::function<void(const SampleResult&)>& visitor);

  // Visits every sample of the run with all that is stored of it, in planning order and one at a
  // time in memory. Ends with the visitor's first error.
  Result<void> visit_records(RunId run,
                             const std::function<Result<void>(const SampleRecord&)>& visitor);

  // All that is stored of one sample of any run. Errors: not_found, corrupt.
  Result<SampleRecord> sample(std::int64_t sample);

  // Up to `limit` replies without a score, with sample ids above `after`, in order: those in state
  // generated, and with `retry` those in state ungraded too.
  Result<std::vector<StoredReply>> unscored(RunId run, bool retry, std::int64_t after, int limit);

  // Up to `limit` replies that have a score, with sample ids above `after`, in order.
  Result<std::vector<ScoredReply>> scored(RunId run, std::int64_t after, int limit);

  // Records that the run is now graded as this plan says, by other graders than it began with: its
  // tasks' protocols and graders, and its fingerprint. Errors: not_found, disk_full, io.
  Result<void> set_graders(RunId run, const RunPlan& plan);

  // The reply of one sample. Errors: not_found, corrupt.
  Result<Generation> reply(std::int64_t sample);

 private:
  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace proctor::reports
