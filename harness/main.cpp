// The proctor program: options that every verb shares, and the verbs.
#include <signal.h>

#include <exception>

#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/process/version.h"
#include "harness/verbs/verbs.h"

namespace {

namespace harness = proctor::harness;
using harness::Globals;

void add_global_flags(CLI::App& app, Globals& globals) {
  app.add_option("--db", globals.db, "the store (one SQLite file)")
      ->envname("PROCTOR_DB")
      ->capture_default_str();
  app.add_option("--data", globals.data,
                 "where imported benchmarks are kept (default: PROCTOR_DATA, else XDG data home)");
  app.add_flag("--json", globals.json, "print results as JSON");
}

void add_verbs(CLI::App& app, Globals& globals, int& exit_code) {
  for (const auto add :
       {harness::add_run_verb, harness::add_resume_verb, harness::add_regrade_verb,
        harness::add_report_verb, harness::add_view_verb, harness::add_compare_verb,
        harness::add_leaderboard_verb, harness::add_trend_verb, harness::add_grade_verb,
        harness::add_judge_verb, harness::add_rating_verb, harness::add_export_verb,
        harness::add_import_verb, harness::add_merge_verb, harness::add_data_verb,
        harness::add_model_verb, harness::add_doctor_verb}) {
    add(app, globals, exit_code);
  }
}

int run_verb_of(int argc, char** argv) {
  CLI::App app("proctor examines language models: questions out, replies in, graded and kept.");
  app.set_version_flag("--version", harness::kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  Globals globals;
  int exit_code = harness::kDone;
  add_global_flags(app, globals);
  add_verbs(app, globals, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? harness::kDone : harness::kBadUsage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // a reader that left is a failed write, not a death
  int exit_code = harness::kCannot;
  try {
    exit_code = run_verb_of(argc, argv);
  } catch (const std::exception& error) {  // out of memory, or a bug of ours
    harness::say("proctor: error: ");
    harness::say(error.what());
    harness::say("\n");
  }
  if (!harness::written_whole()) {
    harness::say("proctor: error: the result could not be written to stdout\n");
    return harness::kCannot;
  }
  return exit_code;
}
