// What a repository of the hub holds at one commit (GET /api/{models,datasets}/ID/revision/REV).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"
#include "harness/hub/client.h"
#include "harness/hub/content_hash.h"

namespace proctor::harness::hub {

enum class RepositoryKind { model, dataset };

struct RemoteFile {
  std::string path;  // within the repository, with slashes; never absolute, never upwards
  std::uint64_t size = 0;
  std::string hash;  // in lower-case hex; its name in the cache, too
  ContentHash::Kind hash_kind = ContentHash::Kind::git_blob;
};

struct Repository {
  RepositoryKind kind = RepositoryKind::model;
  std::string id;      // "ORG/NAME"
  std::string commit;  // 40 hex digits
  std::vector<RemoteFile> files;
};

// Errors: not_found, refused, transport, interrupted; corrupt, for an answer that makes no sense.
Result<Repository> list_repository(HubClient& client, RepositoryKind kind, const std::string& id,
                                   const std::string& revision);

// The same from the text of the answer. Errors: corrupt, naming the field.
Result<Repository> parse_repository(RepositoryKind kind, const std::string& id,
                                    const std::string& text);

// Where a file's bytes are, at the repository's commit.
std::string file_url(const HubSettings& settings, const Repository& repository,
                     const RemoteFile& file);

// Whether a text is the full name of a commit: 40 hex digits.
bool is_commit(std::string_view text);

// A text as part of an address: all but letters, digits, "-", "_", "." and "~" is escaped, and
// slashes are, unless they are kept.
std::string url_escaped(std::string_view text, bool keep_slashes = false);

}  // namespace proctor::harness::hub
