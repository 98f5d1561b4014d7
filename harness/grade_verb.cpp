// `proctor grade`: grades replies that proctor did not generate, JSON Lines in and out.
//
// In rounds of a few batches of lines, whatever the size of the file: read, graded on all cores,
// written in order.
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "graders/grader.h"
#include "harness/console.h"
#include "harness/exit_code.h"
#include "harness/interrupts.h"
#include "harness/output_file.h"
#include "harness/verbs.h"
#include "harness/worker_pool.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

struct GradeOptions {
  std::string grader;
  std::string in = "-";
  std::string out = "-";
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

int leave_open(std::FILE*) { return 0; }

// One line of input.
struct Reply {
  json id;
  Question question;
  Generation generation;
};

Error field_error(const char* field, std::string_view complaint) {
  return Error(ErrorCode::invalid_input, fmt::format("field \"{}\": {}", field, complaint));
}

Result<std::string> text_field(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end()) return field_error(field, "missing");
  if (!found->is_string()) {
    return field_error(field, fmt::format("expected a string, found {}", found->type_name()));
  }
  return found->get<std::string>();
}

// Datasets spell integer answers either way; the decimal text is what the number stands for.
Result<std::string> gold_field(const json& object) {
  const auto found = object.find("gold");
  if (found == object.end() || found->is_string()) return text_field(object, "gold");
  if (found->is_number_integer()) return found->dump();
  return field_error("gold",
                     fmt::format("expected a string or an integer, found {}", found->type_name()));
}

// Ids come back as they are, so a number must be one that a double or an integer holds exactly.
Result<json> id_field(const json& object) {
  constexpr double kExact = 9007199254740992;  // 2^53
  const auto found = object.find("id");
  if (found == object.end()) return field_error("id", "missing");
  if (found->is_string() || found->is_number_integer()) return *found;
  if (!found->is_number()) {
    return field_error("id",
                       fmt::format("expected a string or a number, found {}", found->type_name()));
  }
  if (std::fabs(found->get<double>()) >= kExact) {
    return field_error("id", "number too large to be kept exactly; make it a string");
  }
  return *found;
}

Result<json> parse_object(const std::string& line) {
  try {
    json object = json::parse(line);
    if (object.is_object()) return object;
    return Error(ErrorCode::invalid_input,
                 fmt::format("expected an object, found {}", object.type_name()));
  } catch (const json::parse_error& error) {
    return Error(ErrorCode::invalid_input, fmt::format("not JSON from byte {}", error.byte));
  } catch (const json::out_of_range&) {
    return Error(ErrorCode::invalid_input, "a number is out of range");
  }
}

Result<Reply> parse_reply(const std::string& line) {
  Result<json> object = parse_object(line);
  if (!object) return object.error();
  Result<json> id = id_field(*object);
  if (!id) return id.error();
  Result<std::string> gold = gold_field(*object);
  if (!gold) return gold.error();
  Result<std::string> response = text_field(*object, "response");
  if (!response) return response.error();

  Reply reply;
  reply.id = std::move(*id);
  reply.question.id = reply.id.is_string() ? reply.id.get<std::string>() : reply.id.dump();
  reply.question.gold = std::move(*gold);
  reply.generation.text = std::move(*response);
  if (reply.generation.text.empty()) reply.generation.finish = FinishReason::empty;
  return reply;
}

std::string format_score(const json& id, const Score& score) {
  const nlohmann::ordered_json line = {{"id", id},
                                       {"verdict", name_of(score.verdict)},
                                       {"extracted", score.extracted},
                                       {"explanation", score.explanation}};
  // An extract may begin or end inside a character.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

constexpr std::array kVerdicts = {Verdict::correct, Verdict::wrong, Verdict::no_answer,
                                  Verdict::undecided};

// How many replies got which verdict.
struct Tally {
  std::array<std::size_t, kVerdicts.size()> counts{};

  void count(Verdict verdict) { ++counts[static_cast<std::size_t>(verdict)]; }
  void add(const Tally& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  }
};

// Some lines on their way: read, then graded.
struct Batch {
  std::size_t first_line = 0;
  std::vector<std::string> lines;
  std::string output;
  Tally tally;
  std::optional<Error> error;
};
using BatchPointer = std::unique_ptr<Batch>;

class LineReader {
 public:
  LineReader(std::FILE* file, const std::string& name) : file_(file), name_(name) {}
  ~LineReader() { std::free(buffer_); }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // The next lines, or a null pointer at the end. A failed read makes the last batch an error.
  BatchPointer next() {
    constexpr std::size_t kLines = 64;
    constexpr std::size_t kBytes = std::size_t{4} << 20;
    auto batch = std::make_unique<Batch>();
    batch->first_line = line_ + 1;
    for (std::size_t bytes = 0; bytes < kBytes && batch->lines.size() < kLines && !ended_;) {
      errno = 0;
      const ssize_t length = getline(&buffer_, &capacity_, file_);
      if (length < 0) {
        ended_ = true;
        if (std::ferror(file_) != 0) batch->error = file_error(name_, "cannot read");
        break;
      }
      bytes += static_cast<std::size_t>(length);
      batch->lines.emplace_back(buffer_, static_cast<std::size_t>(length));
      ++line_;
    }
    if (batch->lines.empty() && !batch->error) return nullptr;
    return batch;
  }

 private:
  std::FILE* file_;
  std::string name_;
  char* buffer_ = nullptr;  // getline's
  std::size_t capacity_ = 0;
  std::size_t line_ = 0;
  bool ended_ = false;
};

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r\n") == std::string::npos;
}

