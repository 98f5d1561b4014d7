// How `run` and `resume` send their requests, on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

#include "backends/backend.h"
#include "harness/run/flags.h"

namespace proctor::harness::run {

// Flags about how requests are sent; they change nothing about what a run is.
void add_sending_flags(CLI::App& verb, RunFlags& flags);

// How requests are sent when a run is resumed: as before, but for the flags given now. What the
// built-in engine may use is a matter of today's machine.
backends::BackendOptions resumed_options(const backends::BackendOptions& stored,
                                         std::string_view model, const RunFlags& flags,
                                         const CLI::App& verb);

}  // namespace proctor::harness::run
