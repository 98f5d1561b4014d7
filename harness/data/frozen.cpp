#include "harness/data/frozen.h"

#include <fmt/core.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/files/json_text.h"
#include "harness/files/output_file.h"

namespace proctor::harness::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kCommitPrefix = 12;

json to_json(const Frozen& entry) {
  return {{"dataset", entry.dataset},
          {"revision", entry.revision},
          {"files", entry.files},
          {"commit", entry.commit},
          {"sha256", entry.sha256}};
}

std::optional<Frozen> parse_entry(const json& entry) {
  if (!entry.is_object()) return std::nullopt;
  const auto text = [&](const char* field) {
    const json value = entry.value(field, json());
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  Frozen frozen{text("dataset"), text("revision"), {}, text("commit"), text("sha256")};
  for (const json& file : entry.value("files", json())) {
    if (!file.is_string()) return std::nullopt;
    frozen.files.push_back(file.get<std::string>());
  }
  const bool whole = !frozen.dataset.empty() && !frozen.revision.empty() && !frozen.sha256.empty();
  if (!whole || frozen.files.empty()) return std::nullopt;
  return frozen;
}

}  // namespace

std::string Frozen::described() const {
  std::string names;
  for (const std::string& file : files) names += (names.empty() ? "" : ", ") + file;
  return fmt::format("{}{}{}: {}", dataset, commit.empty() ? "" : "@",
                     commit.substr(0, kCommitPrefix), names);
}

fs::path frozen_path(const fs::path& dir, std::string_view task) {
  return dir / fmt::format("{}.fetched.json", task);
}

Result<std::vector<Frozen>> load_frozen(const fs::path& dir, std::string_view task) {
  const fs::path path = frozen_path(dir, task);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::vector<Frozen>();
  std::ifstream in(path);
  const json object = json::parse(in, nullptr, false);
  const Error corrupt(ErrorCode::corrupt,
                      path.string() + ": this is not what a fetch leaves; remove it to fetch anew");
  const json fetches = object.is_object() ? object.value("fetches", json()) : json();
  if (!fetches.is_array() || object.value("proctor_fetched", json()) != kVersion) return corrupt;
  std::vector<Frozen> all;
  for (const json& entry : fetches) {
    std::optional<Frozen> frozen = parse_entry(entry);
    if (!frozen) return corrupt;
    all.push_back(std::move(*frozen));
  }
  return all;
}

Result<void> save_frozen(const fs::path& dir, std::string_view task, std::vector<Frozen> all,
                         const Frozen& fresh) {
  std::erase_if(all, [&](const Frozen& entry) { return entry.same_request(fresh); });
  all.push_back(fresh);
  json fetches = json::array();
  for (const Frozen& entry : all) fetches.push_back(to_json(entry));
  const json object = {{"proctor_fetched", kVersion}, {"task", task}, {"fetches", fetches}};
  const fs::path path = frozen_path(dir, task);
  Result<OutputFile> file = OutputFile::create(path);
  if (!file) return file.error();
  if (std::fputs((indented_json(object)).c_str(), file->stream()) < 0) {
    return file_error(path.string(), "cannot write");
  }
  return file->keep();
}

}  // namespace proctor::harness::data
