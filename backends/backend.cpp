#include "backends/backend.h"

#include <fmt/core.h>

#include "backends/remote/chat_backend.h"
#include "backends/replay/replay.h"

namespace proctor::backends {
namespace {

struct BackendEntry {
  std::string_view prefix;  // of the model spec
  Result<std::unique_ptr<Backend>> (*make)(std::string rest, const BackendOptions& options);
};

const BackendEntry kBackends[] = {
    {"replay/", [](std::string file, const BackendOptions&) { return make_replay_backend(file); }},
    {"openai-api/",
     [](std::string name, const BackendOptions& options) {
       return make_chat_backend(std::move(name), options);
     }},
};

}  // namespace

Result<std::unique_ptr<Backend>> make_backend(std::string_view spec,
                                              const BackendOptions& options) {
  std::string known;
  for (const BackendEntry& entry : kBackends) {
    if (spec.starts_with(entry.prefix) && spec.size() > entry.prefix.size()) {
      return entry.make(std::string(spec.substr(entry.prefix.size())), options);
    }
    known += fmt::format("{}{}NAME", known.empty() ? "" : ", ", entry.prefix);
  }
  return Error(ErrorCode::invalid_input,
               fmt::format("--model: \"{}\" is not a model spec; there are {}", spec, known));
}

}  // namespace proctor::backends
