#include "harness/verbs/chosen_run.h"

namespace proctor::harness {

Result<reports::RunId> chosen_run(reports::Store& store, const std::filesystem::path& db,
                                  std::optional<reports::RunId> named) {
  if (named) return *named;
  const Result<std::vector<reports::RunInfo>> runs = store.runs();
  if (!runs) return runs.error();
  if (runs->empty()) return Error(ErrorCode::not_found, db.string() + ": holds no run yet");
  return runs->back().id;
}

}  // namespace proctor::harness
