// Units of measure by one name each.
#pragma once

#include <string>
#include <string_view>

namespace proctor::graders::math {

// The normal form of a unit as it was written: "square centimeters", "cm^2" and "cm²" (repaired)
// are "cm^2", "kilometers per hour" and "km/h" are "km/hour", "dollars" and "$" are "dollar". Words
// that name no unit are kept, in lower case: "apples" is "apple", "any text" is itself. Factors
// come before divisors: "kg*m/s^2" with s as "second".
std::string unit_normal_form(std::string_view written);

// Whether all words of a text are units: "km/h", "square feet", "m/s^2", but not "any text".
bool is_unit_expression(std::string_view written);

// Whether letters after a number, without \text, name a unit and not a product: "cm", "dollars",
// but not "m" or "ms".
bool is_plain_unit(std::string_view letters);

}  // namespace proctor::graders::math
