#include "tests/support/temp_dir.h"

#include <stdlib.h>

#include <fstream>
#include <iterator>

#include "harness/core/check.h"

namespace proctor::support {

namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string pattern = (fs::temp_directory_path() / "proctor-test-XXXXXX").string();
  check(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TempDir::write(std::string_view name, std::string_view content) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << content;
  check(out.flush().good());
  return file;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  check(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

fs::path shared_data() {
  const fs::path data = fs::path(PROCTOR_SOURCE_DIR) / ".." / "shared" / "data";
  return fs::exists(data / "README.md") ? fs::canonical(data) : fs::path();
}

}  // namespace proctor::support
