// The two hashes by which the hub names content: SHA-256 of what its large-file storage holds, and
// for all else the id of a git blob, which is SHA-1 (FIPS 180-4) over "blob SIZE", a zero and the
// bytes. Neither protects against the hub itself; both show what a broken transfer left.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "harness/core/sha256.h"

struct evp_md_ctx_st;  // OpenSSL's

namespace proctor::harness::hub {

class Sha1 {
 public:
  Sha1();
  Sha1& update(std::string_view bytes);
  // The digest of all updates in lower-case hex. Call once.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };

  std::unique_ptr<evp_md_ctx_st, Free> context_;
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
