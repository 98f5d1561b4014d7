#include "tasks/livecodebench/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "harness/core/check.h"

namespace proctor::tasks::livecodebench {
namespace {

constexpr std::size_t kFirstBytes = 1U << 16;

class Inflater {
 public:
  Inflater() { check(inflateInit(&stream_) == Z_OK); }  // fails only for want of memory
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

// zlib counts in 32 bits.
uInt clamped(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

Error bad_stream(std::string_view what) {
  return Error(ErrorCode::invalid_input, "not a zlib stream: " + std::string(what));
}

}  // namespace

Result<std::string> inflate(std::string_view packed, std::size_t most) {
  Inflater inflater;
  z_stream& stream = inflater.stream();
  std::string text;
  std::size_t filled = 0;
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      // zlib promises to leave its input alone, but its type does not say so.
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
      stream.avail_in = clamped(packed.size());
      packed.remove_prefix(stream.avail_in);
    }
    // One byte over the limit, to tell a result of just that size from a longer one.
    if (filled == text.size()) text.resize(std::min(std::max(2 * filled, kFirstBytes), most + 1));
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + filled);
    stream.avail_out = clamped(text.size() - filled);
    const std::size_t room = stream.avail_out;
    state = ::inflate(&stream, Z_NO_FLUSH);
    filled += room - stream.avail_out;
    if (filled > most) {
      return Error(ErrorCode::invalid_input,
                   "unpacks to more than the limit of " + std::to_string(most) + " bytes");
    }
    if (state == Z_BUF_ERROR ||
        (state == Z_OK && stream.avail_in == 0 && packed.empty() && stream.avail_out > 0)) {
      return bad_stream("it ends too early");
    }
    if (state == Z_MEM_ERROR) return Error(ErrorCode::unavailable, "no memory to unpack");
    if (state != Z_OK && state != Z_STREAM_END) {
      return bad_stream(stream.msg != nullptr ? stream.msg : "it wants a dictionary");
    }
  }
  if (stream.avail_in > 0 || !packed.empty()) return bad_stream("something follows it");
  text.resize(filled);
  return text;
}

}  // namespace proctor::tasks::livecodebench
