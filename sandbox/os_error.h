// errno as an Error: what a system call of the sandbox could not do.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace proctor::sandbox {

// "`what`: message of `error`". The machine cannot give a box: unavailable.
inline Error os_error(std::string_view what, int error = errno) {
  return Error(ErrorCode::unavailable, std::string(what) + ": " + std::strerror(error));
}

}  // namespace proctor::sandbox
