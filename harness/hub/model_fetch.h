// A model from the hub into the cache that all of the hub's tools share
// (https://huggingface.co/docs/hub/local-cache):
//
//   models--ORG--NAME/refs/REVISION               the commit, as text
//   models--ORG--NAME/blobs/HASH                  the files, by content
//   models--ORG--NAME/snapshots/COMMIT/PATH       relative links to them, by name
//   .locks/models--ORG--NAME/HASH.lock            who fetches one, by flock(2)
//
// What is there already, whoever fetched it, is not fetched again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/hub/download.h"
#include "harness/hub/repository.h"
#include "harness/hub/settings.h"

namespace proctor::harness::hub {

struct ModelRequest {
  std::string id;  // "ORG/NAME"
  std::string revision = "main";
  bool all = false;  // not only what the engine reads
};

struct FetchedModel {
  std::filesystem::path folder;  // the snapshot
  std::string commit;
  std::size_t files = 0;
  std::uint64_t bytes = 0;    // of all of them
  std::uint64_t fetched = 0;  // that were not there before
};

// What becomes of it as it goes; called from several threads.
struct FetchWatch {
  std::function<void(std::size_t files, std::uint64_t bytes)> on_plan{};  // all that belongs to it
  OnBytes on_bytes{};
};

// What the engine reads of a model's files: configuration, tokenizer, chat template, safetensors.
// Errors: not_found, if there are no safetensors among them.
Result<std::vector<RemoteFile>> files_for_engine(std::span<const RemoteFile> files);

// Fetches a model's files, a few at a time, each continued where it broke off and checked. Waits
// for others who are fetching the same file. The snapshot gets its links only once all files are
// here, and the reference of the revision last.
// Errors: invalid_input, for an id that is none; disk_full, before anything is fetched, if it
// cannot fit; busy is waited for; those of list_repository() and download().
Result<FetchedModel> fetch_model(const HubSettings& settings, const ModelRequest& request,
                                 const FetchWatch& watch, const std::stop_token& stop);

}  // namespace proctor::harness::hub
