// Reads a Python pickle of one text and nothing else.
//
// A pickle is a program: the machine that runs it can build any object and call any function. One
// that holds a str needs eight of its instructions (CPython's Lib/pickletools.py describes them);
// everything else is refused unread.
#pragma once

#include <string_view>

#include "harness/core/result.h"

namespace proctor::tasks::livecodebench {

// The UTF-8 text within `pickle`, of which it is a part, as pickle.dumps(str) writes it in
// protocols 2 to 5. Whether it is valid UTF-8 is not looked at. Errors: invalid_input, with the
// offset of the instruction.
Result<std::string_view> text_in_pickle(std::string_view pickle);

}  // namespace proctor::tasks::livecodebench
