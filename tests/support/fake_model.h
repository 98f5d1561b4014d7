// An imitation of a reasoning model behind an OpenAI-compatible API or Anthropic's, to be the fake
// server's handler.
//
// Everything it says follows from the problem and the request's seed, so a test can predict what a
// harness must have stored; everything that goes wrong follows from those and the number of the
// attempt, so a run fails alike whatever its concurrency.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/answer.h"
#include "tests/support/fake_reply.h"
#include "tests/support/http_request.h"

namespace proctor::support {

// What can go wrong with one attempt. "Mid" is half of the bytes.
enum class Fault {
  http_429_retry_after,
  http_429_plain,
  http_500,
  http_503,
  reset_before_reply,
  reset_mid_stream,
  stall_before_reply,
  stall_mid_stream,
  empty_body,             // 200 with Content-Length 0
  invalid_json,           // a well-framed body, or one event of a stream, that is half a document
  null_content,           // a legitimate empty reply: no content, finish_reason stop
  truncated_utf8,         // the last byte of one multi-byte character is another one
  finish_length,          // a legitimate reply cut at half of its tokens, finish_reason length
  error_event_in_stream,  // {"error": ...} after half the events, or as the whole body, under 200
  missing_done,           // a stream that ends in good order, but without its last events; a body
                          // that ends before its Content-Length
  html_body,              // 200 text/html: a proxy speaks
};

std::span<const Fault> all_faults();
std::string_view name_of(Fault fault);
// Whether the model has answered and is not to be asked again: null_content and finish_length.
bool is_reply(Fault fault);

struct FaultPlan {
  double rate = 0;  // of attempts that fail after the script's
  std::uint64_t seed = 0;
  std::vector<Fault> kinds{};  // to draw from; empty means all
  // What befalls the first attempts of every sample, in order; nullopt is none.
  std::vector<std::optional<Fault>> script{};
  int retry_after_s = 0;
};

struct FakeModelOptions {
  std::string model = "fake-r1";  // a request for another is a 404
  std::string fingerprint = "fp_fake";
  std::string api_key{};  // a request without it is a 401; empty asks for none
  ReplyOptions reply{};
  std::chrono::milliseconds delay{0};  // before the reply
  std::chrono::milliseconds gap{0};    // between the events of a stream
  FaultPlan faults{};
};

// What became of the attempts at one (problem, seed).
struct SampleLog {
  std::vector<std::optional<Fault>> attempts{};
  int completed = 0;  // replies of which the last byte was sent

  bool operator==(const SampleLog&) const = default;
};

using ModelLog = std::map<std::pair<std::string, std::uint64_t>, SampleLog>;

class FakeModel {
 public:
  // `answers` maps the text of each problem to its gold answer.
  explicit FakeModel(std::map<std::string, std::string> answers, FakeModelOptions options = {});

  // POST .../chat/completions, POST .../messages and GET .../models; the rest is a 404. A request
  // is about the longest problem that its last user message begins with; about none, it is a 400. A
  // missing seed is 0. Called by one server at a time; the model must outlive it.
  Answer answer(const HttpRequest& request);

  // The undamaged reply, if max_tokens does not cut it. The problem must be one of the table.
  Reply reply_for(std::string_view problem, std::uint64_t seed) const;
  // What befalls the attempt, counted from 0.
  std::optional<Fault> fault_for(std::string_view problem, std::uint64_t seed, int attempt) const;

  ModelLog log() const;  // thread-safe

 private:
  struct Call;
  bool knows_key(const HttpRequest& request) const;
  Answer complete(const HttpRequest& request);
  SampleLog& log_for(const Call& call);
  static std::string body_of(const Call& call, const Reply& reply);
  static std::vector<std::string> events_of(const Call& call, const Reply& reply);
  Answer whole_answer(const Call& call, const Reply& reply) const;
  Answer damaged_answer(const Call& call, const Reply& reply, Fault fault) const;
  Answer damaged_stream(const Call& call, const Reply& reply, Fault fault) const;
  Answer damaged_body(const Call& call, const Reply& reply, Fault fault) const;
  std::string_view problem_of(std::string_view message) const;

  const std::map<std::string, std::string, std::less<>> answers_;
  const FakeModelOptions options_;

  mutable std::mutex mutex_;
  ModelLog log_;  // guarded by mutex_
};

}  // namespace proctor::support
