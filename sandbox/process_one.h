// Process 1 of a cold run: makes the run's mounts, starts the program, waits for it, and takes the
// whole box with it when it ends. (That of warm runs is an interpreter: fork_server.h.)
//
// The program itself is never process 1, to which signals without a handler are not delivered
// (pid_namespaces(7)): SIGXCPU, for one. It needs no rights once the program runs, has none of its
// descriptors, and cannot be looked into.
#pragma once

#include <signal.h>

#include "sandbox/launch.h"

namespace proctor::sandbox {

// Sent to process 1 by the supervisor, it ends the program, and then the box as if by itself. Only
// signals from outside reach process 1.
constexpr int kEndSignal = SIGTERM;

// To be called by the new process 1. Tells `launch.status` all there is to tell.
[[noreturn]] void run_as_process_one(const Launch& launch);

}  // namespace proctor::sandbox
