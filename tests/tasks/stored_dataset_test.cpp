#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include "harness/core/sha256.h"
#include "tests/tasks/upstream_rows.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;
using support::lines;
using support::message_of;
using support::rows;
using support::TempDir;

Dataset dataset(std::string_view task, std::string (*row)(std::size_t)) {
  const TempDir dir;
  const Result<Dataset> set =
      support::parse(dir, task, lines(rows(row, support::task(task).questions)));
  REQUIRE(set);
  return *set;
}

Dataset aime() { return dataset("aime24", support::h4_row); }

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

// No file of this process may grow past `bytes` while this lives: a disk that fills up in the
// middle of a write.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(::signal(SIGXFSZ, SIG_IGN)) {
    check(::getrlimit(RLIMIT_FSIZE, &old_) == 0);
    const rlimit limit = {bytes, old_.rlim_max};
    check(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  sighandler_t old_handler_;
};

}  // namespace

TEST_CASE("what is saved is loaded again, all of it") {
  const TempDir dir;
  for (const Dataset& set : {aime(), dataset("aime25", support::opencompass_row),
                             dataset("math500", support::math500_row)}) {
    CAPTURE(set.task);
    REQUIRE(save_dataset(dir / "deep/er", set));
    const Result<Dataset> loaded = load_dataset(dir / "deep/er", support::task(set.task));
    CHECK(message_of(loaded, dir) == "");
    REQUIRE(loaded);
    CHECK(loaded->task == set.task);
    CHECK(loaded->hash == set.hash);
    CHECK(loaded->schema == set.schema);
    CHECK(loaded->source == set.source);
    CHECK(loaded->questions == set.questions);
  }
}

TEST_CASE("the stored form is a header and one canonical line a question") {
  const TempDir dir;
  const Dataset set = aime();
  REQUIRE(save_dataset(dir.path(), set));
  const std::string stored = support::read_file(dataset_path(dir.path(), "aime24"));
  const std::string header = stored.substr(0, stored.find('\n') + 1);
  CHECK(header ==
        R"({"proctor_dataset":1,"questions":30,"schema":"HuggingFaceH4/aime_2024","sha256":")" +
            set.hash + R"(","source":"rows.jsonl","task":"aime24"})" + "\n");
  const std::string questions = stored.substr(header.size());
  CHECK(questions.starts_with(R"({"attributes":{},"gold":"0","id":"60","text":"What is 0 plus 0?"})"
                              "\n"));
  CHECK(sha256_hex(questions) == set.hash);
  CHECK(names_in(dir.path()) == std::vector<std::string>{"aime24.jsonl"});
}

TEST_CASE("the hash of a set is pinned, so that stored runs stay comparable") {
  CHECK(aime().hash == "d34f656db58be7e9b6b42dca041a1cc74406b14e51106696f79772196cfcaca8");
  CHECK(dataset("math500", support::math500_row).hash ==
        "818c7a50039a7a603937a6374ec6faf06cc1754e435c71f83627cf500cccb1a5");
}

TEST_CASE("a set that was never imported names the command that imports it") {
  const TempDir dir;
  const Result<Dataset> set = load_dataset(dir / "data", support::task("aime24"));
  REQUIRE(!set);
  CHECK(set.error().code() == ErrorCode::not_found);
  CHECK(message_of(set, dir) ==
        "aime24: no questions in data; get them with: proctor data fetch aime24, or: proctor data "
        "import FILE --task aime24");
}

TEST_CASE("a write that fails halfway leaves the old set and nothing else") {
  const TempDir dir;
  REQUIRE(save_dataset(dir.path(), aime()));
  const fs::path file = dataset_path(dir.path(), "aime24");
  const std::string before = support::read_file(file);

  const Dataset other = dataset("aime24", support::maxwell_jia_row);
  Result<void> saved;
  {
    const FileSizeLimit limit(1000);
    saved = save_dataset(dir.path(), other);
  }
  REQUIRE(!saved);
  CHECK(saved.error().code() == ErrorCode::io);
  CHECK(saved.error().message() == file.string() + ": cannot write: File too large");
  CHECK(support::read_file(file) == before);
  CHECK(names_in(dir.path()) == std::vector<std::string>{"aime24.jsonl"});

  REQUIRE(save_dataset(dir.path(), other));
  CHECK(support::read_file(file) != before);
}

TEST_CASE("a first write that fails leaves no set at all") {
  const TempDir dir;
  const Dataset set = aime();
  Result<void> saved;
  {
    const FileSizeLimit limit(1000);
    saved = save_dataset(dir.path(), set);
  }
  REQUIRE(!saved);
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("a folder that cannot be one is an io error that names it") {
  const TempDir dir;
  const fs::path file = dir.write("file", "in the way");
  const Result<void> saved = save_dataset(file / "data", aime());
  REQUIRE(!saved);
  CHECK(saved.error().code() == ErrorCode::io);
  CHECK(saved.error().message().starts_with((file / "data").string() + ": cannot create"));

  const Result<Dataset> loaded = load_dataset(file, support::task("aime24"));
  REQUIRE(!loaded);
  CHECK(loaded.error().code() == ErrorCode::io);
}

}  // namespace proctor::tasks
