// How much of the host's memory there is for the engine to take.
#pragma once

#include <cstddef>
#include <filesystem>

namespace proctor::engine {

// In bytes: what programs can have without pushing others out (proc(5)), but no more than what the
// container that this one runs in may have in all (cgroups(7), either version); 0 if the system
// does not say. `root` is where its files are.
std::size_t free_memory(const std::filesystem::path& root = "/");

}  // namespace proctor::engine
