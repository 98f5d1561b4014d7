#include "reports/compress.h"

#include <zstd.h>

#include "harness/core/generation.h"

namespace proctor::reports {
namespace {

constexpr int kLevel = 3;

}  // namespace

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void Compressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

Compressor::Compressor() : encoder_(ZSTD_createCCtx()), decoder_(ZSTD_createDCtx()) {
  check(encoder_ != nullptr && decoder_ != nullptr);
  ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_checksumFlag, 1);
}

std::string_view Compressor::compress(std::string_view text) {
  const std::size_t bound = ZSTD_compressBound(text.size());
  if (frame_.size() < bound) frame_.resize(bound);
  const std::size_t size =
      ZSTD_compress2(encoder_.get(), frame_.data(), frame_.size(), text.data(), text.size());
  check(!ZSTD_isError(size));
  return {frame_.data(), size};
}

Result<std::string> Compressor::decompress(std::string_view frame) const {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
      size > kMostReplyBytes) {
    return Error(ErrorCode::corrupt, "no zstd frame header");
  }
  std::string text(size, '\0');
  const std::size_t written =
      ZSTD_decompressDCtx(decoder_.get(), text.data(), text.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) || written != size) {
    return Error(ErrorCode::corrupt,
                 ZSTD_isError(written) ? ZSTD_getErrorName(written) : "wrong length of text");
  }
  return text;
}

}  // namespace proctor::reports
