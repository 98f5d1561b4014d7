#include "harness/process/exit_code.h"

#include <fmt/core.h>

#include "harness/process/console.h"

namespace proctor::harness {

ExitCode exit_code_for(const Error& error) {
  switch (error.code()) {
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
    case ErrorCode::refused:
      return kBadUsage;
    case ErrorCode::interrupted:
      return kInterrupted;
    case ErrorCode::unavailable:
    case ErrorCode::io:
    case ErrorCode::disk_full:
    case ErrorCode::corrupt:
    case ErrorCode::busy:
    case ErrorCode::transport:
      return kCannot;
  }
  return kCannot;
}

ExitCode fail(const Error& error) {
  say(fmt::format("proctor: error: {}\n", error.message()));
  return exit_code_for(error);
}

}  // namespace proctor::harness
