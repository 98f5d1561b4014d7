#include "harness/hub/content_hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace proctor::harness::hub {
namespace {

// What FIPS 180-4, sections 4.1.1 and 4.2.1, has for twenty rounds each.
std::uint32_t mixed(int round, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  switch (round / 20) {
    case 0:
      return ((b & c) | (~b & d)) + 0x5a827999;
    case 1:
      return (b ^ c ^ d) + 0x6ed9eba1;
    case 2:
      return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    default:
      return (b ^ c ^ d) + 0xca62c1d6;
  }
}

std::uint32_t load_big_endian(const std::uint8_t* p) {
  return static_cast<std::uint32_t>(p[0]) << 24 | static_cast<std::uint32_t>(p[1]) << 16 |
         static_cast<std::uint32_t>(p[2]) << 8 | static_cast<std::uint32_t>(p[3]);
}

}  // namespace

void Sha1::compress(const std::uint8_t* block) {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t i = 0; i < 16; ++i) w[i] = load_big_endian(block + 4 * i);
  for (std::size_t i = 16; i < w.size(); ++i) {
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  auto [a, b, c, d, e] = state_;
  for (int round = 0; round < 80; ++round) {
    const std::uint32_t next =
        std::rotl(a, 5) + mixed(round, b, c, d) + e + w[static_cast<std::size_t>(round)];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const std::uint32_t worked[5] = {a, b, c, d, e};
  for (std::size_t i = 0; i < 5; ++i) state_[i] += worked[i];
}

Sha1& Sha1::update(std::string_view bytes) {
  total_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), pending_.size() - pending_size_);
    std::memcpy(pending_.data() + pending_size_, bytes.data(), taken);
    pending_size_ += taken;
    bytes.remove_prefix(taken);
    if (pending_size_ < pending_.size()) break;
    compress(pending_.data());
    pending_size_ = 0;
  }
  return *this;
}

std::string Sha1::finish() {
  const std::uint64_t bits = total_ * 8;
  update(std::string_view("\x80", 1));
  while (pending_size_ != 56) update(std::string_view("\0", 1));
  char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(bits >> (56 - 8 * i));
  update(std::string_view(length, sizeof length));
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint32_t word : state_) {
    for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[word >> shift & 15];
  }
  return text;
}

ContentHash::ContentHash(Kind kind, std::uint64_t size) {
  if (kind == Kind::sha256) return;
  const std::string head = "blob " + std::to_string(size);
  hash_ = Sha1().update(head).update(std::string_view("\0", 1));
}

void ContentHash::update(std::string_view bytes) {
  std::visit([&](auto& hash) { hash.update(bytes); }, hash_);
}

std::string ContentHash::finish() {
  if (auto* sha256 = std::get_if<Sha256>(&hash_)) return hex(sha256->finish());
  return std::get<Sha1>(hash_).finish();
}

}  // namespace proctor::harness::hub
