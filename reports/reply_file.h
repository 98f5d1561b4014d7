// Replies by key, in one SQLite file that several processes may read and write at once.
//
// `application_id` is 0x70727263 ("prrc"), `user_version` the format's version, 1. The one table:
//
//   reply(key TEXT UNIQUE, packed BLOB): a zstd frame with its checksum over one line of JSON, the
//   key again among it, and behind it the reply's text and its reasoning
//
// A power cut may cost the latest replies but leaves the file sound (WAL, synchronous=NORMAL): what
// a run must not lose is in its own store.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/core/generation.h"
#include "harness/core/result.h"

namespace proctor::reports {

class ReplyFile {
 public:
  // Opens FILE, creating it if there is none. Errors: invalid_input, for a file that is something
  // else or of a later format; corrupt, io, disk_full, busy.
  static Result<ReplyFile> open(const std::filesystem::path& file);

  ReplyFile(ReplyFile&&) noexcept;
  ReplyFile& operator=(ReplyFile&&) noexcept;
  ~ReplyFile();

  // The reply under that key, or nothing; its attempts and times are not kept. Errors: corrupt, if
  // it is not what was put there, byte for byte; io, busy.
  Result<std::optional<Generation>> find(const std::string& key);

  // Puts a reply there, in place of what was. Errors: disk_full, io, busy, corrupt.
  Result<void> keep(const std::string& key, const Generation& reply);

 private:
  struct Parts;
  explicit ReplyFile(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace proctor::reports
