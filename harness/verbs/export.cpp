// `proctor export`.
#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/exchange/exporting.h"
#include "harness/figures/summary.h"
#include "harness/files/json_text.h"
#include "harness/files/output_file.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/chosen_run.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

struct ExportOptions {
  std::optional<reports::RunId> run;
  std::string format = "jsonl";
  std::filesystem::path out;
  bool redact = false;
  bool disclose = false;
  exchange::SftOptions sft;
};

exchange::TextSink sink_to(std::FILE* stream, std::string name) {
  return [stream, name = std::move(name)](std::string_view text) -> Result<void> {
    if (std::fwrite(text.data(), 1, text.size(), stream) == text.size()) return {};
    return file_error(name, "cannot write");
  };
}

// The formats that are lines.
Result<exchange::Exported> export_lines(const exchange::OutgoingRun& run,
                                        const ExportOptions& options,
                                        const exchange::TextSink& sink) {
  return options.format == "sft" ? exchange::export_sft(run, options.sft, sink)
                                 : exchange::export_own(run, sink);
}

Result<exchange::Exported> export_to_stdout(const exchange::OutgoingRun& run,
                                            const ExportOptions& options) {
  const Result<exchange::Exported> exported = export_lines(run, options, sink_to(stdout, "stdout"));
  if (!exported) return exported;
  if (std::fflush(stdout) != 0) return file_error("stdout", "cannot write");
  return exported;
}

Result<exchange::Exported> export_to_file(const exchange::OutgoingRun& run,
                                          const ExportOptions& options) {
  Result<OutputFile> file = OutputFile::create(options.out);
  if (!file) return file.error();
  const Result<exchange::Exported> exported =
      export_lines(run, options, sink_to(file->stream(), options.out.string()));
  if (!exported) return exported;
  const Result<void> kept = file->keep();
  if (!kept) return kept.error();
  return exported;
}

bool is_lines(const ExportOptions& options) {
  return options.format == "jsonl" || options.format == "sft";
}

// Whether the output can go where it is to go.
Result<void> check_out(const Globals& globals, const ExportOptions& options) {
  if (options.out != "-") return {};
  if (!is_lines(options)) {
    return Error(ErrorCode::invalid_input,
                 "--out -: " + options.format + " is files, which stdout cannot be");
  }
  if (!globals.json) return {};
  return Error(ErrorCode::invalid_input, "--out - and --json would both write to stdout");
}

Result<exchange::Exported> export_run(const Globals& globals, const ExportOptions& options) {
  const Result<void> possible = check_out(globals, options);
  if (!possible) return possible.error();
  Result<reports::Store> store = reports::Store::open_for_reading(globals.db);
  if (!store) return store.error();
  const Result<reports::RunId> id = chosen_run(*store, globals.db, options.run);
  if (!id) return id.error();
  const exchange::Disclosure disclosure = options.disclose ? exchange::Disclosure::disclose
                                          : options.redact ? exchange::Disclosure::redact
                                                           : exchange::Disclosure::usual;
  const Result<exchange::OutgoingRun> run = exchange::OutgoingRun::open(*store, *id, disclosure);
  if (!run) return run.error();
  if (run->withholds_any()) {
    say("proctor: texts of gated tasks are withheld, hashes stand for them (--private: all)\n");
  }
  if (is_lines(options)) {
    return options.out == "-" ? export_to_stdout(*run, options) : export_to_file(*run, options);
  }
  const Result<reports::RunReport> report = figures::summarize(*store, *id);
  if (!report) return report.error();
  return options.format == "lm-eval" ? exchange::export_lm_eval(*run, *report, options.out)
                                     : exchange::export_inspect(*run, *report, options.out);
}

void print_exported(const exchange::Exported& exported, const ExportOptions& options, bool json) {
  if (json) {
    const nlohmann::ordered_json result = {{"format", options.format},
                                           {"out", options.out.string()},
                                           {"samples", exported.written},
                                           {"damaged", exported.damaged}};
    print_result(indented_json(result));
    return;
  }
  say(fmt::format("{}: {} samples\n", options.out.string(), exported.written));
  if (exported.damaged == 0) return;
  say(fmt::format("proctor: {} replies cannot be read back from the store and are not in it\n",
                  exported.damaged));
}

}  // namespace

void add_export_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "export", "a run for other programs: all of it, or as another harness's log");
  auto options = std::make_shared<ExportOptions>();
  verb->add_option("run", options->run, "the run's number (default: the newest)");
  verb->add_option("--format", options->format,
                   "jsonl: all that is known (`import` reads it back); lm-eval; inspect; sft: the "
                   "correct replies as chat messages")
      ->check(CLI::IsMember({"jsonl", "lm-eval", "inspect", "sft"}))
      ->capture_default_str();
  verb->add_option(
          "--out", options->out,
          "what to write: a file (jsonl, sft: - for stdout), for lm-eval a folder, for inspect and "
          "several tasks too")
      ->required();
  CLI::Option* redact =
      verb->add_flag("--redact", options->redact,
                     "put hashes in place of all texts, as is done for gated tasks anyway");
  verb->add_flag("--private", options->disclose, "write the texts of gated tasks too")
      ->excludes(redact);
  verb->add_option("--per-question", options->sft.per_question,
                   "sft: at most so many replies to one question (default: all different ones)")
      ->check(CLI::PositiveNumber);
  verb->add_flag("--strip-thinking", options->sft.strip_thinking,
                 "sft: leave out what the model thought before it answered");
  verb->callback([&globals, &exit_code, options] {
    const Result<exchange::Exported> exported = export_run(globals, *options);
    if (!exported) {
      exit_code = fail(exported.error());
      return;
    }
    print_exported(*exported, *options, globals.json);
    exit_code = exported->damaged == 0 ? kDone : kIncomplete;
  });
}

}  // namespace proctor::harness
