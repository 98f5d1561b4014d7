// Turns C and C++ sources into static programs, in the box: once for each source, and quicker where
// bits/stdc++.h has been compiled before.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graders/code/file_cache.h"
#include "graders/code/language.h"
#include "harness/core/result.h"
#include "sandbox/sandbox.h"

namespace proctor::graders::code {

struct CompilerFolders {
  std::filesystem::path programs;  // compiled programs are kept here, up to 1 GiB; empty: nowhere
  // Precompiled headers, about 100 MB for each compiler and set of flags. It must be the folder
  // that the sandbox was made with (SandboxOptions::shared_folder); empty: headers are compiled
  // each time.
  std::filesystem::path headers;
};

struct Compiled {
  std::shared_ptr<const std::string> program;  // null: the source is no program
  std::string complaint;                       // the compiler's first lines, or the limit it met
};

// Thread-safe. The sandbox must outlive it.
class Compiler {
 public:
  Compiler(sandbox::Sandbox& sandbox, CompilerFolders folders);

  // Compiles `code`, which may include `files` ("testlib.h"). Blocks for seconds. Two threads that
  // bring the same source share the work. Errors: unavailable, when there is no box or no compiler.
  Result<Compiled> compile(const Language& language, const std::string& code,
                           const std::vector<sandbox::BoxFile>& files = {});

 private:
  // Keeps others from making the same thing at the same time.
  class Turn;

  Result<std::string> version_of(const Language& language);
  // The header folder as the box sees it, "/shared/KEY"; nothing if it cannot be made.
  std::optional<std::string> header_folder(const Language& language, const std::string& version);
  Result<sandbox::ProgramRun> run_compiler(const Language& language,
                                           std::vector<std::string> arguments,
                                           std::vector<sandbox::BoxFile> files,
                                           const std::string& output);

  sandbox::Sandbox& sandbox_;
  const CompilerFolders folders_;
  const FileCache programs_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable done_;
  std::set<std::string> in_work_;
  std::map<std::string, std::string, std::less<>> versions_;  // by the compiler's path
  std::set<std::string> failed_headers_;                      // not tried again
};

}  // namespace proctor::graders::code
