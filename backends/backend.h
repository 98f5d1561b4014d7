// Who answers: requests in, generations out, through one narrow interface that a remote API, the
// built-in engine and a file of replies all fit.
//
// A backend pulls requests when it has room for them, so that it decides its own concurrency and a
// plan of a million samples needs no queue; it hands each reply over the moment it is complete.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/result.h"

namespace proctor::backends {

struct Request {
  std::int64_t ticket = 0;  // the caller's name for it; comes back with the reply
  std::string task;         // "aime24"
  std::string question_id;
  int repeat = 0;
  Prompt prompt;
  Sampling sampling;
  std::uint64_t seed = 0;
  // sampling.max_tokens bounds prompt and reply together, where the backend can count the prompt.
  bool limit_includes_prompt = false;
};

// Where requests come from. Called from the backend's thread only.
class RequestFeed {
 public:
  virtual ~RequestFeed() = default;
  // The next request, or nothing when there are no more. The samples of one question follow each
  // other, so that a server can share their prompt.
  virtual std::optional<Request> next() = 0;
};

// Where replies go. Called from the backend's thread only; may block to slow the backend down.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  // The request has left for the model.
  virtual void started(std::int64_t ticket) = 0;
  // Some text arrived; for progress displays. `tokens` is what this piece amounts to, roughly.
  virtual void streamed(std::int64_t ticket, int tokens) = 0;
  // An attempt failed and will be repeated.
  virtual void retried(std::int64_t ticket, const Error& why) = 0;
  // Something that the user should read: a server that is gone or back, samples that are stuck. One
  // or several lines, without the last newline.
  virtual void noticed(const std::string& text) = 0;
  // The reply, or why there is none after all attempts. Exactly once for each started request,
  // unless serve() was stopped, or ended with an error, first.
  virtual void finished(std::int64_t ticket, Result<Generation> reply, int attempts) = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  // Who answers, wherever it is reached: protocol and model name, hash of the checkpoint or of the
  // replay file. Part of a run's fingerprint.
  virtual std::string identity() const = 0;

  // Whether the chat template itself writes the <think> that opens a reply; nullopt if only the
  // other side knows.
  virtual std::optional<bool> prefills_thinking() const { return std::nullopt; }

  // Whether it takes a prompt of role "raw" (harness/core/question.h).
  virtual bool takes_raw_prompts() const { return false; }

  // Whether it heeds Request::limit_includes_prompt.
  virtual bool counts_prompts() const { return false; }

  // How many tokens a prompt and its reply may have together, if that is known beforehand.
  virtual std::optional<int> context() const { return std::nullopt; }

  // Serves the feed until it is dry and every reply is out, or until stop is requested, which drops
  // what is in flight. Blocks. Errors are those that make all further requests pointless (a refused
  // key, an unknown model); the failure of one request goes to the sink.
  virtual Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) = 0;
};

struct BackendOptions {
  std::string base_url{};  // several, with blanks between them, share the load
  std::string api_key{};   // never stored, logged or put into a message
  std::string ca_file{};   // trusted instead of the system's certificates, which always are checked
  bool http2 = false;      // over plain http without asking; over https it is negotiated anyway
  int concurrency = 64;    // requests in flight, at most
  bool adaptive = false;   // feel out for each server how many it carries
  bool stream = true;
  double requests_per_minute = 0;  // 0: as many as there are
  double tokens_per_minute = 0;    // of prompts and replies together; 0: likewise
  int max_attempts = 0;            // of a request; 0: until the deadline. Only passing faults count
  double deadline_s = 0;           // of a whole serve(); 0: none
  double backoff_first_s = 0.5;    // doubled at each attempt, with full jitter
  double backoff_max_s = 60;       // a server's Retry-After may ask for more and gets it
  double idle_timeout_s = 600;     // an attempt dies after this long without a byte
  double connect_timeout_s = 20;
  double silence_s = 10;           // without a success, after which a server counts as down
  double watchdog_s = 120;         // without a byte, after which a sample is named as stuck
  std::string reasoning_effort{};  // a word the service knows; empty: not said
  int thinking_tokens = 0;         // at most, where the service takes a number; 0: not said
  std::string device = "auto";     // of the built-in engine: "auto", "cpu", "cuda", "cuda:N"
  int threads = 0;                 // of the CPU device; 0: as many as the process may run on
  double cache_gib = 0;            // of the KV cache; 0: as much as is reasonable
};

// A backend for a model spec of DESIGN section 4: "tiny", "local/FOLDER", "replay/FILE", and
// "openai/NAME" and the other services of backends/remote.
// Errors: invalid_input for a spec that is none, or options that do not fit it; io; unavailable.
Result<std::unique_ptr<Backend>> make_backend(std::string_view spec, const BackendOptions& options);

// The environment variable that holds the key for a model spec; empty if it takes none.
std::string_view key_variable(std::string_view spec);

}  // namespace proctor::backends