Result<void> grade_line(const graders::Grader& grader, const std::string& line, Batch& batch) {
  const Result<Reply> reply = parse_reply(line);
  if (!reply) return reply.error();
  const Result<Score> score = grader.grade(reply->question, reply->generation);
  if (!score) return score.error();
  batch.output += format_score(reply->id, *score);
  batch.tally.count(score->verdict);
  return {};
}

// Grades up to the first line that cannot be graded, which becomes the batch's error.
void grade_batch(const graders::Grader& grader, const std::string& input_name, Batch& batch) {
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    if (is_blank(batch.lines[i])) continue;
    const Result<void> graded = grade_line(grader, batch.lines[i], batch);
    if (graded) continue;
    batch.error = graded.error().within(fmt::format("{}:{}", input_name, batch.first_line + i));
    return;
  }
}

// Writes a graded batch; what is wrong with it or with the writing, if anything.
std::optional<Error> write_batch(const Batch& batch, std::FILE* out, const std::string& name) {
  const std::string& output = batch.output;
  if (std::fwrite(output.data(), 1, output.size(), out) != output.size()) {
    return file_error(name, "cannot write");
  }
  return batch.error;
}

// Grades everything from `in` to `out`, in order. Stops at the first error, in the file's order.
Result<Tally> grade_all(const graders::Grader& grader, std::FILE* in, const std::string& input_name,
                        std::FILE* out, const std::string& output_name) {
  WorkerPool pool;
  // A round is read, graded on all workers, written: memory stays bounded, and reading and writing
  // are a small part of the time.
  const std::size_t round = 8 * pool.workers();
  LineReader reader(in, input_name);
  Tally tally;
  std::vector<BatchPointer> batches;
  do {
    batches.clear();
    while (batches.size() < round) {
      BatchPointer batch = reader.next();
      if (!batch) break;
      batches.push_back(std::move(batch));
    }
    pool.for_each(batches.size(),
                  [&](std::size_t i) { grade_batch(grader, input_name, *batches[i]); });
    for (const BatchPointer& batch : batches) {
      const std::optional<Error> error = write_batch(*batch, out, output_name);
      if (error) return *error;
      tally.add(batch->tally);
    }
  } while (batches.size() == round);
  if (std::fflush(out) != 0) return file_error(output_name, "cannot write");
  return tally;
}

// Grades into a file that takes its name once all is written; an interrupt leaves nothing behind.
Result<Tally> grade_to_file(const graders::Grader& grader, std::FILE* in,
                            const std::string& input_name, const std::string& path) {
  const Interrupts interrupts("stopping; no output is written");
  Result<OutputFile> out = OutputFile::create(path);
  if (!out) return out.error();
  // At once, from the thread that waits for signals: the reader may be waiting for its input.
  const std::stop_callback stop(interrupts.token(), [&] {
    out->discard();
    _exit(kInterrupted);
  });
  Result<Tally> tally = grade_all(grader, in, input_name, out->stream(), path);
  if (!tally) return tally;
  const Result<void> kept = out->keep();
  if (!kept) return kept.error();
  return tally;
}

Result<Tally> grade_files(const GradeOptions& options) {
  Result<std::unique_ptr<graders::Grader>> grader = graders::make_grader(options.grader, {});
  if (!grader) return grader.error();

  const bool from_stdin = options.in == "-";
  const std::string input_name = from_stdin ? "stdin" : options.in;
  const File in =
      from_stdin ? File(stdin, leave_open) : File(std::fopen(options.in.c_str(), "r"), std::fclose);
  if (!in) return file_error(options.in, "cannot open");

  if (options.out == "-") return grade_all(**grader, in.get(), input_name, stdout, "stdout");
  return grade_to_file(**grader, in.get(), input_name, options.out);
}

void print_summary(const Tally& tally) {
  std::size_t all = 0;
  std::string verdicts;
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = tally.counts[static_cast<std::size_t>(verdict)];
    all += count;
    verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : ", ", count, name_of(verdict));
  }
  say(fmt::format("graded {}: {}\n", all, verdicts));
}

std::string grader_description() {
  std::string names;
  for (const std::string_view name : graders::grader_names()) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return "How answers are read and compared: " + names;
}

}  // namespace

void add_grade_verb(CLI::App& app, Globals& /*globals*/, int& exit_code) {
  auto options = std::make_shared<GradeOptions>();
  CLI::App* verb = app.add_subcommand("grade", "Grade a JSONL of replies from elsewhere");
  verb->add_option("grader", options->grader, grader_description())->required();
  verb->add_option("--in", options->in, "JSON Lines with id, gold and response; - for stdin")
      ->capture_default_str();
  verb->add_option("--out", options->out,
                   "JSON Lines with id, verdict, extracted and explanation; - for stdout")
      ->capture_default_str();
  verb->callback([options, &exit_code] {
    const Result<Tally> tally = grade_files(*options);
    if (!tally) {
      exit_code = fail(tally.error());
      return;
    }
    print_summary(*tally);
    exit_code = kDone;
  });
}

}  // namespace proctor::harness
