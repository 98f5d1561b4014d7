#include "harness/exchange/importing.h"

#include "reports/raw_store.h"
#include "reports/scratch_store.h"

namespace proctor::harness::exchange {

Result<std::vector<reports::RunId>> import_runs(const std::filesystem::path& db,
                                                const ImportRequest& request) {
  const Result<reports::ScratchStore> scratch = reports::ScratchStore::create(db);
  if (!scratch) return scratch.error();
  if (request.format == ImportFormat::own) {
    for (const std::filesystem::path& file : request.files) {
      const Result<void> imported = import_own(scratch->path(), file);
      if (!imported) return imported.error();
    }
  } else {
    const Result<void> imported = import_foreign(scratch->path(), request);
    if (!imported) return imported.error();
  }
  return reports::append_runs(scratch->path(), db);
}

}  // namespace proctor::harness::exchange
