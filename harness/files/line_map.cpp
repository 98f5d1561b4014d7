#include "harness/files/line_map.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "harness/files/input_file.h"
#include "harness/files/output_file.h"
#include "harness/process/exit_code.h"
#include "harness/process/interrupts.h"
#include "harness/process/worker_pool.h"

namespace proctor::harness {
namespace {

// Some lines on their way: read, then mapped.
struct Batch {
  std::size_t first_line = 0;
  std::vector<std::string> lines;
  std::string output;
  std::optional<Error> error;
};
using BatchPointer = std::unique_ptr<Batch>;

class LineReader {
 public:
  LineReader(std::FILE* file, const std::string& name) : file_(file), name_(name) {}
  ~LineReader() { std::free(buffer_); }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // The next lines, or a null pointer at the end. A failed read makes the last batch an error.
  BatchPointer next() {
    constexpr std::size_t kLines = 64;
    constexpr std::size_t kBytes = std::size_t{4} << 20;
    auto batch = std::make_unique<Batch>();
    batch->first_line = line_ + 1;
    for (std::size_t bytes = 0; bytes < kBytes && batch->lines.size() < kLines && !ended_;) {
      errno = 0;
      const ssize_t length = getline(&buffer_, &capacity_, file_);
      if (length < 0) {
        ended_ = true;
        if (std::ferror(file_) != 0) batch->error = file_error(name_, "cannot read");
        break;
      }
      bytes += static_cast<std::size_t>(length);
      batch->lines.emplace_back(buffer_, static_cast<std::size_t>(length));
      ++line_;
    }
    if (batch->lines.empty() && !batch->error) return nullptr;
    return batch;
  }

 private:
  std::FILE* file_;
  std::string name_;
  char* buffer_ = nullptr;  // getline's
  std::size_t capacity_ = 0;
  std::size_t line_ = 0;
  bool ended_ = false;
};

// Maps up to the first line that cannot be mapped, which becomes the batch's error.
void map_batch(const LineMap& map, const std::string& in_name, Batch& batch) {
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    if (is_blank(batch.lines[i])) continue;
    const Result<std::string> line = map(batch.lines[i]);
    if (!line) {
      batch.error = line.error().within(fmt::format("{}:{}", in_name, batch.first_line + i));
      return;
    }
    batch.output += *line;
  }
}

// Writes a mapped batch. Errors: what is wrong with it or with the writing.
Result<void> write_batch(const Batch& batch, std::FILE* out, const std::string& name) {
  const std::string& output = batch.output;
  if (std::fwrite(output.data(), 1, output.size(), out) != output.size()) {
    return file_error(name, "cannot write");
  }
  if (batch.error) return *batch.error;
  return {};
}

// Maps everything from `in` to `out`, in order. Stops at the first error, in the file's order.
Result<void> map_stream(const LineMap& map, std::FILE* in, const std::string& in_name,
                        std::FILE* out, const std::string& output_name) {
  WorkerPool pool;
  // A round is read, mapped on all workers, written: memory stays bounded, and reading and writing
  // are a small part of the time.
  const std::size_t round = 8 * pool.workers();
  LineReader reader(in, in_name);
  std::vector<BatchPointer> batches;
  do {
    batches.clear();
    while (batches.size() < round) {
      BatchPointer batch = reader.next();
      if (!batch) break;
      batches.push_back(std::move(batch));
    }
    pool.for_each(batches.size(), [&](std::size_t i) { map_batch(map, in_name, *batches[i]); });
    for (const BatchPointer& batch : batches) {
      const Result<void> written = write_batch(*batch, out, output_name);
      if (!written) return written;
    }
  } while (batches.size() == round);
  if (std::fflush(out) != 0) return file_error(output_name, "cannot write");
  return {};
}

Result<void> map_to_file(const LineMap& map, std::FILE* in, const std::string& in_name,
                         const std::string& path) {
  const Interrupts interrupts("stopping; no output is written");
  Result<OutputFile> out = OutputFile::create(path);
  if (!out) return out.error();
  // At once, from the thread that waits for signals: the reader may be waiting for its input.
  const std::stop_callback stop(interrupts.token(), [&] {
    out->discard();
    _exit(kInterrupted);
  });
  const Result<void> mapped = map_stream(map, in, in_name, out->stream(), path);
  return mapped ? out->keep() : mapped;
}

}  // namespace

Result<void> map_lines(const std::string& in, const std::string& out, const LineMap& map) {
  const Result<InputFile> file = open_input(in);
  if (!file) return file.error();
  if (out == "-") return map_stream(map, file->get(), input_name(in), stdout, "stdout");
  return map_to_file(map, file->get(), input_name(in), out);
}

}  // namespace proctor::harness
