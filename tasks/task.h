// What is asked: the benchmarks proctor knows, how each is put to a model, and where its questions
// come from. Everything here is a value or a pure function but for the four that touch the disk.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/result.h"

namespace proctor::tasks {

// A benchmark: its name, its size, and the rule its answers obey.
struct Task {
  std::string_view name;     // "aime24"
  std::string_view title;    // "AIME 2024"
  std::size_t questions;     // how many the whole set has; an import of any other number is refused
  std::string_view licence;  // of the questions
  std::string_view source;   // where users get it
  bool embedded;             // its questions are part of the program; nothing to import
};

// All tasks, in the order in which tables list them.
std::span<const Task> all_tasks();
// Errors: not_found, listing the names there are.
Result<const Task*> task_named(std::string_view name);

// A named, frozen recipe for one task: what DESIGN section 7 calls a protocol.
struct Protocol {
  std::string name;  // "r1"
  std::string task;
  std::string prompt;  // the user turn; "{problem}" stands for the question's text
  Sampling sampling;
  int repeats = 1;                   // samples per question
  std::string grader;                // "integer": looked up by the harness
  std::vector<std::string> metrics;  // "pass@1", "cons@64"
};

std::vector<std::string_view> protocol_names();
// The protocol's recipe for that task. Errors: not_found.
Result<Protocol> protocol_for(std::string_view protocol, std::string_view task);

// The effective recipe as canonical JSON (keys sorted, no spaces), and its SHA-256 in hex.
// `grader_id` is the grader's "name@version".
std::string protocol_json(const Protocol& protocol, std::string_view grader_id);
std::string protocol_hash(const Protocol& protocol, std::string_view grader_id);

// Reads back what protocol_json() wrote. Errors: corrupt, naming the field.
Result<Protocol> parse_protocol(std::string_view json);

// The messages that put the question to a model: one user turn, no system prompt.
Prompt render_prompt(const Protocol& protocol, const Question& question);

// A task's questions in normal form.
struct Dataset {
  std::string task;
  std::string hash;    // SHA-256 in hex over the normalised questions, in order
  std::string schema;  // which upstream schema they were read from: "HuggingFaceH4/aime_2024"
  std::string source;  // name of the file (or files) imported, without folders
  std::vector<Question> questions;
};

// Reads upstream files (JSON Lines) in any schema known for the task, several files joined in
// order, and checks every row and the count.
// Errors: invalid_input, as file:line: field; not_found; io.
Result<Dataset> parse_dataset(const Task& task, std::span<const std::filesystem::path> files);

// Where a task's dataset lies within a data folder: DIR/TASK.jsonl.
std::filesystem::path dataset_path(const std::filesystem::path& dir, std::string_view task);

// Stores the dataset in one atomic step: the old file or the new one, never half. Creates the
// folder. Its hash must be that of its questions, as parse_dataset leaves it.
// Errors: io, disk_full; the old file is then untouched.
Result<void> save_dataset(const std::filesystem::path& dir, const Dataset& dataset);

// Loads what save_dataset wrote, or the embedded set, and verifies its hash, count and rows.
// Errors: not_found with the command that imports it; corrupt; io.
Result<Dataset> load_dataset(const std::filesystem::path& dir, const Task& task);

// --data, else PROCTOR_DATA, else XDG_DATA_HOME/proctor, else HOME/.local/share/proctor.
// `environment` answers for getenv, so that tests can be of any user.
// Errors: invalid_input, when none of the four is there.
Result<std::filesystem::path> data_directory(
    const std::optional<std::filesystem::path>& flag,
    const std::function<std::optional<std::string>(const char*)>& environment);

}  // namespace proctor::tasks
