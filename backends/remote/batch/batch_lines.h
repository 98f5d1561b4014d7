// The lines of a batch's files, out and in. Pure functions. (OpenAI API reference, "Batch", and
// guide "Batch API"; vLLM, "Offline inference with the OpenAI batch file format"; Anthropic API
// reference, "Message Batches".)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backends/backend.h"
#include "backends/remote/provider.h"
#include "backends/remote/retry.h"

namespace proctor::backends {

// The name of a request within a batch: its task, question and repeat as far as they fit, for
// people, and 128 bits of a hash over them, the path and the body. At most 64 letters, digits,
// hyphens and underscores, which is what the services take. The same request has the same name in
// every process.
std::string custom_id_of(const Request& request, std::string_view path, std::string_view body);

// What became of one request.
struct BatchAnswer {
  std::string request{};              // its custom id
  std::optional<Generation> reply{};  // or else:
  Fault fault = Fault::transient;
  std::string reason{};
};

// A line of OpenAI's output and error files: {"custom_id", "response": {"status_code", "body"},
// "error"}. Errors: transport, if it is none.
Result<BatchAnswer> parse_output_line(std::string_view line);

// A line of Anthropic's results: {"custom_id", "result": {"type", "message" or "error"}}. Errors:
// likewise.
Result<BatchAnswer> parse_result_line(std::string_view line);

}  // namespace proctor::backends
