// The hostile programs of the sandbox's tests, as functions of one static program: `attacker NAME`.
//
// Each tries one thing in earnest, says on stdout what it saw, and returns its exit code. What must
// be seen is in the tests (tests/sandbox/*_test.cpp).
#pragma once

#include <span>

namespace attacker {

struct Attack {
  const char* name;
  int (*run)();
};

std::span<const Attack> process_attacks();
std::span<const Attack> memory_attacks();
std::span<const Attack> file_attacks();
std::span<const Attack> kernel_attacks();

}  // namespace attacker
