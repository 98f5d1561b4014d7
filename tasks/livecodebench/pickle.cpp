#include "tasks/livecodebench/pickle.h"

#include <cstdint>
#include <optional>
#include <string>

namespace proctor::tasks::livecodebench {
namespace {

// By their names in pickletools.
enum Opcode : unsigned char {
  kProto = 0x80,
  kFrame = 0x95,
  kShortBinUnicode = 0x8c,
  kBinUnicode = 'X',
  kBinUnicode8 = 0x8d,
  kMemoize = 0x94,
  kBinPut = 'q',
  kStop = '.',
};

class Reader {
 public:
  explicit Reader(std::string_view pickle) : pickle_(pickle) {}

  Result<std::string_view> text() {
    if (Result<void> proto = protocol(); !proto) return proto.error();
    while (true) {
      begin_ = at_;
      const std::optional<std::uint64_t> opcode = number(1);
      if (!opcode) return bad("it ends without STOP");
      if (*opcode == kStop) return stop();
      if (const Result<void> done = instruction(static_cast<unsigned char>(*opcode)); !done) {
        return done.error();
      }
    }
  }

 private:
  Result<void> protocol() {
    if (number(1) != kProto) return bad("it does not begin with PROTO");
    const std::optional<std::uint64_t> version = number(1);
    if (!version || *version < 2 || *version > 5) return bad("a protocol other than 2 to 5");
    return {};
  }

  Result<void> instruction(unsigned char opcode) {
    switch (opcode) {
      case kFrame:  // only says how much may be read at once
        return skip(8);
      case kShortBinUnicode:
        return push(1);
      case kBinUnicode:
        return push(4);
      case kBinUnicode8:
        return push(8);
      case kMemoize:
        return remember(0);
      case kBinPut:
        return remember(1);
      default:
        return bad("an instruction that no text needs");
    }
  }

  // `bytes` bytes, little endian, or nothing if there are fewer.
  std::optional<std::uint64_t> number(std::size_t bytes) {
    if (pickle_.size() - at_ < bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(pickle_[at_ + i]);
    }
    at_ += bytes;
    return value;
  }

  Result<void> skip(std::size_t bytes) {
    if (pickle_.size() - at_ < bytes) return bad("cut in the middle");
    at_ += bytes;
    return {};
  }

  Result<void> push(std::size_t length_bytes) {
    if (text_) return bad("a second text");
    const std::optional<std::uint64_t> length = number(length_bytes);
    if (!length || *length > pickle_.size() - at_) return bad("cut in the middle");
    text_ = pickle_.substr(at_, static_cast<std::size_t>(*length));
    at_ += text_->size();
    return {};
  }

  Result<void> remember(std::size_t index_bytes) {
    if (!text_) return bad("it remembers a text before there is one");
    return skip(index_bytes);
  }

  Result<std::string_view> stop() const {
    if (!text_) return bad("it holds no text");
    if (at_ != pickle_.size()) return bad("something follows STOP");
    return *text_;
  }

  Error bad(std::string_view what) const {
    return Error(ErrorCode::invalid_input,
                 "not a pickled text: byte " + std::to_string(begin_) + ": " + std::string(what));
  }

  std::string_view pickle_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of the instruction being read
  std::optional<std::string_view> text_;
};

}  // namespace

Result<std::string_view> text_in_pickle(std::string_view pickle) { return Reader(pickle).text(); }

}  // namespace proctor::tasks::livecodebench
