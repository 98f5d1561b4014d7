// Hashes that are the same on every machine, since the points at which answers are compared are
// drawn from them.
#pragma once

#include <cstdint>
#include <string_view>

namespace proctor::graders::math {

// The finaliser of splitmix64 (Steele, Lea and Flood 2014).
inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

inline std::uint64_t combined(std::uint64_t seed, std::uint64_t value) {
  return mixed(seed * 31 + value);
}

inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = text.size();
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mixed(hash);
}

}  // namespace proctor::graders::math
