// One writer a store, by whatever name it is called.
#include "reports/file_lock.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace proctor::reports {
namespace {

namespace fs = std::filesystem;
using support::TempDir;

TEST_CASE("a lock is held until its holder is gone") {
  const TempDir dir;
  {
    const Result<FileLock> held = FileLock::take(dir / "store.db");
    REQUIRE(held);
    const Result<FileLock> second = FileLock::take(dir / "store.db");
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == ErrorCode::busy);
    CHECK(FileLock::take(dir / "other.db"));
  }
  CHECK(FileLock::take(dir / "store.db"));
}

TEST_CASE("all names of a store share one lock, be it there already or not") {
  const TempDir dir;
  fs::create_directory(dir / "deep");
  fs::create_symlink("deep/store.db", dir / "link.db");
  fs::create_symlink("link.db", dir / "link_to_link.db");
  fs::create_directory_symlink("deep", dir / "folder");
  for (const bool exists : {false, true}) {
    CAPTURE(exists);
    if (exists) dir.write("deep/store.db", "");
    for (const char* name : {"link.db", "link_to_link.db", "folder/store.db", "deep/../link.db"}) {
      CAPTURE(name);
      const Result<FileLock> held = FileLock::take(dir / name);
      REQUIRE(held);
      CHECK(fs::exists(dir / "deep/store.db.lock"));
      const Result<FileLock> second = FileLock::take(dir / "deep/store.db");
      REQUIRE_FALSE(second);
      CHECK(second.error().code() == ErrorCode::busy);
    }
  }
}

TEST_CASE("links that go round in a circle are an io error") {
  const TempDir dir;
  fs::create_symlink("circle", dir / "circle");
  const Result<FileLock> lock = FileLock::take(dir / "circle");
  REQUIRE_FALSE(lock);
  CHECK(lock.error().code() == ErrorCode::io);
}

}  // namespace
}  // namespace proctor::reports
