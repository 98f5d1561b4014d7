// One fetch at a time of one thing, among all processes: flock(2), gone with its holder however
// that dies, and the lock that the hub's own tools take on the files of their cache.
#pragma once

#include <filesystem>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"
#include "harness/hub/client.h"

namespace proctor::harness::hub {

// Opens a folder, or a file, which is made if it is not there, and waits until nobody else has it
// locked; held until the descriptor closes. What it was waited for may be here then.
// Errors: io, disk_full; interrupted, by the client's stop token.
Result<FileDescriptor> take_fetch_lock(const std::filesystem::path& path, HubClient& client);

}  // namespace proctor::harness::hub
