#include "harness/hub/repository.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

namespace proctor::harness::hub {
namespace {

using nlohmann::json;

constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kSha256Digits = 64;
// Of all files of a repository: far more than any has, and sums of it stay far from wrapping.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 62;

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Error nonsense(const std::string& id, const std::string& what) {
  return Error(ErrorCode::corrupt, fmt::format("what the hub says of {}: {}", id, what));
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::uint64_t> size_of(const json& object) {
  const auto found = object.find("size");
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

// A name that leads out of the folder it is put into would let the hub write anywhere, and one with
// control characters would let it speak to the terminal that it is shown on.
bool stays_inside(const std::string& path) {
  const std::filesystem::path parts = path;
  return !path.empty() && parts.is_relative() && std::ranges::none_of(path, is_control) &&
         std::ranges::none_of(
             parts, [](const auto& part) { return part == ".." || part == "." || part.empty(); });
}

Result<RemoteFile> parse_file(const std::string& id, const json& sibling) {
  if (!sibling.is_object()) return nonsense(id, "an entry of \"siblings\" is no object");
  RemoteFile file{.path = text_of(sibling, "rfilename"), .hash = text_of(sibling, "blobId")};
  if (!stays_inside(file.path)) {
    return nonsense(id, "a file is called " + json(file.path).dump());
  }
  const auto large = sibling.find("lfs");
  const bool is_large = large != sibling.end() && large->is_object();
  if (is_large) {
    file.hash = text_of(*large, "sha256");
    file.hash_kind = ContentHash::Kind::sha256;
  }
  if (!is_hex(file.hash, is_large ? kSha256Digits : kSha1Digits)) {
    return nonsense(id, file.path + " has no hash");
  }
  const std::optional<std::uint64_t> size = size_of(is_large ? *large : sibling);
  if (!size) return nonsense(id, file.path + " has no size");
  file.size = *size;
  return file;
}

}  // namespace

bool is_commit(std::string_view text) { return is_hex(text, kSha1Digits); }

std::string url_escaped(std::string_view text, bool keep_slashes) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || (keep_slashes && c == '/');
    if (plain) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

Result<Repository> parse_repository(RepositoryKind kind, const std::string& id,
                                    const std::string& text) {
  const json answer = json::parse(text, nullptr, false);
  if (!answer.is_object()) return nonsense(id, "this is no JSON object");
  Repository repository{.kind = kind, .id = id, .commit = text_of(answer, "sha"), .files = {}};
  if (!is_commit(repository.commit)) return nonsense(id, "there is no commit in \"sha\"");
  const auto siblings = answer.find("siblings");
  if (siblings == answer.end() || !siblings->is_array()) {
    return nonsense(id, "there is no list of files in \"siblings\"");
  }
  std::uint64_t bytes = 0;
  for (const json& sibling : *siblings) {
    Result<RemoteFile> file = parse_file(id, sibling);
    if (!file) return file.error();
    if (file->size > kMostBytes - bytes)
      return nonsense(id, file->path + " makes it impossibly large");
    bytes += file->size;
    repository.files.push_back(std::move(*file));
  }
  return repository;
}

Result<Repository> list_repository(HubClient& client, RepositoryKind kind, const std::string& id,
                                   const std::string& revision) {
  const std::string url =
      fmt::format("{}/api/{}/{}/revision/{}?blobs=true", client.settings().endpoint,
                  kind == RepositoryKind::model ? "models" : "datasets", id, url_escaped(revision));
  const Result<backends::ExchangeAnswer> answer = client.get(url);
  if (!answer) return answer.error();
  return parse_repository(kind, id, answer->body);
}

std::string file_url(const HubSettings& settings, const Repository& repository,
                     const RemoteFile& file) {
  return fmt::format("{}/{}{}/resolve/{}/{}", settings.endpoint,
                     repository.kind == RepositoryKind::dataset ? "datasets/" : "", repository.id,
                     repository.commit, url_escaped(file.path, true));
}

}  // namespace proctor::harness::hub
