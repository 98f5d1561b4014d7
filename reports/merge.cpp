#include "reports/merge.h"

#include <fmt/core.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/raw_store.h"
#include "reports/scratch_store.h"
#include "reports/unite.h"

namespace proctor::reports {
namespace {

namespace fs = std::filesystem;

using Plan = std::pair<std::string, std::int64_t>;  // fingerprint and seed

struct ListedRun {
  RunId id = 0;
  Plan plan;
};

Result<std::vector<ListedRun>> list_runs(const Database& database) {
  Result<Statement> select = database.prepare("SELECT id, fingerprint, seed FROM run ORDER BY id");
  if (!select) return select.error();
  std::vector<ListedRun> runs;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return runs;
    runs.push_back({select->integer(0), {select->text(1), select->integer(2)}});
  }
}

// A run of the new file that more parts may come to, and whether one of its plan may not.
struct Home {
  RunId run = 0;
  bool several = false;  // runs of this plan in one file
};

class Merge {
 public:
  Merge(const Database& into, bool apart) : into_(into), apart_(apart) {}

  Result<void> take(const fs::path& file) {
    const Result<Database> from = open_tables_to_read(file);
    if (!from) return from.error();
    const Result<std::vector<ListedRun>> runs = list_runs(*from);
    if (!runs) return runs.error().within(file.string());
    std::map<Plan, int> of_plan;
    for (const ListedRun& run : *runs) ++of_plan[run.plan];
    std::map<Plan, Home> added;
    for (const ListedRun& run : *runs) {
      const Result<void> taken = take(*from, run, of_plan.at(run.plan) > 1, added);
      if (!taken) return taken.error().within(fmt::format("{}: run {}", file.string(), run.id));
    }
    homes_.merge(added);
    return {};
  }

  const Merged& merged() const { return merged_; }

 private:
  Result<void> take(const Database& from, const ListedRun& run, bool several,
                    std::map<Plan, Home>& added) {
    const auto home = homes_.find(run.plan);
    if (!apart_ && home != homes_.end()) {
      if (several || home->second.several) {
        return Error(ErrorCode::invalid_input,
                     "a file has several runs of this plan, and which of them it is a part of is "
                     "not known; --apart keeps every run as it is");
      }
      const Result<std::int64_t> samples = unite_run(from, run.id, into_, home->second.run);
      if (!samples) return samples.error();
      ++merged_.united;
      merged_.samples += *samples;
      return {};
    }
    const Result<RunId> copy = copy_run(from, run.id, into_);
    if (!copy) return copy.error();
    added[run.plan] = {*copy, several};
    ++merged_.runs;
    return {};
  }

  const Database& into_;
  const bool apart_;
  std::map<Plan, Home> homes_;  // of earlier files
  Merged merged_;
};

}  // namespace

Result<Merged> merge_stores(const fs::path& out, std::span<const fs::path> inputs, bool apart) {
  std::error_code unknown;
  if (fs::exists(out, unknown)) {
    return Error(ErrorCode::invalid_input, out.string() + ": there is such a file already");
  }
  Result<ScratchStore> scratch = ScratchStore::create(out);
  if (!scratch) return scratch.error();
  Merged merged;
  {
    const Result<Database> into = open_tables_to_write(scratch->path());
    if (!into) return into.error();
    Result<Transaction> transaction = Transaction::begin(*into);
    if (!transaction) return transaction.error();
    Merge merge(*into, apart);
    for (const fs::path& input : inputs) {
      const Result<void> taken = merge.take(input);
      if (!taken) return taken.error();
    }
    const Result<void> committed = transaction->commit();
    if (!committed) return committed.error();
    merged = merge.merged();
  }
  const Result<void> placed = scratch->become(out);
  if (!placed) return placed.error();
  return merged;
}

}  // namespace proctor::reports
