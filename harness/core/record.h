// What is kept about a run: its plan, and each sample's state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/score.h"

namespace proctor {

// A sample is in exactly one of these; see DESIGN section 5.
enum class SampleState {
  planned,    // on the grid, not yet asked
  in_flight,  // asked, no reply yet
  generated,  // the reply is on disk, not yet graded
  scored,     // graded
  ungraded,   // the grader or the sandbox failed: reason kept, retryable
  failed,     // transport gave up: reason kept, retryable
};

std::string_view name_of(SampleState state);
std::optional<SampleState> sample_state_named(std::string_view name);

// One cell of the grid that a run must fill. Small: a million of them stay in memory.
struct PlannedSample {
  std::int64_t id = 0;        // the store's; unique within its file
  std::int32_t task = 0;      // index into the run's tasks
  std::int32_t question = 0;  // index into the task's questions
  std::int32_t repeat = 0;    // from 0
  SampleState state = SampleState::planned;
  std::uint64_t seed = 0;
};

// What else the metrics of a task need, kept with the run: "contest/2010" and its standings.
struct Attachment {
  std::string name;  // unique within its task
  std::string body;

  bool operator==(const Attachment&) const = default;
};

// One task of a run as it was planned. Everything that later steps need is here, so that a run is
// resumed and reported from the store alone.
struct TaskPlan {
  std::string task;           // "aime24"
  std::string dataset_hash;   // of the normalised questions, SHA-256 in hex
  std::string protocol;       // "r1"
  std::string protocol_hash;  // of everything in the effective recipe, SHA-256 in hex
  std::string protocol_json;  // the effective recipe itself
  std::string grader;         // "integer"
  int repeats = 1;
  std::vector<Question> questions;
  std::vector<Attachment> attachments{};
};

struct RunPlan {
  std::string model;        // the spec as given: "openai-api/NAME"
  std::string endpoint;     // base URL of the server; empty where there is none
  std::uint64_t seed = 0;   // run seed, from which sample seeds derive
  std::string fingerprint;  // SHA-256 over all that makes two runs comparable, or not
  std::string config_json;  // every setting of the run, for the record
  std::string version;      // of proctor
  std::string host;
  std::vector<TaskPlan> tasks;
};

}  // namespace proctor
