#include "harness/hub/settings.h"

#include <fstream>

namespace proctor::harness::hub {
namespace {

namespace fs = std::filesystem;

bool is_true(const std::optional<std::string>& value) {
  if (!value) return false;
  for (const char* word : {"1", "ON", "on", "YES", "yes", "TRUE", "true", "True"}) {
    if (*value == word) return true;
  }
  return false;
}

std::string trimmed(std::string text) {
  constexpr const char* kBlanks = " \t\r\n";
  text.erase(text.find_last_not_of(kBlanks) + 1);
  return text.erase(0, text.find_first_not_of(kBlanks));
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Where a login leaves its token. HF_HUB_CACHE moves the cache, and not this.
fs::path token_path(const backends::Environment& environment) {
  if (const auto named = environment("HF_TOKEN_PATH"); named && !named->empty()) return *named;
  const Result<fs::path> cache = backends::hub_cache([&](const char* name) {
    return std::string_view(name) == "HF_HUB_CACHE" ? std::nullopt : environment(name);
  });
  return cache ? cache->parent_path() / "token" : fs::path();
}

std::string token_in(const backends::Environment& environment) {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (const auto token = environment(name); token && !trimmed(*token).empty()) {
      return trimmed(*token);
    }
  }
  std::ifstream in(token_path(environment));
  std::string token;
  std::getline(in, token);
  return trimmed(token);
}

}  // namespace

Result<HubSettings> hub_settings(const backends::Environment& environment) {
  if (is_true(environment("HF_HUB_OFFLINE"))) {
    return Error(ErrorCode::invalid_input, "HF_HUB_OFFLINE is set: nothing is fetched");
  }
  HubSettings settings;
  const Result<fs::path> cache = backends::hub_cache(environment);
  if (!cache) return cache.error();
  settings.cache = *cache;
  settings.token = token_in(environment);
  if (const auto url = environment("HF_ENDPOINT"); url && !url->empty()) {
    settings.endpoint = without_slash(*url);
  }
  if (const auto url = environment("HF_DATASETS_SERVER"); url && !url->empty()) {
    settings.rows_endpoint = without_slash(*url);
  }
  return settings;
}

}  // namespace proctor::harness::hub
