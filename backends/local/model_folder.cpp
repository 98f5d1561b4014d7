#include "backends/local/model_folder.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>

namespace proctor::backends {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> non_empty(const Environment& environment, const char* name) {
  std::optional<std::string> value = environment(name);
  if (value && value->empty()) value.reset();
  return value;
}

bool is_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, allowed);
}

}  // namespace

Result<fs::path> hub_cache(const Environment& environment) {
  if (const auto cache = non_empty(environment, "HF_HUB_CACHE")) return fs::path(*cache);
  if (const auto home = non_empty(environment, "HF_HOME")) return fs::path(*home) / "hub";
  if (const auto caches = non_empty(environment, "XDG_CACHE_HOME")) {
    return fs::path(*caches) / "huggingface" / "hub";
  }
  if (const auto home = non_empty(environment, "HOME")) {
    return fs::path(*home) / ".cache" / "huggingface" / "hub";
  }
  return Error(ErrorCode::invalid_input,
               "no place for the hub's cache: set HF_HUB_CACHE, HF_HOME or HOME");
}

fs::path cached_model(const fs::path& cache, std::string_view id) {
  std::string folder = "models--";
  for (const char c : id) folder.append(c == '/' ? "--" : std::string(1, c));
  return cache / folder;
}

std::string referenced_commit(const fs::path& model, const std::string& revision) {
  std::ifstream in(model / "refs" / revision);
  std::string commit;
  if (in) in >> commit;
  return commit;
}

bool is_model_id(std::string_view id) {
  const std::size_t slash = id.find('/');
  return slash != std::string_view::npos && is_name(id.substr(0, slash)) &&
         is_name(id.substr(slash + 1));
}

Result<fs::path> model_folder(const std::string& name, const Environment& environment) {
  std::error_code ignored;
  const std::size_t at = name.find('@');
  const std::string id = name.substr(0, at);
  if (fs::exists(name, ignored) || !is_model_id(id)) return fs::path(name);
  const std::string revision = at == std::string::npos ? "main" : name.substr(at + 1);
  if (revision.empty() || revision.find("..") != std::string::npos) return fs::path(name);
  const Result<fs::path> cache = hub_cache(environment);
  if (!cache) return cache.error();
  const fs::path model = cached_model(*cache, id);
  const std::string commit = referenced_commit(model, revision);
  fs::path snapshot = model / "snapshots" / (commit.empty() ? revision : commit);
  if (fs::is_directory(snapshot, ignored)) return snapshot;
  return Error(
      ErrorCode::not_found,
      fmt::format("{}: there is no such folder, and {} has no such model; get it with: "
                  "proctor model fetch {}{}",
                  name, cache->string(), id, revision == "main" ? "" : " --revision " + revision));
}

}  // namespace proctor::backends
