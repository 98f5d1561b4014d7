// The two hashes by which the hub names content: SHA-256 of what its large-file storage holds, and
// for all else the id of a git blob, which is SHA-1 (FIPS 180-4) over "blob SIZE", a zero and the
// bytes. Neither protects against the hub itself; both show what a broken transfer left.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "harness/core/sha256.h"

namespace proctor::harness::hub {

class Sha1 {
 public:
  Sha1& update(std::string_view bytes);
  // The digest of all updates in lower-case hex. Call once.
  std::string finish();

 private:
  void compress(const std::uint8_t* block);

  std::array<std::uint32_t, 5> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                         0xc3d2e1f0};
  std::array<std::uint8_t, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;
};

// The hash of a file of known size as its bytes come.
class ContentHash {
 public:
  enum class Kind { sha256, git_blob };

  ContentHash(Kind kind, std::uint64_t size);

  void update(std::string_view bytes);
  // In lower-case hex. Call once.
  std::string finish();

 private:
  std::variant<Sha256, Sha1> hash_;
};

}  // namespace proctor::harness::hub
