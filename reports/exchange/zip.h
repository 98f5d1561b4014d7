// ZIP archives by libzip: read with the compressions that inspect's logs have had, and written in
// one step.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.h"

struct zip;

namespace proctor::reports::exchange {

struct DiscardZip {
  void operator()(zip* archive) const;
};
using ZipHandle = std::unique_ptr<zip, DiscardZip>;

class ZipReader {
 public:
  // Errors: not_found, io; invalid_input, if it is no ZIP archive.
  static Result<ZipReader> open(const std::filesystem::path& file);

  // The members' names in the archive's order; what has a place here is read by it.
  const std::vector<std::string>& names() const { return names_; }
  bool has(const std::string& name) const;

  // The content of a member, stored, deflated or compressed by zstd in one frame or several. Its
  // checksum is verified. Errors: not_found; corrupt; invalid_input, for another compression and
  // for more than `most` bytes.
  Result<std::string> read(const std::string& name, std::size_t most = std::size_t{1} << 30) const;

 private:
  ZipReader(std::filesystem::path file, ZipHandle archive)
      : file_(std::move(file)), archive_(std::move(archive)) {}

  std::filesystem::path file_;
  ZipHandle archive_;
  std::vector<std::string> names_;
};

// Members are written in the order in which they were added, deflated, each made when its turn
// comes: one is in memory at a time. What was at the path stays until all is written.
class ZipWriter {
 public:
  using Content = std::function<Result<std::string>()>;

  // Errors: io.
  static Result<ZipWriter> create(const std::filesystem::path& file);

  // A member that `content` will be asked for, once, by close().
  Result<void> add(const std::string& name, Content content);

  // Writes the archive. Call once. Errors: those of the contents; io, disk_full.
  Result<void> close();

 private:
  struct Member;
  ZipWriter(std::filesystem::path file, ZipHandle archive);

 public:
  ZipWriter(ZipWriter&&) noexcept;
  ~ZipWriter();

 private:
  std::filesystem::path file_;
  std::unique_ptr<std::optional<Error>> error_;  // of the first content that failed
  std::list<Member> members_;                    // libzip keeps pointers to them
  ZipHandle archive_;                            // gone first
};

}  // namespace proctor::reports::exchange
