#include "backends/remote/batch/settlement.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "backends/remote/blot_out.h"

namespace proctor::backends {
namespace {

// Batches that a request is put into, where the user does not say how often it may be tried.
constexpr int kMostAttempts = 5;

}  // namespace

void Settlement::take_answer(OpenBatch& batch, BatchAnswer answer) {
  const auto found = batch.waiting.find(answer.request);
  if (found == batch.waiting.end()) return;  // answered and stored by an earlier process
  BatchRequest& request = found->second;
  Fault fault = answer.fault;
  if (fault == Fault::fatal_at_first) fault = answered_ ? Fault::transient : Fault::fatal;
  answer.reason = redacted(std::move(answer.reason));
  if (answer.reply) {
    answered_ = true;
    Generation& reply = *answer.reply;
    reply.attempts = request.attempts;
    reply.served_by = redacted(std::move(reply.served_by));
    const std::int64_t tokens = reply.usage.completion.value_or(1);
    sink_.streamed(request.ticket, static_cast<int>(std::min<std::int64_t>(tokens, 1 << 20)));
    end(std::move(request), std::move(reply));
    batch.waiting.erase(found);
  } else if (fault == Fault::refused) {
    end(std::move(request), Error(ErrorCode::refused, std::move(answer.reason)));
    batch.waiting.erase(found);
  } else {
    if (fault == Fault::fatal) give_up(answer.reason);
    request.reason = std::move(answer.reason);
  }
}

Complaints Settlement::take_complaints(OpenBatch& batch, const BatchStatus& status) {
  Complaints said{.first = "no reason given"};
  for (const BatchStatus::Complaint& complaint : status.complaints) {
    const std::string text = redacted(complaint.code + ": " + complaint.message);
    if (&complaint == &status.complaints.front()) said.first = text;
    said.no_room = said.no_room || complaint.code == "token_limit_exceeded";
    if (complaint.line < 1) continue;
    const auto line = static_cast<std::size_t>(complaint.line);
    if (line > batch.entry.requests.size()) continue;
    const auto found = batch.waiting.find(batch.entry.requests[line - 1]);
    if (found == batch.waiting.end()) continue;
    said.blame_lines = true;
    end(std::move(found->second), Error(ErrorCode::refused, text));
    batch.waiting.erase(found);
  }
  return said;
}

void Settlement::ask_again(OpenBatch& batch, const std::string& reason, bool counts) {
  const int most = options_.max_attempts > 0 ? options_.max_attempts : kMostAttempts;
  for (const std::string& id : batch.entry.requests) {
    const auto found = batch.waiting.find(id);
    if (found == batch.waiting.end()) continue;
    BatchRequest request = std::move(found->second);
    batch.waiting.erase(found);
    if (request.reason.empty()) request.reason = reason;
    const Error why(ErrorCode::transport, std::exchange(request.reason, {}));
    if (!counts) --request.attempts;
    if (counts && request.attempts >= most) {
      end(std::move(request), why);
    } else {
      if (counts) sink_.retried(request.ticket, why);
      queue_.add(std::move(request));
    }
  }
}

void Settlement::give_up(std::string reason) {
  if (!fatal_) fatal_ = Error(ErrorCode::refused, std::move(reason));
}

void Settlement::end(BatchRequest request, Result<Generation> reply) {
  any_ended_ = true;
  sink_.finished(request.ticket, std::move(reply), request.attempts);
}

// A service may quote the key it did not like.
std::string Settlement::redacted(std::string text) const {
  return blotted_out(std::move(text), options_.api_key);
}

}  // namespace proctor::backends
