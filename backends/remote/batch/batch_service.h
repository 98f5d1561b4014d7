// A service's batches: handed in, found again, looked at, collected. Two wires behind one
// interface: OpenAI's, where requests and replies are files, and Anthropic's, where a batch carries
// its requests itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "backends/remote/batch/batch_ledger.h"
#include "backends/remote/batch/batch_lines.h"
#include "backends/remote/body_source.h"
#include "backends/remote/provider.h"
#include "harness/core/result.h"

namespace proctor::backends {

// Of a service's list of batches, so many pages of a hundred are looked through at most: a list may
// lead back to where it began.
constexpr int kMostPages = 1000;

// What the service takes in one batch.
struct BatchLimits {
  std::size_t requests = 0;
  std::size_t bytes = 0;
};

// What a service says of a batch.
struct BatchStatus {
  enum class Stage {
    running,
    ended,    // completed, expired or cancelled: what there is can be collected
    refused,  // as a whole, when it was read; nothing was answered
  };
  struct Complaint {
    std::string code{};
    std::string message{};
    std::int64_t line = 0;  // of the requests, from 1; 0: about them all
  };

  std::string id{};
  Stage stage = Stage::running;
  std::string word{};                // the service's own: "in_progress"
  std::int64_t answered = 0;         // requests, so far
  std::vector<std::string> files{};  // with what there is, by the service's names
  std::vector<Complaint> complaints{};
};

// Whether a batch is there whose creation was never answered for.
struct BatchSearch {
  enum class Outcome {
    found,
    absent,
    unclear,  // one may be it, which shows later
  };
  Outcome outcome = Outcome::absent;
  std::string id{};  // once found
};

// Blocks in each call, and ends it early with an Error of code interrupted once a stop is
// requested. One thread.
//
// Errors of all calls: transport, when it may go better later; refused, when it never will;
// not_found, when the service does not know the thing.
class BatchService {
 public:
  virtual ~BatchService() = default;

  virtual BatchLimits limits() const = 0;

  // One request as it stands in a batch, with all that separates it from the next.
  virtual std::string request_line(std::string_view id, std::string_view path,
                                   std::string_view body) const = 0;

  // Hands in the requests, which costs nothing and begins nothing. The service's name for them;
  // empty if it takes them with the batch.
  virtual Result<std::string> upload(const BodySource& requests, std::stop_token stop) = 0;

  // Begins the batch `entry`, whose requests all go to `path`, and returns its id. After an error
  // of code transport it may have begun all the same.
  virtual Result<std::string> create(const LedgerEntry& entry, std::string_view path,
                                     const BodySource& requests, std::stop_token stop) = 0;

  // The batch that create() was called for.
  virtual Result<BatchSearch> find(const LedgerEntry& entry, std::stop_token stop) = 0;

  virtual Result<BatchStatus> look(const std::string& id, std::stop_token stop) = 0;

  // Hands over what became of the requests of an ended batch, in any order. A line that is none is
  // an error to `on_answer`, which names the file and the line, and the others follow. Ends with
  // the first error that `on_answer` returns. When it breaks off and is called again, it begins
  // anew.
  using OnAnswer = std::function<Result<void>(Result<BatchAnswer>)>;
  virtual Result<void> collect(const BatchStatus& status, const OnAnswer& on_answer,
                               std::stop_token stop) = 0;
};

// For a model whose provider has batches, at a base URL without a final slash.
std::unique_ptr<BatchService> make_batch_service(const RemoteModel& model, std::string base_url,
                                                 const BackendOptions& options);

}  // namespace proctor::backends
