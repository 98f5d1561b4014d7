// A disk that fills up: a file system of its own size, in memory, unmounted when the test ends.
#pragma once

#include <doctest/doctest.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/temp_dir.h"

namespace proctor::support {

class SmallDisk {
 public:
  // Nothing if this user may not mount.
  static std::optional<SmallDisk> mounted(const char* size) {
    auto folder = std::make_unique<TempDir>();
    const std::string option = std::string("size=") + size;
    if (mount("tmpfs", folder->path().c_str(), "tmpfs", 0, option.c_str()) != 0) {
      return std::nullopt;
    }
    return SmallDisk(std::move(folder));
  }
  ~SmallDisk() {
    if (folder_) umount2(folder_->path().c_str(), MNT_DETACH);
  }
  SmallDisk(SmallDisk&&) noexcept = default;
  SmallDisk& operator=(SmallDisk&&) = delete;

  std::filesystem::path file(std::string_view name) const { return *folder_ / name; }
  void grow(const char* size) const {
    const std::string option = std::string("size=") + size;
    REQUIRE(mount("tmpfs", folder_->path().c_str(), "tmpfs", MS_REMOUNT, option.c_str()) == 0);
  }
  // Leaves no byte free.
  void fill() const {
    std::ofstream ballast(file("ballast"), std::ios::binary);
    const std::string block(4096, 'x');
    while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }

 private:
  explicit SmallDisk(std::unique_ptr<TempDir> folder) : folder_(std::move(folder)) {}

  std::unique_ptr<TempDir> folder_;
};

}  // namespace proctor::support
