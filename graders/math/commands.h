// The step of the normal form (normal_form.h) that knows LaTeX's commands by name.
#pragma once

#include <string>
#include <string_view>

namespace proctor::graders {

// Whether the command of that name only says how its argument is set: text, mathrm, textbf...
bool is_text_wrapper(std::string_view name);

// The text with its commands rewritten by one table (synonyms to one name, layout to nothing), text
// wrappers taken away, and white space, $ and % dropped. A space stays between two numbers, and one
// is put where a command's name would run into the next letter. Linear time.
std::string with_rewritten_commands(std::string_view text);

}  // namespace proctor::graders
