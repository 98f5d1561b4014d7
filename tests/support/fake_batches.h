// An imitation of the Batch APIs of OpenAI and Anthropic over a fake model: files taken in, batches
// begun, looked at, listed and collected. To be the fake server's handler.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/answer.h"
#include "tests/support/fake_model.h"
#include "tests/support/http_request.h"

namespace proctor::support {

// What becomes of one line of a batch.
enum class LineFate {
  answered,
  expired,
  refused,     // 400
  overloaded,  // 429
  missing,     // not a word about it
  damaged,     // half a line
  twice,       // the same answer on two lines
};

struct BatchComplaint {
  std::string code{};
  std::string message{};
  int line = 0;  // from 1; 0: about no line
};

// How the answer to a request for a batch goes.
enum class CreateFate {
  answered,
  lost,     // the batch is begun, and the connection broken
  stalled,  // the batch is begun, and nothing is said for as long as the client waits
  failed,   // 500, and no batch
};

// Batches and lines are counted from 0. Empty functions mean that all is well.
struct FakeBatchesOptions {
  std::string api_key{};  // a request without it is a 401; empty asks for none
  int looks = 1;          // at a batch, before it has ended
  std::function<LineFate(int batch, int line)> line_fate{};
  std::function<CreateFate(int attempt)> create_fate{};
  std::function<std::vector<BatchComplaint>(int batch, int lines)> complaints{};  // any: refused
  bool keeps_metadata = true;
  bool lists = true;  // or else 404
};

class FakeBatches {
 public:
  // The model answers each line as though it had come alone; both must outlive the server.
  explicit FakeBatches(FakeModel& model, FakeBatchesOptions options = {});

  // The endpoints of batches and files; all else goes to the model.
  Answer answer(const HttpRequest& request);

  // While held, no batch ends. Thread-safe, like all below.
  void hold(bool held);
  int batches() const;  // begun
  int uploads() const;
  int collected() const;                     // result files sent
  std::map<std::string, int> asked() const;  // by custom id, in how many batches
  std::vector<int> sizes() const;            // of the batches begun, in order

 private:
  struct Line {
    std::string id;
    std::string body;  // of the request
  };
  struct Batch {
    std::string id{};
    std::string file{};
    std::string key{};  // of its metadata
    std::vector<Line> lines{};
    std::vector<BatchComplaint> complaints{};
    bool inlined = false;
    int looks = 0;
    bool expired = false;
  };

  Answer take_file(const HttpRequest& request);
  Answer begin(const HttpRequest& request, bool inlined);
  Answer look(std::string_view id);
  Answer list(bool inlined);
  Answer results(std::string_view id, bool errors);

  bool has_ended(const Batch& batch) const;
  std::string describe(const Batch& batch) const;
  std::string line_of(const Batch& batch, int number, LineFate fate);
  Batch* batch_named(std::string_view id);

  FakeModel& model_;
  const FakeBatchesOptions options_;

  mutable std::mutex mutex_;  // guards all below
  std::string host_;          // as the last client named it
  bool held_ = false;
  int creates_ = 0;
  int uploads_ = 0;
  int collected_ = 0;
  std::map<std::string, std::string> files_;
  std::vector<Batch> batches_;
};

}  // namespace proctor::support
