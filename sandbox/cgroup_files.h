// Reading and writing the small files of a control group through descriptors that stay open.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/file_descriptor.h"
#include "harness/core/result.h"

namespace proctor::sandbox {

// A relative `path` is one below the open `directory`.
Result<FileDescriptor> open_cgroup_file(const std::string& path, int flags,
                                        int directory = AT_FDCWD);

// Errors: unavailable, with `path` and the kernel's reason.
Result<void> write_cgroup_file(const FileDescriptor& file, std::string_view path,
                               std::string_view value);
Result<void> write_cgroup_file(const std::string& path, std::string_view value,
                               int directory = AT_FDCWD);

// The whole file as a number, or the number after `key` at the start of a line.
Result<std::uint64_t> read_cgroup_number(const FileDescriptor& file, std::string_view path,
                                         std::string_view key = {});

// What stands after each of the keys, in their order, all of one moment: of a file that the kernel
// takes long to write.
Result<std::vector<std::uint64_t>> read_cgroup_numbers(const FileDescriptor& file,
                                                       std::string_view path,
                                                       std::span<const std::string_view> keys);

}  // namespace proctor::sandbox
