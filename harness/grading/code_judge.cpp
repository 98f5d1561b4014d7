#include "harness/grading/code_judge.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include "graders/code/drivers.h"
#include "harness/process/environment.h"

namespace proctor::harness::grading {
namespace {

namespace fs = std::filesystem;

fs::path default_cache() {
  if (const auto cache = environment("XDG_CACHE_HOME"); cache && !cache->empty()) {
    return fs::path(*cache) / "proctor";
  }
  if (const auto home = environment("HOME"); home && !home->empty()) {
    return fs::path(*home) / ".cache" / "proctor";
  }
  return {};
}

// The folders that compilers use, made if need be; without a place to write, none.
graders::code::CompilerFolders compiler_folders(const fs::path& cache) {
  if (cache.empty()) return {};
  graders::code::CompilerFolders folders = {cache / "programs", cache / "headers"};
  for (const fs::path& folder : {folders.programs, folders.headers}) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return {};
  }
  return folders;
}

}  // namespace

Result<CodeJudge> make_code_judge(const CodeJudgeOptions& options) {
  const int processors = static_cast<int>(std::thread::hardware_concurrency());
  const int boxes = options.boxes > 0 ? options.boxes : std::max(1, processors);
  const graders::code::CompilerFolders folders =
      compiler_folders(options.cache.empty() ? default_cache() : options.cache);

  sandbox::SandboxOptions sandbox_options;
  sandbox_options.boxes = boxes;
  sandbox_options.require_full = options.require_full;
  sandbox_options.warm_python = options.warm_python;
  sandbox_options.warm_prefix = graders::code::driver_prefix();
  sandbox_options.shared_folder = folders.headers;
  Result<std::unique_ptr<sandbox::Sandbox>> sandbox = sandbox::make_sandbox(sandbox_options);
  if (!sandbox) return sandbox.error();

  CodeJudge made;
  made.sandbox = std::move(*sandbox);
  made.judge = std::make_unique<graders::code::Judge>(
      *made.sandbox, graders::code::JudgeOptions{.boxes = boxes, .folders = folders});
  return made;
}

std::string missing_layers(const sandbox::Sandbox& sandbox) {
  std::string missing;
  for (const sandbox::Layer& layer : sandbox.layers()) {
    if (layer.active || !layer.needed) continue;
    missing += (missing.empty() ? "" : ", ") + layer.name + " (" + layer.detail + ")";
  }
  return missing;
}

}  // namespace proctor::harness::grading
