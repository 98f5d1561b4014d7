// One file from the hub to the disk: continued where it broke off, and checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "harness/hub/client.h"
#include "harness/hub/repository.h"

namespace proctor::harness::hub {

// How many bytes more, or with a negative number fewer, are here. Called on the downloading thread.
using OnBytes = std::function<void(std::int64_t bytes)>;

// Makes `partial` hold the file's bytes, safe on the disk, and leaves it to the caller to put it
// into its place. What an earlier attempt left there is continued. Bytes that turn out to be wrong
// are fetched once more from the beginning, and if they are wrong again removed.
// Errors: corrupt, naming both hashes or sizes; disk_full, io; those of HubClient::ask();
// refusal().
Result<void> download(HubClient& client, const Repository& repository, const RemoteFile& file,
                      const std::filesystem::path& partial, const OnBytes& on_bytes);

}  // namespace proctor::harness::hub
