// What is asked: the benchmarks proctor knows, how each is put to a model, and where its questions
// come from. Everything here is a value or a pure function but for those that take a folder or
// files.
#pragma once

#include <cstdint>
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

// Where the Hugging Face hub has a benchmark's questions.
struct HubSource {
  std::string_view dataset{};  // "HuggingFaceH4/MATH-500"; empty: it has none
  std::string_view revision = "main";
  // JSON Lines or CSV, in the order of import; none: it has only Parquet, of which a service gives
  // out the rows of the split below.
  std::span<const std::string_view> files{};
  std::string_view config{};
  std::string_view split{};
  // Dataset::hash of what is at that revision; empty: not known here, so that what a user fetches
  // first counts.
  std::string_view sha256{};
  std::string_view lacks{};  // what a fetch cannot bring, for a person to read; empty: nothing
};

// A benchmark: its name, its size, and the rule its answers obey.
struct Task {
  std::string_view name;   // "aime24"
  std::string_view title;  // "AIME 2024"
  // How many the whole set has; an import of any other number is refused. 0: it grows from release
  // to release, and a set has as many as were imported.
  std::size_t questions;
  std::string_view licence;  // of the questions
  std::string_view source;   // where users get it
  bool embedded;             // its questions are part of the program; nothing to import
  // Its authors ask that its questions not be published in plain text: what is meant to be shared
  // carries hashes in place of questions, answers and replies.
  bool gated = false;
  HubSource hub{};
};

// All tasks, in the order in which tables list them.
std::span<const Task> all_tasks();
// Errors: not_found, listing the names there are.
Result<const Task*> task_named(std::string_view name);

// A named, frozen recipe for one task: what DESIGN section 7 calls a protocol.
struct Protocol {
  std::string name;  // "r1"
  std::string task;
  // The user turn. "{problem}" stands for the question's text, "{A}" for its first option as it is
  // asked, and so on, in this order.
  std::string prompt;
  Sampling sampling;
  int repeats = 1;                   // samples per question
  std::string grader;                // "integer": looked up by the harness
  std::vector<std::string> metrics;  // "pass@1", "cons@64"
  std::string prompt_name{};         // "lcb-plain"; empty: the task has one prompt
  std::string system{};              // the system turn; empty: there is none
  // Instead of `prompt` for questions with an attribute "starter_code", which "{starter_code}"
  // stands for; empty: there are none.
  std::string starter_prompt{};
  bool raw = false;  // the prompt holds the model's own special tokens and takes no chat template
  // In which order a repeat shows the options of a multiple choice, by a name that option_orders()
  // lists; empty: as they are stored.
  std::string option_order{};
  std::uint64_t option_seed = 0;  // of the orders that are drawn from one
  // max_tokens bounds prompt and reply together.
  bool limit_includes_prompt = false;
  std::string release{};  // of a set that grows, unless the user selects another; empty: all
  // The language that programs are asked for in, and by what the time limits of questions that have
  // their own are multiplied for it; empty: the grader knows.
  std::string language{};  // "cpp17"
  double time_factor = 1;
};

// One of several ways to put a task's questions; the fields are as in Protocol.
struct PromptStyle {
  std::string name{};
  std::string system{};
  std::string prompt{};
  std::string starter_prompt{};
  bool raw = false;
  std::string language{};
  double time_factor = 1;
};

std::vector<std::string_view> protocol_names();
// The tasks that the protocol has a recipe for.
std::vector<std::string_view> tasks_of(std::string_view protocol);
// The protocol's recipe for that task. Errors: not_found, listing the protocols or tasks there are.
Result<Protocol> protocol_for(std::string_view protocol, std::string_view task);

// The prompts that the task can be put with, by name; none where there is only the protocol's.
std::span<const PromptStyle> prompts_of(std::string_view task);
// The recipe with another of its task's prompts. Errors: not_found, listing the names there are.
Result<Protocol> with_prompt(Protocol protocol, std::string_view prompt);

// The orders that options can be shown in. A place is counted from 0 over the whole set, whatever
// of it is asked; n is the number of options.
//   seeded  a permutation drawn from (option_seed, question's id, repeat)
//   gold    only the place of the right one is drawn, in the same way; the others keep their order
//   fixed   the seeded permutation of repeat 0, for all repeats
//   cyclic  rotated to the left by (place + repeat) mod n
//   se      as openai/simple-evals draws it: one random.sample(range(n), n) after the other from
//           Python's random.Random(0), for all questions of repeat 0, then of repeat 1...
std::span<const std::string_view> option_orders();
// The recipe with another of these. Errors: not_found, listing the names there are.
Result<Protocol> with_option_order(Protocol protocol, std::string_view order);

// The question as that repeat is asked it, from 0: its options in the recipe's order, and the gold
// letter accordingly. A question without options, or whose gold is none of their letters, comes
// back as it is. Always the same for the same three. Thread-safe.
Question as_asked(const Protocol& protocol, const Question& question, int repeat);

// The effective recipe as canonical JSON (keys sorted, no spaces), and its SHA-256 in hex.
// `grader_id` is the grader's "name@version".
std::string protocol_json(const Protocol& protocol, std::string_view grader_id);
std::string protocol_hash(const Protocol& protocol, std::string_view grader_id);

