// Python's str over UTF-8: counted, cut, searched and stripped by code points. Pure functions; all
// take valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proctor::engine {

// Takes the first code point off `bytes`, which must not be empty.
char32_t take_code_point(std::string_view& bytes);
void append_code_point(std::string& bytes, char32_t code);
bool valid_utf8(std::string_view bytes);

std::size_t count_code_points(std::string_view bytes);
// Where the code point of that index starts in bytes; bytes.size() for the index past the last.
std::size_t offset_of(std::string_view bytes, std::size_t index);
// One string for each code point.
std::vector<std::string_view> characters(std::string_view bytes);

// str.isspace() of one code point, which is also what \s matches.
bool is_space(char32_t code);

enum class Side { left, right, both };

// str.strip(), lstrip() and rstrip(): of white space, or of the code points in `chars`.
std::string_view strip(std::string_view bytes, Side side,
                       std::optional<std::string_view> chars = std::nullopt);

// str.split() at white space; at most `limit` cuts, any number if negative.
std::vector<std::string_view> split_at_space(std::string_view bytes, std::int64_t limit);
std::vector<std::string_view> rsplit_at_space(std::string_view bytes, std::int64_t limit);
// str.split(separator), which must not be empty.
std::vector<std::string_view> split(std::string_view bytes, std::string_view separator,
                                    std::int64_t limit);
std::vector<std::string_view> rsplit(std::string_view bytes, std::string_view separator,
                                     std::int64_t limit);
// str.splitlines(): at all of Python's line ends.
std::vector<std::string_view> split_lines(std::string_view bytes, bool keep_ends);

// str.count(), of what must not be empty.
std::size_t count(std::string_view bytes, std::string_view what);
// str.replace(): at most `limit` times, everywhere if negative. An empty `what` is found before
// every code point and at the end.
std::string replace(std::string_view bytes, std::string_view what, std::string_view by,
                    std::int64_t limit);
// The size of what replace() would return.
std::size_t replaced_size(std::string_view bytes, std::string_view what, std::string_view by,
                          std::int64_t limit);

}  // namespace proctor::engine
