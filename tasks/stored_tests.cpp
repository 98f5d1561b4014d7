#include "tasks/stored_tests.h"

#include <zstd.h>

#include "harness/core/sha256.h"
#include "harness/core/whole_file.h"
#include "tasks/files.h"
#include "tasks/importer.h"

namespace proctor::tasks {
namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 3;  // of zstd: tests are written once and read often
// Twice what an import lets through; more in a file is damage.
constexpr unsigned long long kMostTestsBytes = 2ULL << 30;

std::string compressed(std::string_view text) {
  std::string frame;
  frame.resize(ZSTD_compressBound(text.size()));
  const std::size_t size =
      ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), kLevel);
  check(ZSTD_isError(size) == 0);  // only for want of room or memory
  frame.resize(size);
  return frame;
}

Result<std::string> decompressed(std::string_view frame) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  // The two ways in which zstd says that it does not know lie above the limit.
  if (size > kMostTestsBytes) return Error(ErrorCode::corrupt, "not a file of tests");
  std::string text;
  text.resize(static_cast<std::size_t>(size));
  const std::size_t got = ZSTD_decompress(text.data(), text.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != text.size()) {
    return Error(ErrorCode::corrupt, "damaged tests");
  }
  return text;
}

// The tests of a question that is part of the program.
Result<std::string> embedded_tests(const Benchmark& benchmark, const Question& question) {
  const NamedText rows{std::string(benchmark.task.name), *benchmark.embedded};
  RowReader reader(rows);
  std::string found;
  const KeepTests keep = [&](const std::string& sha256, std::string_view tests) -> Result<void> {
    if (sha256 == question.gold) found = tests;
    return {};
  };
  const Result<Dataset> dataset = parse_rows(benchmark, std::span(&reader, 1), keep);
  if (!dataset) return dataset.error();
  if (!found.empty()) return found;
  return Error(ErrorCode::not_found, std::string(benchmark.task.name) + ": question " +
                                         question.id + ": its tests are not those of this proctor");
}

}  // namespace

fs::path tests_path(const fs::path& dir, std::string_view task, std::string_view sha256) {
  return dir / task / "tests" / (std::string(sha256) + ".json.zst");
}

Result<void> save_tests(const fs::path& dir, std::string_view task, std::string_view sha256,
                        std::string_view tests) {
  if (load_saved_tests(dir, task, sha256)) return {};
  return replace_file(tests_path(dir, task, sha256), compressed(tests));
}

Result<std::string> load_saved_tests(const fs::path& dir, std::string_view task,
                                     std::string_view sha256) {
  const fs::path path = tests_path(dir, task, sha256);
  const Result<std::string> frame = read_whole_file(path);
  if (!frame) return frame.error();
  Result<std::string> tests = decompressed(*frame);
  if (!tests) return tests.error().within(path.string());
  if (sha256_hex(*tests) == sha256) return tests;
  return Error(ErrorCode::corrupt, "the tests do not have the hash that names them")
      .within(path.string());
}

Result<std::string> load_tests(const fs::path& dir, const Task& task, const Question& question) {
  const Benchmark& benchmark = benchmark_of(task);
  const std::string name(task.name);
  if (benchmark.tests == nullptr) {
    return Error(ErrorCode::invalid_input, name + ": its questions are not answered by programs");
  }
  // What a store says may be damaged, and this becomes the name of a file.
  if (!benchmark.normal_answer(question.gold)) {
    return Error(ErrorCode::corrupt, name + ": question " + question.id + ": no hash of tests");
  }
  if (benchmark.embedded != nullptr) return embedded_tests(benchmark, question);
  Result<std::string> tests = load_saved_tests(dir, task.name, question.gold);
  if (tests || tests.error().code() != ErrorCode::not_found) return tests;
  return Error(ErrorCode::not_found,
               name + ": question " + question.id + ": no tests in " + dir.string() +
                   "; import them with: proctor data import FILE --task " + name);
}

Result<void> verify_tests(const fs::path& dir, const Task& task, const Dataset& dataset) {
  if (benchmark_of(task).tests == nullptr) return {};
  for (const Question& question : dataset.questions) {
    if (const Result<std::string> tests = load_tests(dir, task, question); !tests) {
      return tests.error();
    }
  }
  return {};
}

}  // namespace proctor::tasks
