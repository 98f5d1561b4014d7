// Texts of the store: zstd frames with a checksum, so that a flipped byte is noticed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harness/core/result.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace proctor::reports {

// Keeps its working memory between calls. One thread at a time.
class Compressor {
 public:
  Compressor();

  // The frame for `text`; valid until the next call.
  std::string_view compress(std::string_view text);
  // The text of a frame. Errors: corrupt.
  Result<std::string> decompress(std::string_view frame) const;

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> encoder_;
  std::unique_ptr<ZSTD_DCtx_s, Free> decoder_;
  std::string frame_;
};

}  // namespace proctor::reports
