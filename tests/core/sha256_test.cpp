#include "harness/core/sha256.h"

#include <doctest/doctest.h>

#include <string>

using namespace proctor;

TEST_CASE("SHA-256 gives the digests of the standard's examples") {
  struct Row {
    std::string text;
    const char* digest;
  };
  // FIPS 180-4 examples (NIST, "SHA256.pdf") and the long one of its predecessor.
  const Row kRows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text.size());
    CHECK(sha256_hex(row.text) == row.digest);
  }
}

TEST_CASE("pieces hash as the whole does, wherever they are cut") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  const std::string whole = sha256_hex(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.update(std::string_view(text).substr(0, cut)).update(std::string_view(text).substr(cut));
    REQUIRE(hex(hash.finish()) == whole);
  }
}
