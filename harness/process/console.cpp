#include "harness/process/console.h"

#include <cstdio>

namespace proctor::harness {

void say(std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stderr); }

void print_result(std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stdout); }

void flush_results() { (void)std::fflush(stdout); }

bool written_whole() {
  // A flush after a failed one has nothing left to write and succeeds; only ferror remembers.
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

}  // namespace proctor::harness
