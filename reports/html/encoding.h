// How texts and data lie in a page. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace proctor::reports::html {

// RFC 4648, section 4, padded.
std::string base64(std::string_view bytes);

// zlib's format (RFC 1950), which browsers unpack as "deflate". It ends in a checksum.
std::string deflate(std::string_view bytes);

// What a block of a page holds: base64 of deflated. Nothing in it can be taken for markup.
std::string packed(std::string_view json);

// The text with what HTML gives a meaning to as character references; for content and for
// attributes in double quotes.
std::string escaped(std::string_view text);

}  // namespace proctor::reports::html
