#include "graders/code/compiler.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "graders/code/excerpt.h"
#include "graders/code/python_text.h"
#include "harness/core/sha256.h"

namespace proctor::graders::code {
namespace {

namespace fs = std::filesystem;
using sandbox::BoxFile;
using sandbox::ProgramRun;

constexpr std::uint64_t kMostProgramBytes = 1ULL << 30;
constexpr std::string_view kHeader = "bits/stdc++.h";
constexpr const char* kHeadersInBox = "/shared/";
constexpr const char* kOutput = "program";

// Of section 3.3: a compile bomb ends here and is the program's fault. Twice the reference's
// processor time, for machines that are slow or busy.
sandbox::Limits compiler_limits() {
  sandbox::Limits limits;
  limits.cpu = std::chrono::seconds(20);
  limits.wall = std::chrono::seconds(60);
  limits.memory = 2ULL << 30;
  limits.disk = 256ULL << 20;
  return limits;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += text + '\n';
  return all;
}

// Of everything that a compilation depends on, with lengths so that no two lists look the same.
std::string key_of(const std::vector<std::string>& parts) {
  Sha256 hash;
  for (const std::string& part : parts) {
    hash.update(std::to_string(part.size()) + ":").update(part);
  }
  return hex(hash.finish());
}

std::string first_lines(std::string_view text) {
  constexpr std::size_t kLines = 12;
  constexpr std::size_t kBytes = 2000;
  std::string lines;
  std::size_t count = 0;
  for (const std::string_view line : split_lines(strip(text))) {
    if (count++ == kLines) break;
    lines.append(line).push_back('\n');
  }
  return shortened(strip(lines), kBytes);
}

// Why the compiler made nothing.
std::string complaint_of(const ProgramRun& run) {
  using sandbox::Ending;
  const std::string said = first_lines(run.error_output);
  const std::string after = said.empty() ? "" : ": " + said;
  switch (run.ending) {
    case Ending::output_limit:
      return said;
    case Ending::memory_limit:
      return "the compiler used too much memory" + after;
    case Ending::cpu_limit:
    case Ending::wall_limit:
      return "the compiler used too much time" + after;
    case Ending::signalled:
      return "the compiler died of signal " + std::to_string(run.signal) + after;
    case Ending::exited:
      break;
  }
  return said.empty() ? "the compiler made no program" : said;
}

// Header folders of compilers that are gone would stay forever: all but the newest are removed.
void remove_old_folders(const fs::path& headers) {
  constexpr std::size_t kKept = 4;  // two versions of the compiler, with two standards each
  std::vector<std::pair<fs::file_time_type, fs::path>> folders;
  std::error_code error;
  for (fs::directory_iterator it(headers, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const auto made = it->last_write_time(gone);
    if (!gone) folders.emplace_back(made, it->path());
  }
  std::sort(folders.begin(), folders.end());
  for (std::size_t i = 0; i + kKept < folders.size(); ++i) fs::remove_all(folders[i].second, error);
}

// For everyone, as the compiler in its box is nobody in particular, whatever our umask.
void make_readable(const fs::path& path) {
  using fs::perms;
  perms readable = perms::owner_read | perms::group_read | perms::others_read;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    readable |= perms::owner_exec | perms::group_exec | perms::others_exec;
  }
  fs::permissions(path, readable, fs::perm_options::add, ignored);
}

bool succeeded(const ProgramRun& run) {
  return run.ending == sandbox::Ending::exited && run.exit_code == 0 && run.files.size() == 1 &&
         run.files[0].has_value();
}

}  // namespace

class Compiler::Turn {
 public:
  Turn(Compiler& compiler, std::string key) : compiler_(compiler), key_(std::move(key)) {
    std::unique_lock lock(compiler_.mutex_);
    compiler_.done_.wait(lock, [this] { return !compiler_.in_work_.contains(key_); });
    compiler_.in_work_.insert(key_);
  }
  ~Turn() {
    const std::lock_guard lock(compiler_.mutex_);
    compiler_.in_work_.erase(key_);
    compiler_.done_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Compiler& compiler_;
  const std::string key_;
};

Compiler::Compiler(sandbox::Sandbox& sandbox, CompilerFolders folders)
    : sandbox_(sandbox),
      folders_(std::move(folders)),
      programs_(folders_.programs, kMostProgramBytes) {
  if (!folders_.headers.empty()) make_readable(folders_.headers);
}

Result<Compiled> Compiler::compile(const Language& language, const std::string& code,
                                   const std::vector<BoxFile>& files) {
  const Result<std::string> version = version_of(language);
  if (!version) return version.error();
  std::vector<std::string> parts = {*version, joined(language.flags), code};
  for (const BoxFile& file : files) parts.insert(parts.end(), {file.name, file.content});
  const std::string key = key_of(parts);

  const Turn turn(*this, key);
  if (std::optional<std::string> known = programs_.load(key)) {
    return Compiled{std::make_shared<const std::string>(std::move(*known)), {}};
  }
  const auto run_with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {std::string(language.source), "-o", kOutput, "-lm"});
    std::vector<BoxFile> sources = files;
    sources.push_back({std::string(language.source), code, false});
    return run_compiler(language, std::move(arguments), std::move(sources), kOutput);
  };
  std::optional<std::string> headers;
  if (code.find(kHeader) != std::string::npos) headers = header_folder(language, *version);
  Result<ProgramRun> run =
      run_with(headers ? std::vector<std::string>{"-I" + *headers} : std::vector<std::string>{});
  // No complaint may be about a header of ours, so the last word is without it.
  if (headers && run && !succeeded(*run)) run = run_with({});
  if (!run) return run.error().within("compiler");
  if (!succeeded(*run)) return Compiled{nullptr, complaint_of(*run)};
  programs_.save(key, *run->files[0]);
  return Compiled{std::make_shared<const std::string>(std::move(*run->files[0])), {}};
}

