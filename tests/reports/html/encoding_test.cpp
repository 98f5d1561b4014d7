#include "reports/html/encoding.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

namespace proctor::reports::html {
namespace {

std::string inflated(const std::string& bytes, std::size_t room) {
  std::string text(room, '\0');
  uLongf size = room;
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                     reinterpret_cast<const Bytef*>(bytes.data()),
                     static_cast<uLong>(bytes.size())) == Z_OK);
  text.resize(size);
  return text;
}

TEST_CASE("base64 is that of RFC 4648") {
  struct Row {
    std::string bytes;
    const char* text;
  };
  // The vectors of its section 10, and bytes above 127.
  const Row kRows[] = {{"", ""},
                       {"f", "Zg=="},
                       {"fo", "Zm8="},
                       {"foo", "Zm9v"},
                       {"foob", "Zm9vYg=="},
                       {"fooba", "Zm9vYmE="},
                       {"foobar", "Zm9vYmFy"},
                       {"\xff\xfe\xfd", "//79"},
                       {"\xfb\xf0", "+/A="}};
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CHECK(base64(row.bytes) == row.text);
  }
}

TEST_CASE("what was deflated inflates to the same bytes") {
  std::string long_text;
  for (int i = 0; i < 20'000; ++i) long_text += "line " + std::to_string(i * i) + "\n";
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(3, '\0'), long_text}) {
    const std::string packed_text = deflate(text);
    CHECK(inflated(packed_text, text.size() + 1) == text);
  }
  CHECK(deflate(long_text).size() < long_text.size() / 3);
}

TEST_CASE("packed text has no character that HTML gives a meaning to") {
  const std::string block = packed("</script><script>alert(1)</script> \xe2\x80\xa8 <!-- &amp;");
  CHECK_FALSE(block.empty());
  CHECK(block.find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
        std::string::npos);
}

TEST_CASE("escaped text is inert as content and as an attribute") {
  CHECK(escaped("<b a='1' c=\"2\">&") == "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;");
  CHECK(escaped("plain, süß") == "plain, süß");
}

}  // namespace
}  // namespace proctor::reports::html
