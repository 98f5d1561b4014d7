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

#include "backends/server_facts.h"
#include "harness/core/generation.h"
#include "harness/core/question.h"
#include "harness/core/result.h"

namespace proctor::backends {

class BatchLedger;  // remote/batch/batch_ledger.h

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

// Why a feed gave nothing.
enum class Pause {
  ended,        // there are no more requests
  until_reply,  // not before a reply to one of those under way has been handed over
  a_moment,     // the feed has been busy long enough: ask again once nothing else is waiting
};

// Where requests come from. Called from the backend's thread only.
class RequestFeed {
 public:
  virtual ~RequestFeed() = default;
  // The next request, or nothing; pause() then says why. The samples of one question follow each
  // other, so that a server can share their prompt.
  virtual std::optional<Request> next() = 0;
  // Never until_reply while no request that next() gave is without its reply.
  virtual Pause pause() const { return Pause::ended; }
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
  // Waits until every reply handed over so far is safe from the end of this process, for those who
  // could otherwise get it again. Errors: one of them is not and will not be.
  virtual Result<void> stored() { return {}; }
};

// Which of a request's wishes reach the model; the others are left out, because it knows none such.
struct Controls {
  bool temperature = true;
  bool seed = true;
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

  // What is sent for this request and where to, to the byte, for those who keep replies that were
  // paid for; nothing where none are.
  virtual std::optional<std::string> wire_text(const Request&) const { return std::nullopt; }

  // Whether serve() would answer this request at once, asking and paying nobody. What it says holds
  // if this request is the next that serve() takes.
  virtual bool has_reply(const Request&) { return false; }

  // How many tokens a prompt and its reply may have together, if that is known beforehand.
  virtual std::optional<int> context() const { return std::nullopt; }

  // What it passes on to the model.
  virtual Controls controls() const { return {}; }

  // Asks the servers about themselves, which costs nothing; what they do not tell is left out.
  // Blocks, for some seconds at most for each.
  virtual ServerFacts ask_servers(std::stop_token) const { return {}; }

  // Serves the feed until it has ended and every reply is out, or until stop is requested, which
  // drops what is in flight. Blocks. Errors are those that make all further requests pointless (a
  // refused key, an unknown model); the failure of one request goes to the sink.
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
  double silence_s = 10;                // without a success, after which a server counts as down
  double watchdog_s = 120;              // without a byte, after which a sample is named as stuck
  std::string reasoning_effort{};       // a word the service knows; empty: not said
  int thinking_tokens = 0;              // at most, where the service takes a number; 0: not said
  bool batch = false;                   // hand requests in as files, to be answered within a day
  int batch_size = 0;                   // requests in one, at most; 0: as many as the service takes
  double batch_poll_s = 30;             // until a batch is looked at again; grows to ten minutes
  BatchLedger* batch_ledger = nullptr;  // borrowed; there is one wherever `batch` is
  // Of the built-in engine, one or several: "auto", "cpu", "cpu:N", "cuda", "cuda:0,1"
  // (engine/replicas.h). `concurrency` and `cache_gib` are each one's.
  std::string device = "auto";
  int threads = 0;       // of the CPU device; 0: as many as the process may run on
  double cache_gib = 0;  // of the KV cache; 0: as much as is reasonable
  // Of the host's memory for sequences that must make room, of all devices; unset: as much as is
  // reasonable; 0: none, they are computed again.
  std::optional<double> swap_gib{};
  std::string kv_cache = "full";  // or "fp8"; this and the next two are part of who answers
  std::string weights = "full";   // of the built-in engine's layers; or "fp8"
  bool loop_stop = false;         // end replies of the built-in engine that repeat themselves
};

// A backend for a model spec of DESIGN section 4: "tiny", "local/FOLDER", "replay/FILE", and
// "openai/NAME" and the other services of backends/remote.
// Errors: invalid_input for a spec that is none, or options that do not fit it; io; unavailable.
Result<std::unique_ptr<Backend>> make_backend(std::string_view spec, const BackendOptions& options);

// The environment variable that holds the key for a model spec; empty if it takes none.
std::string_view key_variable(std::string_view spec);

}  // namespace proctor::backends
