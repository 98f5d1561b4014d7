// Labelled cases for graders: JSON Lines with "gold" and "response".
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "graders/grader.h"

namespace proctor::graders {

std::vector<nlohmann::json> labelled_cases(const std::filesystem::path& file);

// The score of a case; a REQUIRE fails if the grader cannot give one.
Score graded(const Grader& grader, const nlohmann::json& row);
Score graded(const Grader& grader, const std::string& gold, const std::string& response);

}  // namespace proctor::graders
