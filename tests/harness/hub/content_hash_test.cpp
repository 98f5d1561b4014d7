#include "harness/hub/content_hash.h"

#include <doctest/doctest.h>

namespace proctor::harness::hub {
namespace {

std::string hash_of(ContentHash::Kind kind, std::string_view content) {
  ContentHash hash(kind, content.size());
  hash.update(content);
  return hash.finish();
}

TEST_CASE("SHA-1 gives the digests of its standard") {
  struct Row {
    std::string text;
    const char* digest;
  };
  // FIPS 180-2, appendix A, and the empty text.
  const Row kRows[] = {
      {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
      {std::string(1'000'000, 'a'), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.digest);
    CHECK(Sha1().update(row.text).finish() == row.digest);
    Sha1 in_pieces;
    for (std::size_t at = 0; at < row.text.size(); at += 61) {
      in_pieces.update(std::string_view(row.text).substr(at, 61));
    }
    CHECK(in_pieces.finish() == row.digest);
  }
}

TEST_CASE("content is named as git and large-file storage name it") {
  using Kind = ContentHash::Kind;
  // git hash-object and sha256sum say so.
  CHECK(hash_of(Kind::git_blob, "") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  CHECK(hash_of(Kind::git_blob, "hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a");
  CHECK(hash_of(Kind::sha256, "hello\n") ==
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
}

}  // namespace
}  // namespace proctor::harness::hub
