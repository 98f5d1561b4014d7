#include "backends/remote/batch/file_batches.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "backends/remote/batch/batch_http.h"
#include "backends/remote/batch/json_members.h"

namespace proctor::backends {
namespace {

using nlohmann::json;

// OpenAI's, per file. A megabyte is taken to be the smaller of the two.
constexpr BatchLimits kLimits{.requests = 50'000, .bytes = 200'000'000};

// How much earlier than by our clock a batch may have been created by the service's.
constexpr std::int64_t kSkew = 3600;

constexpr const char* kKeyName = "proctor";  // in a batch's metadata

// The paths within a batch are the service's own, wherever it is reached.
std::string endpoint_of(std::string_view path) { return "/v1" + std::string(path); }

Error no_id(std::string_view what) {
  return Error(ErrorCode::transport, fmt::format("the service's {} has no id", what));
}

BatchStatus::Stage stage_of(const std::string& word) {
  if (word == "completed" || word == "expired" || word == "cancelled") {
    return BatchStatus::Stage::ended;
  }
  return word == "failed" ? BatchStatus::Stage::refused : BatchStatus::Stage::running;
}

BatchStatus status_of(const std::string& id, const json& batch) {
  BatchStatus status{.id = id, .word = text_member(batch, "status")};
  status.stage = stage_of(status.word);
  const json& counts = member(batch, "request_counts");
  status.answered = number_member(counts, "completed") + number_member(counts, "failed");
  for (const char* file : {"output_file_id", "error_file_id"}) {
    std::string name = text_member(batch, file);
    if (!name.empty()) status.files.push_back(std::move(name));
  }
  for (const json& error : member(member(batch, "errors"), "data")) {
    status.complaints.push_back({.code = text_member(error, "code"),
                                 .message = text_member(error, "message"),
                                 .line = number_member(error, "line")});
  }
  return status;
}

class FileBatches : public BatchService {
 public:
  FileBatches(const RemoteModel& model, std::string base_url, const BackendOptions& options)
      : http_(model, std::move(base_url), options) {}

  BatchLimits limits() const override { return kLimits; }

  std::string request_line(std::string_view id, std::string_view path,
                           std::string_view body) const override {
    return fmt::format(R"({{"custom_id":"{}","method":"POST","url":"{}","body":{}}})"
                       "\n",
                       id, endpoint_of(path), body);
  }

  Result<std::string> upload(const BodySource& requests, std::stop_token stop) override {
    std::vector<FormPart> form;
    form.push_back({.name = "purpose", .content = "batch"});
    form.push_back({.name = "file",
                    .source = requests,
                    .file_name = "requests.jsonl",
                    .content_type = "application/jsonl"});
    const Result<json> file = http_.post_form("/files", std::move(form), std::move(stop));
    if (!file) return file.error();
    std::string id = text_member(*file, "id");
    if (id.empty()) return no_id("file");
    return id;
  }

  Result<std::string> create(const LedgerEntry& entry, std::string_view path, const BodySource&,
                             std::stop_token stop) override {
    const json wish = {{"input_file_id", entry.file},
                       {"endpoint", endpoint_of(path)},
                       {"completion_window", "24h"},
                       {"metadata", {{kKeyName, entry.key}}}};
    const Result<json> batch = http_.post("/batches", body_of(wish.dump()), std::move(stop));
    if (!batch) return batch.error();
    std::string id = text_member(*batch, "id");
    if (id.empty()) return no_id("batch");
    return id;
  }

  Result<BatchSearch> find(const LedgerEntry& entry, std::stop_token stop) override {
    std::string after;
    for (int page = 0; page < kMostPages; ++page) {
      const std::string path = "/batches?limit=100" + (after.empty() ? "" : "&after=" + after);
      const Result<json> list = http_.get(path, stop);
      if (!list) return list.error();
      const json& data = member(*list, "data");
      for (const json& batch : data) {
        // Some services keep no metadata; the file is this batch's alone.
        const bool ours = text_member(batch, "input_file_id") == entry.file ||
                          text_member(member(batch, "metadata"), kKeyName) == entry.key;
        const std::string id = text_member(batch, "id");
        if (ours && !id.empty()) return BatchSearch{BatchSearch::Outcome::found, id};
      }
      if (member(*list, "has_more") != true || !data.is_array() || data.empty()) break;
      const json& oldest = data.back();  // the newest come first
      const std::string next = text_member(oldest, "id");
      const bool too_old = number_member(oldest, "created_at") < entry.begun - kSkew;
      if (too_old || next.empty() || next == after) break;
      after = next;
    }
    return BatchSearch();
  }

  Result<BatchStatus> look(const std::string& id, std::stop_token stop) override {
    const Result<json> batch = http_.get("/batches/" + id, std::move(stop));
    if (!batch) return batch.error();
    return status_of(id, *batch);
  }

  Result<void> collect(const BatchStatus& status, const OnAnswer& on_answer,
                       std::stop_token stop) override {
    for (const std::string& file : status.files) {
      const auto on_line = [&](std::size_t number, std::string_view line) {
        return on_answer(answer_of(parse_output_line(line), file, number));
      };
      const Result<void> read = http_.lines("/files/" + file + "/content", on_line, stop);
      if (!read) return read;
    }
    return {};
  }

 private:
  BatchHttp http_;
};

}  // namespace

std::unique_ptr<BatchService> make_file_batches(const RemoteModel& model, std::string base_url,
                                                const BackendOptions& options) {
  return std::make_unique<FileBatches>(model, std::move(base_url), options);
}

}  // namespace proctor::backends
