#include "tests/harness/hub/fake_hub.h"

#include <algorithm>
#include <charconv>

#include "harness/hub/content_hash.h"

namespace proctor::harness::hub {
namespace {

using nlohmann::json;
using support::Answer;
using support::HttpRequest;

std::string hash_of(const FakeFile& file) {
  ContentHash hash(file.large ? ContentHash::Kind::sha256 : ContentHash::Kind::git_blob,
                   file.content.size());
  hash.update(file.content);
  return hash.finish();
}

Answer refusal(int status, const char* code, const char* message) {
  return support::respond(status, {{"X-Error-Code", code}, {"X-Error-Message", message}}, "");
}

// The value of a query's field.
std::string field_of(const std::string& path, const std::string& name) {
  const std::size_t at = path.find(name + "=");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 1;
  std::string value = path.substr(begin, path.find('&', begin) - begin);
  if (const std::size_t slash = value.find("%2F"); slash != std::string::npos) {
    value.replace(slash, 3, "/");
  }
  return value;
}

std::string origin_of(const support::FakeServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

}  // namespace

FakeHub::FakeHub()
    : storage_([this](const HttpRequest& request) { return answer_storage(request); }),
      hub_([this](const HttpRequest& request) { return answer_hub(request); }) {}

HubSettings FakeHub::settings(const std::filesystem::path& cache) const {
  HubSettings settings;
  settings.endpoint = origin_of(hub_);
  settings.rows_endpoint = origin_of(hub_);
  settings.cache = cache;
  settings.tries = 3;
  settings.pause = std::chrono::milliseconds(1);
  return settings;
}

std::vector<std::string> FakeHub::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

void FakeHub::note(const std::string& prefix, const HttpRequest& request) {
  std::string line = prefix + std::string(request.path);
  const std::string_view range = request.header("Range");
  if (!range.empty()) line += " range " + std::string(range.substr(range.find('=') + 1));
  const std::string_view token = request.header("Authorization");
  if (!token.empty()) line += " token " + std::string(token.substr(token.find(' ') + 1));
  const std::lock_guard lock(mutex_);
  log_.push_back(std::move(line));
}

const FakeRepository* FakeHub::repository_at(const std::string& path) const {
  for (const auto& [name, repository] : repositories) {
    if (path.starts_with(name + "/")) return &repository;
  }
  return nullptr;
}

Answer FakeHub::answer_hub(const HttpRequest& request) {
  note("", request);
  const std::string path(request.path);
  if (path.starts_with("/api/")) return answer_list(path.substr(5));
  if (path.starts_with("/splits?") || path.starts_with("/rows?")) {
    Answer whole = answer_rows(path);
    return meddle ? meddle(request, std::move(whole)) : whole;
  }
  return answer_file(request);
}

// "models/ORG/NAME/revision/REV?blobs=true".
Answer FakeHub::answer_list(const std::string& path) {
  const FakeRepository* repository = repository_at(path);
  if (repository == nullptr) return refusal(401, "RepoNotFound", "Repository not found");
  const std::size_t begin = path.find("/revision/") + 10;
  const std::string revision = path.substr(begin, path.find('?') - begin);
  if (revision != "main" && revision != repository->commit) {
    return refusal(404, "RevisionNotFound", "Invalid rev id");
  }
  json siblings = json::array();
  for (const FakeFile& file : repository->files) {
    const std::uint64_t size = file.said_size.value_or(file.content.size());
    json sibling = {{"rfilename", file.path}, {"size", size}};
    sibling["blobId"] = file.large ? std::string(40, 'b') : hash_of(file);
    if (file.large) {
      sibling["lfs"] = {{"sha256", hash_of(file)}, {"size", size}, {"pointerSize", 130}};
    }
    siblings.push_back(std::move(sibling));
  }
  return support::respond_json(
      200, json{{"id", "x"}, {"sha", repository->commit}, {"siblings", siblings}}.dump());
}

// "/ORG/NAME/resolve/COMMIT/PATH", with "/datasets" before it or not.
Answer FakeHub::answer_file(const HttpRequest& request) {
  const std::string path(request.path);
  const std::string place = path.starts_with("/datasets/") ? path.substr(1) : "models" + path;
  const FakeRepository* repository = repository_at(place);
  if (repository == nullptr) return refusal(401, "RepoNotFound", "Repository not found");
  if (!repository->token.empty() &&
      request.header("Authorization") != "Bearer " + repository->token) {
    return refusal(request.header("Authorization").empty() ? 401 : 403, "GatedRepo",
                   "Access to this dataset is restricted.");
  }
  for (const FakeFile& file : repository->files) {
    if (!place.ends_with("/resolve/" + repository->commit + "/" + file.path)) continue;
    if (!file.large) return with_bytes(request, file.content);
    return support::respond(
        302, {{"Location", origin_of(storage_) + "/" + hash_of(file) + "?signature=s3cret"}}, "");
  }
  return refusal(404, "EntryNotFound", "Entry not found");
}

Answer FakeHub::answer_storage(const HttpRequest& request) {
  note("storage ", request);
  for (const auto& [name, repository] : repositories) {
    for (const FakeFile& file : repository.files) {
      if (file.large && request.path.starts_with("/" + hash_of(file))) {
        return with_bytes(request, file.content);
      }
    }
  }
  return support::respond(404, {}, "");
}

Answer FakeHub::with_bytes(const HttpRequest& request, const std::string& content) {
  std::size_t first = 0;
  const std::string_view range = request.header("Range");
  constexpr std::string_view kUnit = "bytes=";
  if (range.starts_with(kUnit)) {
    std::from_chars(range.data() + kUnit.size(), range.data() + range.size(), first);
  }
  Answer whole;
  if (range.empty()) {
    whole = support::respond(200, {}, content);
  } else if (first >= content.size()) {
    whole = support::respond(416, {}, "");
  } else {
    whole = support::respond(206,
                             {{"Content-Range", "bytes " + std::to_string(first) + "-" +
                                                    std::to_string(content.size() - 1) + "/" +
                                                    std::to_string(content.size())}},
                             std::string_view(content).substr(first));
  }
  return meddle ? meddle(request, std::move(whole)) : whole;
}

Answer FakeHub::answer_rows(const std::string& path) {
  const auto found = rows.find(field_of(path, "dataset"));
  if (found == rows.end()) return refusal(404, "DatasetNotFound", "The dataset does not exist.");
  const FakeRows& set = found->second;
  if (path.starts_with("/splits?")) {
    const json split = {{"dataset", found->first}, {"config", set.config}, {"split", set.split}};
    return support::respond_json(200, json{{"splits", {split}}, {"pending", json::array()}}.dump());
  }
  const std::size_t offset = std::stoul(field_of(path, "offset"));
  const std::size_t length = std::stoul(field_of(path, "length"));
  if (length > set.most_rows) {
    return support::respond(501, {{"X-Error-Code", "TooBigContentError"}},
                            R"({"error":"Rows are too big"})");
  }
  json page = json::array();
  for (std::size_t i = offset; i < std::min(offset + length, set.rows.size()); ++i) {
    page.push_back(
        {{"row_idx", i},
         {"row", set.rows[i]},
         {"truncated_cells", i + 1 == set.rows.size() ? set.truncated_cells : json::array()}});
  }
  const json body = {{"features", json::array()},
                     {"rows", page},
                     {"num_rows_total", set.rows.size()},
                     {"num_rows_per_page", 100},
                     {"partial", set.partial}};
  return support::respond(200, {{"X-Revision", set.commit}}, body.dump());
}

}  // namespace proctor::harness::hub
