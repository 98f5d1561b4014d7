// How the Hugging Face hub is reached, as its own tools are told by the environment.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "backends/local/model_folder.h"
#include "harness/core/result.h"

namespace proctor::harness::hub {

struct HubSettings {
  std::string endpoint = "https://huggingface.co";  // HF_ENDPOINT, without a slash at its end
  // HF_DATASETS_SERVER: the service that reads Parquet for others.
  std::string rows_endpoint = "https://datasets-server.huggingface.co";
  std::string token{};                     // HF_TOKEN, or the file that `hf auth login` wrote
  std::filesystem::path cache{};           // of models
  std::string ca_file{};                   // certificates to trust instead of the system's
  int tries = 8;                           // in a row without a byte of progress
  std::chrono::milliseconds pause{1'000};  // after the first failure; then doubled up to a minute
};

// Errors: invalid_input, for HF_HUB_OFFLINE, which forbids to reach it, and if there is no place
// for a cache; io.
Result<HubSettings> hub_settings(const backends::Environment& environment);

}  // namespace proctor::harness::hub