// Reads back what protocol_json() wrote. Errors: corrupt, naming the field.
Result<Protocol> parse_protocol(std::string_view json);

// The messages that put the question, as as_asked() gives it, to a model: the system turn if there
// is one, and a user turn, or a single message of role "raw" (harness/core/question.h).
Prompt render_prompt(const Protocol& protocol, const Question& question);

// A task's questions in normal form.
struct Dataset {
  std::string task;
  std::string hash;    // SHA-256 in hex over the normalised questions, in order
  std::string schema;  // which upstream schema they were read from: "HuggingFaceH4/aime_2024"
  std::string source;  // name of the file (or files) imported, without folders
  std::vector<Question> questions;
  std::string release{};    // "release_v5", if the questions are those of a known release
  std::string selection{};  // what select_questions() kept; empty: all
};

// Reads upstream files (JSON Lines) in any schema known for the task, several files joined in
// order, and checks every row and the count. The tests of programs, which are too large for a
// dataset, go straight into the data folder `dir`, each set under its SHA-256, and stay there even
// if a later row is refused. One row is in memory at a time. After each, `on_row` is told how many
// there were: the gigabytes of LiveCodeBench take minutes.
// Errors: invalid_input, as file:line: field; not_found; io; disk_full.
Result<Dataset> parse_dataset(const Task& task, std::span<const std::filesystem::path> files,
                              const std::filesystem::path& dir,
                              const std::function<void(std::size_t rows)>& on_row = {});

// Where a task's dataset lies within a data folder: DIR/TASK.jsonl.
std::filesystem::path dataset_path(const std::filesystem::path& dir, std::string_view task);

// Stores the dataset in one atomic step: the old file or the new one, never half. Creates the
// folder. Its hash must be that of its questions, as parse_dataset leaves it.
// Errors: io, disk_full; the old file is then untouched.
Result<void> save_dataset(const std::filesystem::path& dir, const Dataset& dataset);

// Loads what save_dataset wrote, or the embedded set, and verifies its hash, count and rows.
// Errors: not_found with the commands that bring it; corrupt; io.
Result<Dataset> load_dataset(const std::filesystem::path& dir, const Task& task);

// The tests of a question that is answered by a program, as canonical JSON:
//
//   {"function":"addTwo","starter_code":"class Solution:...","tests":[{"input":"","output":""}]}
//   {"checker":"open-r1","memory_limit_mb":256.0,"time_limit_s":2.0,"tests":[...]}
//
// without "function" if programs read standard input and write standard output. The second form is
// that of contests; the names are those of a line of `proctor judge`, "input_file", "output_file"
// and "interactor" among them (graders/code/job.h). Question::gold is the SHA-256 of this text, and
// what is returned has it. Thread-safe.
// Errors: not_found with the command that imports them; corrupt; io; invalid_input, if the task's
// answers are no tests.
Result<std::string> load_tests(const std::filesystem::path& dir, const Task& task,
                               const Question& question);

// Loads the tests of every question, one after the other, and so finds what is missing or damaged.
// Does nothing for a task whose answers are no tests. Errors: as load_tests().
Result<void> verify_tests(const std::filesystem::path& dir, const Task& task,
                          const Dataset& dataset);

// Which questions of a task a run asks, where the task's set grows with time.
struct Selection {
  std::string release{};           // "release_v5", "v4_v5"; empty: all that was imported
  std::string window{};            // "2024-08..2025-01", both months included; empty: any date
  bool exclude_known_bad = false;  // leave out those whose tests are known to be wrong

  bool empty() const { return release.empty() && window.empty() && !exclude_known_bad; }
};

// Whether sets of certain sizes have a name, as Dataset::release.
bool has_releases(const Task& task);

// Whether the task's questions can be selected from.
bool can_select(const Task& task);

// Keeps the questions selected, and sets the dataset's hash, release and selection accordingly.
// Stops the program if can_select() is false. An empty selection changes nothing.
// Errors: invalid_input, for a selection that cannot be read, that the imported set does not hold,
// that leaves no question, or that has another number of questions than it is known to have.
Result<void> select_questions(const Task& task, const Selection& selection, Dataset& dataset);

// Leaves out the questions that nobody could grade here, such as interactive problems without an
// interactor, and sets the dataset's hash and selection accordingly; tests that are known to be
// incomplete are named there too. A set without such questions stays as it is.
// Errors: invalid_input, if no question is left.
Result<void> leave_out_ungradeable(Dataset& dataset);
// What that would leave out, and what has incomplete tests, in words for a person; empty if
// nothing.
std::string gaps_in(const Dataset& dataset);

// --data, else PROCTOR_DATA, else XDG_DATA_HOME/proctor, else HOME/.local/share/proctor.
// `environment` answers for getenv, so that tests can be of any user.
// Errors: invalid_input, when none of the four is there.
Result<std::filesystem::path> data_directory(
    const std::optional<std::filesystem::path>& flag,
    const std::function<std::optional<std::string>(const char*)>& environment);

}  // namespace proctor::tasks
