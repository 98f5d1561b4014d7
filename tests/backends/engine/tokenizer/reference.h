// The meaning of splitting, merging and normalising, plain and slow, for comparison.
#pragma once

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace proctor::engine {

// The regular expression with its `max_digits`, matched by backtracking.
std::vector<std::string> reference_pieces(std::string_view text, std::size_t max_digits);

// Merging by rank, the whole piece looked over each time. The tokens as bytes.
std::vector<std::string> reference_merge(
    std::string_view piece, const std::map<std::pair<std::string, std::string>, int>& ranks);

// UAX #15 by its definitions, with no quick check and no search but a linear one.
std::string reference_nfc(std::string_view text);

std::u32string code_points(std::string_view text);

// A UTF-8 text of up to `longest` characters, from all that the rules treat differently.
std::string random_text(std::mt19937_64& random, std::size_t longest);

}  // namespace proctor::engine
