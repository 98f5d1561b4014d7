// What the program says. Nothing here throws: fmt::print does when a write falls short, and a full
// disk or a reader that left must not end a run. Thread-safe; each call's text stays in one piece.
#pragma once

#include <string_view>

namespace proctor::harness {

// To stderr: progress, warnings, errors. If it cannot be written, nobody is listening.
void say(std::string_view text);

// To stdout: results. A failed write marks the stream; written_whole() tells, once, at the end.
void print_result(std::string_view text);

// Shows what was printed so far, for results that come bit by bit.
void flush_results();

// Flushes stdout. Whether everything that was printed to it has been written.
bool written_whole();

}  // namespace proctor::harness
