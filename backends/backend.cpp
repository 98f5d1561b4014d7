#include "backends/backend.h"

#include <fmt/core.h>

#include <utility>

#include "backends/local/local_backend.h"
#include "backends/remote/remote_backend.h"
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
};

bool fits(std::string_view spec, std::string_view beginning) {
  return spec.starts_with(beginning) && spec.size() > beginning.size();
}

// The service that the spec names, if it does: "openai/NAME".
const Provider* provider_of(std::string_view spec) {
  for (const Provider& provider : providers()) {
    if (fits(spec, std::string(provider.name) + "/")) return &provider;
  }
  return nullptr;
}

// What would change the replies of the built-in engine does nothing to others, and a run that named
// it would claim more than is so.
Result<void> check_engine_options(std::string_view spec, const BackendOptions& options) {
  if (spec == "tiny" || spec.starts_with("local/")) return {};
  const std::pair<const char*, bool> given[] = {{"--kv-cache", options.kv_cache != "full"},
                                                {"--weights", options.weights != "full"},
                                                {"--loop-stop", options.loop_stop}};
  for (const auto& [flag, is_given] : given) {
    if (!is_given) continue;
    return Error(
        ErrorCode::invalid_input,
        fmt::format("{}: only the built-in engine has that, and {} is not its", flag, spec));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Backend>> make_backend(std::string_view spec,
                                              const BackendOptions& options) {
  if (Result<void> fit = check_engine_options(spec, options); !fit) return fit.error();
  std::string known;
  for (const BackendEntry& entry : kBackends) {
    const bool named = entry.spec.ends_with('/');
    if (named ? fits(spec, entry.spec) : spec == entry.spec) {
      if (options.batch) {
        return Error(ErrorCode::invalid_input,
                     fmt::format("--batch: {} answers at once and takes no batches", spec));
      }
      return entry.make(std::string(spec.substr(entry.spec.size())), options);
    }
    known += fmt::format("{}{}, ", entry.spec, named ? "NAME" : "");
  }
  if (const Provider* provider = provider_of(spec)) {
    return make_remote_backend(*provider, std::string(spec.substr(provider->name.size() + 1)),
                               options);
  }
  for (const Provider& provider : providers()) {
    known += fmt::format("{}{}/NAME", &provider == &providers().front() ? "" : ", ", provider.name);
  }
  return Error(ErrorCode::invalid_input,
               fmt::format("--model: \"{}\" is not a model spec; there are {}", spec, known));
}

std::string_view key_variable(std::string_view spec) {
  const Provider* provider = provider_of(spec);
  return provider == nullptr ? std::string_view() : provider->key_variable;
}

}  // namespace proctor::backends
