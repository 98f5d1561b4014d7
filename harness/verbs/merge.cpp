// `proctor merge`.
#include "reports/merge.h"

#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "harness/files/json_text.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

struct MergeOptions {
  std::filesystem::path out;
  std::vector<std::filesystem::path> inputs;
  bool apart = false;
};

void print_merged(const reports::Merged& merged, const MergeOptions& options, bool json) {
  if (json) {
    const nlohmann::ordered_json result = {{"out", options.out.string()},
                                           {"runs", merged.runs},
                                           {"united", merged.united},
                                           {"samples", merged.samples}};
    print_result(indented_json(result));
    return;
  }
  print_result(fmt::format("{}: {} runs of {} files", options.out.string(), merged.runs,
                           options.inputs.size()));
  if (merged.united > 0) {
    print_result(fmt::format("; {} parts united, {} samples taken over from them", merged.united,
                             merged.samples));
  }
  print_result("\n");
}

}  // namespace

void add_merge_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand("merge", "stores into one, shards of a run put together");
  auto options = std::make_shared<MergeOptions>();
  verb->add_option("out", options->out, "the store to write; must not exist")->required();
  verb->add_option("in", options->inputs, "stores; they stay as they are")->required();
  verb->add_flag("--apart", options->apart,
                 "keep every run, also those of one plan, instead of uniting their samples");
  verb->callback([&globals, &exit_code, options] {
    const Result<reports::Merged> merged =
        reports::merge_stores(options->out, options->inputs, options->apart);
    if (!merged) {
      exit_code = fail(merged.error());
      return;
    }
    print_merged(*merged, *options, globals.json);
    exit_code = kDone;
  });
}

}  // namespace proctor::harness
