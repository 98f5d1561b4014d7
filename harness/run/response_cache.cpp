#include "harness/run/response_cache.h"

#include <utility>

#include "backends/remote/reply_cache.h"
#include "harness/plan/server_facts.h"

namespace proctor::harness::run {
namespace {

// Any request shows whether there are bytes to know it by.
bool has_replies_to_keep(const backends::Backend& backend) {
  backends::Request request;
  request.prompt = {{"user", "?"}};
  return backend.wire_text(request).has_value();
}

// Asked now, whatever the plan remembers: a server may have changed since the run was begun, and
// without the canary nobody else looks.
std::string server_behind(const backends::Backend& backend, RunPlan plan, std::stop_token stop) {
  plan::set_server_facts(plan, backend.ask_servers(std::move(stop)));
  return plan::server_identity(plan);
}

}  // namespace

Result<std::shared_ptr<reports::ReplyFile>> open_response_cache(
    const backends::Backend& backend, const std::string& model,
    const std::optional<std::filesystem::path>& file) {
  if (!file) return std::shared_ptr<reports::ReplyFile>();
  if (!has_replies_to_keep(backend)) {
    return Error(ErrorCode::invalid_input, "--response-cache: " + model +
                                               " answers without being paid or waited for "
                                               "over a network; nothing of it is kept");
  }
  Result<reports::ReplyFile> opened = reports::ReplyFile::open(*file);
  if (!opened) return opened.error().within("--response-cache");
  return std::make_shared<reports::ReplyFile>(std::move(*opened));
}

void put_response_cache_before(std::unique_ptr<backends::Backend>& backend,
                               std::shared_ptr<reports::ReplyFile> replies, const RunPlan& plan,
                               std::stop_token stop) {
  if (!replies) return;
  backends::ReplyKeeper keeper{
      .find = [replies](const std::string& key) { return replies->find(key); },
      .keep = [replies](const std::string& key,
                        const Generation& reply) { return replies->keep(key, reply); }};
  std::string server = server_behind(*backend, plan, std::move(stop));
  backend = backends::make_reply_cache(std::move(backend), std::move(keeper), std::move(server));
}

}  // namespace proctor::harness::run
