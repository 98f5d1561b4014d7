// `proctor model fetch`.
#include "harness/hub/model_fetch.h"

#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "harness/files/json_text.h"
#include "harness/hub/download_view.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "harness/process/exit_code.h"
#include "harness/process/interrupts.h"
#include "harness/verbs/model.h"

namespace proctor::harness {
namespace {

ExitCode fetch_and_print(const Globals& globals, const hub::ModelRequest& request,
                         const std::string& ca_file) {
  Result<hub::HubSettings> settings = hub::hub_settings(environment);
  if (!settings) return fail(settings.error());
  settings->ca_file = ca_file;
  const Interrupts interrupts("stopping; what is here is kept, and continued by the next fetch");
  const Result<hub::FetchedModel> model = [&] {
    hub::DownloadView view(request.id, live_style_for_stderr());
    const hub::FetchWatch watch{
        .on_plan = [&](std::size_t, std::uint64_t bytes) { view.expect(bytes); },
        .on_bytes = [&](std::int64_t bytes) { view.add(bytes); }};
    return hub::fetch_model(*settings, request, watch, interrupts.token());
  }();
  if (!model) return fail(model.error());
  if (globals.json) {
    const nlohmann::json out = {{"model", request.id},
                                {"revision", request.revision},
                                {"commit", model->commit},
                                {"folder", model->folder.string()},
                                {"files", model->files},
                                {"bytes", model->bytes},
                                {"fetched_bytes", model->fetched}};
    print_result(indented_json(out));
  } else {
    print_result(fmt::format("{}: {} files, {} bytes, {} of them fetched now, in {}\n", request.id,
                             model->files, model->bytes, model->fetched, model->folder.string()));
    print_result(fmt::format("use it as: --model local/{}{}\n", request.id,
                             request.revision == "main" ? "" : "@" + request.revision));
  }
  return kDone;
}

}  // namespace

void add_model_fetch(CLI::App& model, Globals& globals, int& exit_code) {
  struct FetchOptions {
    hub::ModelRequest request;
    std::string ca_file;
  };
  const auto options = std::make_shared<FetchOptions>();
  CLI::App* verb = model.add_subcommand(
      "fetch", "bring a model from the Hugging Face hub into the cache that its tools share");
  verb->add_option("model", options->request.id, "ORG/NAME")->required();
  verb->add_option("--revision", options->request.revision, "branch, tag or commit")
      ->capture_default_str();
  verb->add_flag("--all", options->request.all,
                 "every file; otherwise what the engine reads: configuration, tokenizer, chat "
                 "template, safetensors");
  verb->add_option("--ca-file", options->ca_file,
                   "certificates to trust instead of the system's, as PEM");
  verb->callback(
      [&, options] { exit_code = fetch_and_print(globals, options->request, options->ca_file); });
}

}  // namespace proctor::harness
