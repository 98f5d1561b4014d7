// A store with a run in which every state occurs, for the verbs that carry runs between files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/record.h"
#include "reports/store.h"

namespace proctor::harness {

// Questions of "math500", with the protocol r1, twice each, and of "gpqa", a gated task;
// attachments; and a configuration.
RunPlan exchange_plan();

// Makes the store with a run of that plan. Of its samples, 1 to 4 are of math500 and scored (1 and
// 2 correct with one text, 3 wrong, 4 undecided), 5 failed, 6 ungraded, 7 generated, 8 in flight
// and 9 planned; 10 and 11, of gpqa, are correct.
void make_exchange_store(const std::filesystem::path& db);

// `proctor` with these arguments and the store, in a process of its own; its exit code must be
// this. Returns what it wrote to stdout, or with another code than 0 to stderr.
std::string proctor(const std::vector<std::string>& arguments, const std::filesystem::path& db,
                    int exit_code = 0);

}  // namespace proctor::harness
