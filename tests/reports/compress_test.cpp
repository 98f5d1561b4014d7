#include "reports/compress.h"

#include <doctest/doctest.h>

#include <random>

using namespace proctor;
using namespace proctor::reports;

TEST_CASE("texts of every size survive compression") {
  Compressor compressor;
  std::mt19937 random(1);
  for (const std::size_t size : {0U, 1U, 10U, 1000U, 100'000U, 1'000'000U}) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random() % 60 + 32);
    const std::string frame(compressor.compress(text));
    const Result<std::string> back = compressor.decompress(frame);
    REQUIRE(back);
    CHECK(*back == text);
  }
}

TEST_CASE("no flipped bit and no cut of a frame goes unnoticed") {
  Compressor compressor;
  const std::string text = "The answer is \\boxed{42}, as one sees by adding 40 and 2.";
  const std::string frame(compressor.compress(text));
  for (std::size_t byte = 0; byte < frame.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = frame;
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
      const Result<std::string> back = compressor.decompress(damaged);
      CAPTURE(byte);
      // Some header bits are reserved or without effect; then the text must still be the same.
      CHECK((!back || *back == text));
    }
  }
  for (std::size_t size = 0; size < frame.size(); ++size) {
    CHECK_FALSE(compressor.decompress(std::string_view(frame).substr(0, size)));
  }
}
