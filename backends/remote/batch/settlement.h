// What becomes of the requests of a batch, once the service has said: each is replied to, has
// failed, or goes back into the queue to be asked again.
#pragma once

#include <optional>
#include <string>

#include "backends/backend.h"
#include "backends/remote/batch/batch_lines.h"
#include "backends/remote/batch/batch_queue.h"
#include "backends/remote/batch/batch_service.h"
#include "backends/remote/batch/open_batches.h"

namespace proctor::backends {

// What the service has to say of a batch that it refused as a whole.
struct Complaints {
  std::string first{};
  bool no_room = false;      // others must end before it, or it is too large
  bool blame_lines = false;  // it is about some of the requests alone
};

// What stands in `waiting` of a batch has no fate yet; what gets one here leaves it. One thread.
class Settlement {
 public:
  // All of them must outlive this.
  Settlement(const BackendOptions& options, BatchQueue& queue, ReplySink& sink)
      : options_(options), queue_(queue), sink_(sink) {}

  // What the service says of one request. Of one that does not wait, as in a line that comes twice
  // or is another run's, it is nothing.
  void take_answer(OpenBatch& batch, BatchAnswer answer);

  // The requests whose lines are complained of have failed.
  Complaints take_complaints(OpenBatch& batch, const BatchStatus& status);

  // Puts what still waits for the batch back into the queue, for `reason` unless the service gave
  // another, or lets it fail if that was one time too many. `counts`: whether this was a time.
  void ask_again(OpenBatch& batch, const std::string& reason, bool counts);

  // What has happened to a request, or to batches, and would happen to all of them.
  const std::optional<Error>& fatal() const { return fatal_; }
  void give_up(std::string reason);

  // Whether a request has ended since that was forgotten.
  bool any_ended() const { return any_ended_; }
  void forget_ended() { any_ended_ = false; }

 private:
  void end(BatchRequest request, Result<Generation> reply);
  std::string redacted(std::string text) const;

  const BackendOptions& options_;
  BatchQueue& queue_;
  ReplySink& sink_;
  std::optional<Error> fatal_;
  bool any_ended_ = false;
  bool answered_ = false;  // a reply has come
};

}  // namespace proctor::backends
