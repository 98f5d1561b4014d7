// SHA-256 (FIPS 180-4): names content in datasets, protocols, fingerprints and seeds.
//
// Here rather than from a library because every folder needs it, among them the engine, which must
// build on a machine with nothing but a compiler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctor {

class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  Sha256& update(std::string_view bytes);
  // The digest of all updates. Call once.
  Digest finish();

 private:
  void compress(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;
};

std::string hex(const Sha256::Digest& digest);

// The digest in lower-case hex.
std::string sha256_hex(std::string_view bytes);

}  // namespace proctor
