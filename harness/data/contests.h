// The contests of a data folder, for `proctor data`: bringing them in, listing them, checking them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/process/exit_code.h"
#include "harness/process/globals.h"

namespace proctor::harness::data {

// What stands for contests where a task is named.
constexpr std::string_view kContestTask = "codeforces-contest";

// Gets contests by their numbers from an API that speaks as that of Codeforces does.
ExitCode fetch_contests(const Globals& globals, const std::vector<std::string>& ids,
                        std::string base_url);

// Brings in contests from files of the API's answers.
ExitCode import_contests(const Globals& globals, std::span<const std::filesystem::path> files);

// Lists the contests of a data folder after its tasks, for people or as rows of JSON.
void print_contests(const std::filesystem::path& dir);
void add_contests(const std::filesystem::path& dir, nlohmann::json& out);

// Checks that every contest of a data folder is undamaged, says so, and adds it to the rows.
ExitCode verify_contests(const std::filesystem::path& dir, bool as_json, nlohmann::json& out);

}  // namespace proctor::harness::data
