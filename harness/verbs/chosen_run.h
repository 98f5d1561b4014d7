// Which run a verb is about: the one that was named, or the store's newest.
#pragma once

#include <filesystem>
#include <optional>

#include "harness/core/result.h"
#include "reports/store.h"

namespace proctor::harness {

// `db` is for the message. Errors: not_found, for a store without runs; corrupt, io. Whether there
// is a run of the number given is for the store to say.
Result<reports::RunId> chosen_run(reports::Store& store, const std::filesystem::path& db,
                                  std::optional<reports::RunId> named);

}  // namespace proctor::harness