Result<std::string> Compiler::version_of(const Language& language) {
  const std::string tool(language.tool);
  const Turn turn(*this, tool);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = versions_.find(tool); known != versions_.end()) return known->second;
  }
  sandbox::Program program;
  program.arguments = {tool, "--version"};
  program.root = sandbox::Root::compiler;
  const Result<ProgramRun> run = sandbox_.run(program, compiler_limits());
  if (!run) return run.error().within(tool);
  if (run->ending != sandbox::Ending::exited || run->exit_code != 0) {
    return Error(ErrorCode::unavailable, tool + " does not run: " + complaint_of(*run));
  }
  const std::lock_guard lock(mutex_);
  return versions_[tool] = run->output;
}

std::optional<std::string> Compiler::header_folder(const Language& language,
                                                   const std::string& version) {
  if (folders_.headers.empty()) return std::nullopt;
  const std::string key = key_of({version, joined(language.flags), std::string(kHeader)});
  const Turn turn(*this, key);
  const fs::path file = folders_.headers / key / (std::string(kHeader) + ".gch");
  const std::string in_box = kHeadersInBox + key;
  std::error_code ignored;
  if (fs::exists(file, ignored)) return in_box;
  {
    const std::lock_guard lock(mutex_);
    if (failed_headers_.contains(key)) return std::nullopt;
  }
  // The name of what is compiled does not matter: g++ finds the result by where it lies.
  const std::string include = "#include <" + std::string(kHeader) + ">\n";
  const Result<ProgramRun> run =
      run_compiler(language, {"-x", "c++-header", "header.h", "-o", "header.gch"},
                   {{"header.h", include, false}}, "header.gch");
  if (run && succeeded(*run) && write_atomically(file, *run->files[0])) {
    for (fs::path path = file; path != folders_.headers; path = path.parent_path()) {
      make_readable(path);
    }
    remove_old_folders(folders_.headers);
    return in_box;
  }
  const std::lock_guard lock(mutex_);
  failed_headers_.insert(key);
  return std::nullopt;
}

Result<ProgramRun> Compiler::run_compiler(const Language& language,
                                          std::vector<std::string> arguments,
                                          std::vector<BoxFile> files, const std::string& output) {
  sandbox::Program program;
  program.arguments.push_back(std::string(language.tool));
  program.arguments.insert(program.arguments.end(), language.flags.begin(), language.flags.end());
  program.arguments.insert(program.arguments.end(), std::make_move_iterator(arguments.begin()),
                           std::make_move_iterator(arguments.end()));
  program.root = sandbox::Root::compiler;
  program.files = std::move(files);
  program.outputs = {output};
  return sandbox_.run(program, compiler_limits());
}

}  // namespace proctor::graders::code
