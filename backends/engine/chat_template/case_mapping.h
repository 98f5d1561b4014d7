// Upper and lower case of text as Python has them, for letters that come in simple pairs, which is
// all but some 200 of Unicode 14.
//
// Where one of the others would have to be mapped (the ligature fi, Greek with iota below, the end
// of a Greek word in capitals) the answer is an error, never a guess.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::engine {

enum class Case { lower, upper };

// str.lower() and str.upper(). Errors: invalid_input, for the letters above.
Result<std::string> to_case(std::string_view text, Case wanted);

// str.islower() and str.isupper(): there are cased letters, all of that case. Errors: as above.
Result<bool> is_all_of_case(std::string_view text, Case wanted);

// str.capitalize(): the first character in upper case, the others in lower case. Errors: as above.
Result<std::string> capitalize(std::string_view text);

// str.title(): every cased letter that follows another in lower case, the others in upper case.
// Errors: as above.
Result<std::string> title(std::string_view text);

}  // namespace proctor::engine
