// The proctor program: options that every verb shares, and the verbs.
#include <fmt/core.h>
#include <signal.h>

#include <cstdio>

#include "harness/exit_code.h"
#include "harness/verbs.h"
#include "harness/version.h"

namespace {

using proctor::harness::Globals;

void add_global_flags(CLI::App& app, Globals& globals) {
  app.add_option("--db", globals.db, "the store (one SQLite file)")
      ->envname("PROCTOR_DB")
      ->capture_default_str();
  app.add_option("--data", globals.data,
                 "where imported benchmarks are kept (default: PROCTOR_DATA, else XDG data home)");
  app.add_flag("--json", globals.json, "print results as JSON");
}

void add_verbs(CLI::App& app, Globals& globals, int& exit_code) {
  namespace harness = proctor::harness;
  for (const auto add : {harness::add_run_verb, harness::add_resume_verb, harness::add_report_verb,
                         harness::add_grade_verb, harness::add_data_verb}) {
    add(app, globals, exit_code);
  }
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // a reader that left is a failed write, not a death
  CLI::App app("proctor examines language models: questions out, replies in, graded and kept.");
  app.set_version_flag("--version", proctor::harness::kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  Globals globals;
  int exit_code = proctor::harness::kDone;
  add_global_flags(app, globals);
  add_verbs(app, globals, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? proctor::harness::kDone : proctor::harness::kBadUsage;
  }
  if (std::fflush(stdout) != 0) {
    std::fputs("proctor: error: the result could not be written to stdout\n", stderr);
    return proctor::harness::kCannot;
  }
  return exit_code;
}
