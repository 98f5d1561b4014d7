// `proctor view`.
#include <fmt/core.h>

#include "harness/page/view_server.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/process/interrupts.h"
#include "harness/verbs/chosen_run.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

struct ViewFlags {
  std::optional<reports::RunId> run;
  std::uint16_t port = 0;
  bool redact = false;
};

Result<void> view(const Globals& globals, const ViewFlags& flags) {
  const Interrupts interrupts("stopping");  // before any thread, which would have its own mask
  Result<reports::Store> store = reports::Store::open_for_reading(globals.db);
  if (!store) return store.error();
  const Result<reports::RunId> run = chosen_run(*store, globals.db, flags.run);
  if (!run) return run.error();
  const Result<reports::RunInfo> there_is = store->run_info(*run);
  if (!there_is) return there_is.error();
  page::PageOptions options{.store = globals.db.filename().string(), .redacted = flags.redact};
  options.shared = false;  // what is shown does not leave the machine
  Result<page::ViewServer> server =
      page::ViewServer::bind(std::move(*store), *run, std::move(options), flags.port);
  if (!server) return server.error();
  print_result(server->url() + "\n");
  flush_results();
  say("proctor: serving to this machine's browsers; Ctrl-C ends it\n");
  server->serve(interrupts.token());
  return {};
}

}  // namespace

void add_view_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* verb = app.add_subcommand(
      "view", "the store's runs in a browser on this machine: every question, every sample");
  auto flags = std::make_shared<ViewFlags>();
  verb->add_option("run", flags->run, "the run to begin with (default: the newest)");
  verb->add_option("--port", flags->port, "where to listen on 127.0.0.1 (default: a free one)");
  verb->add_flag("--redact", flags->redact, "show hashes in place of all texts");
  verb->callback([&globals, &exit_code, flags] {
    const Result<void> viewed = view(globals, *flags);
    exit_code = viewed ? kDone : fail(viewed.error());
  });
}

}  // namespace proctor::harness
