// Requests out: the path and the JSON body that ask a service for one reply. Pure functions.
#pragma once

#include <string>

#include "backends/remote/provider.h"

namespace proctor::backends {

// Where this prompt goes, to be put after the base URL.
// Errors: invalid_input, for a prompt that the model cannot be given: raw text, or the beginning of
// a reply, where there is no way to say so.
Result<std::string> request_path(const RemoteModel& model, const Prompt& prompt);

// The body, for a prompt that has a path. Fields that the model does not take are left out. Seeds
// are cut to 31 bits, which every known server accepts; that two of a question's 64 repeats share
// one is then a matter of 1 in a million.
std::string request_body(const RemoteModel& model, const Request& request, bool stream);

}  // namespace proctor::backends
