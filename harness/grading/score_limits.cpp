#include "harness/grading/score_limits.h"

#include <cstddef>
#include <string>

#include "harness/core/sha256.h"

namespace proctor::harness::grading {

void limit_texts(Score& score) {
  constexpr std::size_t kMostBytes = 4096;
  for (std::string* text : {&score.extracted, &score.explanation}) {
    if (text->size() <= kMostBytes) continue;
    std::size_t end = kMostBytes;
    while (end > 0 && (static_cast<unsigned char>((*text)[end]) & 0xC0) == 0x80) --end;
    text->resize(end);
    *text += "…";
  }
  if (score.canonical.size() > kMostBytes)
    score.canonical = "sha256:" + sha256_hex(score.canonical);
}

}  // namespace proctor::harness::grading
