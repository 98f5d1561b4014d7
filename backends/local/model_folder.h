// Where models are that were fetched from the Hugging Face hub: the layout of its cache, as far as
// one has to know it to find a model (https://huggingface.co/docs/hub/local-cache).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::backends {

// Answers for getenv, so that tests can be of any user.
using Environment = std::function<std::optional<std::string>(const char*)>;

// HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else
// HOME/.cache/huggingface/hub. Errors: invalid_input, when none of the four is there.
Result<std::filesystem::path> hub_cache(const Environment& environment);

// Where all of a model's revisions lie: CACHE/models--ORG--NAME.
std::filesystem::path cached_model(const std::filesystem::path& cache, std::string_view id);

// The commit that a branch or tag stands for in the cache; empty, if it is not known there.
std::string referenced_commit(const std::filesystem::path& model, const std::string& revision);

// Whether it has the form ORG/NAME, with the characters that the hub lets names have.
bool is_model_id(std::string_view id);

// A folder as it is; for ORG/NAME or ORG/NAME@REVISION, if there is no such folder, the snapshot in
// the cache, of revision "main" unless another is named.
// Errors: not_found, with the command that fetches the model; io.
Result<std::filesystem::path> model_folder(const std::string& name, const Environment& environment);

}  // namespace proctor::backends
