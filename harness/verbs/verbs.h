// The command line, one function a verb: each adds its subcommand to the program, and its callback
// sets `exit_code`. Results go to stdout; progress, warnings and errors to stderr.
#pragma once

#include <CLI/CLI.hpp>

#include "harness/process/globals.h"

namespace proctor::harness {

void add_run_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_resume_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_regrade_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_report_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_compare_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_leaderboard_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_trend_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_grade_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_judge_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_rating_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_doctor_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_model_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_data_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_export_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_import_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_merge_verb(CLI::App& app, Globals& globals, int& exit_code);
void add_view_verb(CLI::App& app, Globals& globals, int& exit_code);

}  // namespace proctor::harness
