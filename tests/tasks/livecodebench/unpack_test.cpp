// Base64, zlib and pickle: what upstream's packing is made of, and what is refused.
#include <doctest/doctest.h>

#include "tasks/livecodebench/base64.h"
#include "tasks/livecodebench/inflate.h"
#include "tasks/livecodebench/pickle.h"
#include "tests/tasks/livecodebench/rows.h"

namespace proctor::tasks::livecodebench {
namespace {

using support::deflate;
using support::pickle;
using namespace std::string_literals;

constexpr std::size_t kMost = 1U << 20;

std::string message_of(const auto& result) { return result ? "" : result.error().message(); }

}  // namespace

TEST_CASE("base64 is read as RFC 4648 spells it") {
  struct Row {
    std::string_view text;
    std::string_view bytes;
  };
  // The test vectors of its section 10, and all six bits of each place.
  const Row kRows[] = {
      {"", ""},
      {"Zg==", "f"},
      {"Zm8=", "fo"},
      {"Zm9v", "foo"},
      {"Zm9vYg==", "foob"},
      {"Zm9vYmE=", "fooba"},
      {"Zm9vYmFy", "foobar"},
      {"////", "\xFF\xFF\xFF"},
      {"++//", "\xFB\xEF\xFF"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const Result<std::string> bytes = decode_base64(row.text);
    REQUIRE(bytes);
    CHECK(*bytes == row.bytes);
    CHECK(support::base64(row.bytes) == row.text);
  }
}

TEST_CASE("base64 that is cut or spelt otherwise is refused with its column") {
  struct Row {
    std::string_view text;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"Z", "not base64: column 2: the text ends within a group of four"},
      {"Zm9vYg=", "not base64: column 8: the text ends within a group of four"},
      {"Zm9vY-==", "not base64: column 6: a character outside its alphabet"},
      {"Zm9v\nYg=", "not base64: column 5: a character outside its alphabet"},
      {"Zg=v", "not base64: column 3: a character outside its alphabet"},
      {"Z===", "not base64: column 2: a character outside its alphabet"},
      {"Zh==", "not base64: column 2: bits left over"},
      {"Zm9=", "not base64: column 3: bits left over"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(message_of(decode_base64(row.text)) == row.message);
  }
}

TEST_CASE("a zlib stream is unpacked to its last byte and to the limit and no further") {
  for (const std::size_t size : {0UL, 1UL, 65'535UL, 65'536UL, 65'537UL, 400'000UL}) {
    CAPTURE(size);
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>(i % 251);
    const std::string packed = deflate(text);
    const Result<std::string> unpacked = inflate(packed, size);
    CHECK(message_of(unpacked) == "");
    REQUIRE(unpacked);
    CHECK(*unpacked == text);
    if (size == 0) continue;
    CHECK(message_of(inflate(packed, size - 1)) ==
          "unpacks to more than the limit of " + std::to_string(size - 1) + " bytes");
  }
}

TEST_CASE("a kilobyte that holds a megabyte of zeros meets the limit") {
  const std::string bomb = deflate(std::string(kMost, '\0'));
  CHECK(bomb.size() < 2'000);
  CHECK(inflate(bomb, kMost));
  CHECK(message_of(inflate(bomb, 100'000)) == "unpacks to more than the limit of 100000 bytes");
}

TEST_CASE("a zlib stream that is cut or followed or flipped is refused") {
  const std::string packed = deflate("three tests, four tests, five tests");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    CAPTURE(size);
    CHECK(message_of(inflate(packed.substr(0, size), kMost)) ==
          "not a zlib stream: it ends too early");
  }
  CHECK(message_of(inflate(packed + "x", kMost)) == "not a zlib stream: something follows it");
  for (std::size_t at = 0; at < packed.size(); ++at) {
    CAPTURE(at);
    std::string flipped = packed;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    CHECK(!inflate(flipped, kMost));
  }
  CHECK(message_of(inflate("[{}]", kMost)).starts_with("not a zlib stream: "));
}

TEST_CASE("a pickled text is read in every protocol and every length of it") {
  for (int protocol = 2; protocol <= 5; ++protocol) {
    for (const std::size_t characters :
         {0UL, 1UL, 127UL, 128UL, 255UL, 256UL, 40'000UL, 200'000UL}) {
      CAPTURE(protocol);
      CAPTURE(characters);
      std::string text;
      for (std::size_t i = 0; i < characters; ++i) text += "\xC3\xA9";
      const std::string bytes = pickle(text, protocol);
      const Result<std::string_view> read = text_in_pickle(bytes);
      CHECK(message_of(read) == "");
      REQUIRE(read);
      CHECK((*read == text));  // not shown where they differ: too long
    }
  }
}

TEST_CASE("pickles as CPython wrote them are read") {
  // python3 -c 'import pickle; print(pickle.dumps("[1]", PROTOCOL))'
  const std::string four = "\x80\x04\x95\x07\0\0\0\0\0\0\0\x8c\x03[1]\x94."s;
  const std::string five = "\x80\x05\x95\x07\0\0\0\0\0\0\0\x8c\x03[1]\x94."s;
  const std::string two = "\x80\x02X\x03\0\0\0[1]q\0."s;
  // The opcode for texts of over 4 GiB, with a short one.
  const std::string eight = "\x80\x04\x8d\x03\0\0\0\0\0\0\0[1]\x94."s;
  for (const std::string& bytes : {two, four, five, eight}) {
    const Result<std::string_view> read = text_in_pickle(bytes);
    CHECK(message_of(read) == "");
    REQUIRE(read);
    CHECK(*read == "[1]");
  }
}

TEST_CASE("a pickle that holds anything but one text is refused at its byte") {
  struct Row {
    std::string bytes;
    const char* message;
  };
  const Row kRows[] = {
      {"", "byte 0: it does not begin with PROTO"},
      {"X\x01\0\0\0a."s, "byte 0: it does not begin with PROTO"},
      {"\x80", "byte 0: a protocol other than 2 to 5"},
      {"\x80\x01X\x01\0\0\0a."s, "byte 0: a protocol other than 2 to 5"},
      {"\x80\x06X\x01\0\0\0a."s, "byte 0: a protocol other than 2 to 5"},
      {"\x80\x04", "byte 2: it ends without STOP"},
      {"\x80\x04.", "byte 2: it holds no text"},
      {"\x80\x04X\x01\0\0\0a"s, "byte 8: it ends without STOP"},
      {"\x80\x04X\x02\0\0\0a"s, "byte 2: cut in the middle"},
      {"\x80\x04X\xFF\xFF\xFF\xFF"
       "a.",
       "byte 2: cut in the middle"},
      {"\x80\x04\x8d\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
       "a.",
       "byte 2: cut in the middle"},
      {"\x80\x04\x95\x01\0\0"s, "byte 2: cut in the middle"},
      {"\x80\x04X\x01\0\0\0aq"s, "byte 8: cut in the middle"},
      {"\x80\x04\x94.", "byte 2: it remembers a text before there is one"},
      {"\x80\x04X\x01\0\0\0aX\x01\0\0\0b."s, "byte 8: a second text"},
      {"\x80\x04X\x01\0\0\0a.."s, "byte 8: something follows STOP"},
      {"\x80\x04X\x01\0\0\0a\x80\x04."s, "byte 8: an instruction that no text needs"},
      // An integer, bytes, a list, a tuple.
      {"\x80\x04K\x01.", "byte 2: an instruction that no text needs"},
      {"\x80\x04"
       "C\x01"
       "a.",
       "byte 2: an instruction that no text needs"},
      {"\x80\x04].", "byte 2: an instruction that no text needs"},
      {"\x80\x04).", "byte 2: an instruction that no text needs"},
      // os.system("true"), as a pickle of protocol 2 and as one of protocol 4.
      {"\x80\x02"
       "cos\nsystem\nX\x04\0\0\0true\x85R."s,
       "byte 2: an instruction that no text needs"},
      {"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.", "byte 6: a second text"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.message);
    CHECK(message_of(text_in_pickle(row.bytes)) ==
          "not a pickled text: " + std::string(row.message));
  }
}

TEST_CASE("a pickle cut anywhere is refused and no byte beyond it is read") {
  for (int protocol = 2; protocol <= 5; ++protocol) {
    const std::string bytes = pickle("some text of a test", protocol);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      // A copy of just that size, so that a sanitizer sees what reads past its end.
      const std::string cut = bytes.substr(0, size);
      CHECK(!text_in_pickle(cut));
    }
  }
}

}  // namespace proctor::tasks::livecodebench
