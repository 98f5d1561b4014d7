#include "backends/backend.h"

#include <fmt/core.h>

#include "backends/local/local_backend.h"
#include "backends/remote/chat_backend.h"
#include "backends/replay/replay.h"

namespace proctor::backends {
namespace {

struct BackendEntry {
  std::string_view spec;  // the whole, or with a slash at its end the beginning
  Result<std::unique_ptr<Backend>> (*make)(std::string rest, const BackendOptions& options);
};

const BackendEntry kBackends[] = {
    {"tiny", [](std::string, const BackendOptions& options) { return make_tiny_backend(options); }},
    {"local/", [](std::string folder,
                  const BackendOptions& options) { return make_local_backend(folder, options); }},
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
    const bool named = entry.spec.ends_with('/');
    if (named ? spec.starts_with(entry.spec) && spec.size() > entry.spec.size()
              : spec == entry.spec) {
      return entry.make(std::string(spec.substr(entry.spec.size())), options);
    }
    known += fmt::format("{}{}{}", known.empty() ? "" : ", ", entry.spec, named ? "NAME" : "");
  }
  return Error(ErrorCode::invalid_input,
               fmt::format("--model: \"{}\" is not a model spec; there are {}", spec, known));
}

}  // namespace proctor::backends
