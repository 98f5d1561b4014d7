#include "backends/remote/batch/inlined_batches.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "backends/remote/batch/batch_http.h"
#include "backends/remote/batch/json_members.h"

namespace proctor::backends {
namespace {

using nlohmann::json;

// Anthropic's, per batch: 256 MB with what surrounds the requests.
constexpr BatchLimits kLimits{.requests = 100'000, .bytes = 250'000'000};

constexpr std::string_view kPath = "/messages/batches";
constexpr std::string_view kBetween = ",\n";

// How much earlier than by our clock a batch may have been created by the service's.
constexpr std::int64_t kSkew = 300;

// "2026-11-22T21:04:05", which sorts as it should.
std::string utc_text(std::int64_t unix_time) {
  const auto time = static_cast<std::time_t>(unix_time);
  std::tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

BatchStatus status_of(const std::string& id, const json& batch) {
  BatchStatus status{.id = id, .word = text_member(batch, "processing_status")};
  const bool ended = status.word == "ended";
  status.stage = ended ? BatchStatus::Stage::ended : BatchStatus::Stage::running;
  const json& counts = member(batch, "request_counts");
  for (const char* kind : {"succeeded", "errored", "canceled", "expired"}) {
    status.answered += number_member(counts, kind);
  }
  std::string results = text_member(batch, "results_url");
  if (!results.empty()) status.files.push_back(std::move(results));
  return status;
}

class InlinedBatches : public BatchService {
 public:
  InlinedBatches(const RemoteModel& model, std::string base_url, const BackendOptions& options)
      : http_(model, std::move(base_url), options) {}

  BatchLimits limits() const override { return kLimits; }

  std::string request_line(std::string_view id, std::string_view,
                           std::string_view body) const override {
    return fmt::format(R"({{"custom_id":"{}","params":{}}}{})", id, body, kBetween);
  }

  Result<std::string> upload(const BodySource&, std::stop_token) override { return std::string(); }

  Result<std::string> create(const LedgerEntry&, std::string_view, const BodySource& requests,
                             std::stop_token stop) override {
    BodySource separated = requests;
    separated.size -= kBetween.size();  // what follows the last of them
    const Result<json> batch = http_.post(
        kPath, enclosed(R"({"requests":[)", std::move(separated), "]}"), std::move(stop));
    if (!batch) return batch.error();
    std::string id = text_member(*batch, "id");
    if (id.empty()) return Error(ErrorCode::transport, "the service's batch has no id");
    return id;
  }

  // A batch carries nothing of ours but the names of its requests, and shows those only with its
  // results. So one that could be ours and still runs must be waited for.
  Result<BatchSearch> find(const LedgerEntry& entry, std::stop_token stop) override {
    const std::string oldest = utc_text(entry.begun - kSkew);
    BatchSearch search;
    std::string after;
    for (int page = 0; page < kMostPages; ++page) {
      const std::string path =
          std::string(kPath) + "?limit=100" + (after.empty() ? "" : "&after_id=" + after);
      const Result<json> list = http_.get(path, stop);
      if (!list) return list.error();
      const json& data = member(*list, "data");
      for (const json& batch : data) {
        if (text_member(batch, "created_at") < oldest) return search;
        const Result<BatchSearch::Outcome> match = compare(entry, batch, stop);
        if (!match) return match.error();
        if (*match == BatchSearch::Outcome::found) {
          return BatchSearch{*match, text_member(batch, "id")};
        }
        if (*match == BatchSearch::Outcome::unclear) search.outcome = *match;
      }
      const std::string next = text_member(*list, "last_id");
      if (member(*list, "has_more") != true || next.empty() || next == after) return search;
      after = next;
    }
    return search;
  }

  Result<BatchStatus> look(const std::string& id, std::stop_token stop) override {
    const Result<json> batch = http_.get(std::string(kPath) + "/" + id, std::move(stop));
    if (!batch) return batch.error();
    return status_of(id, *batch);
  }

  Result<void> collect(const BatchStatus& status, const OnAnswer& on_answer,
                       std::stop_token stop) override {
    for (const std::string& file : status.files) {
      const auto on_line = [&](std::size_t number, std::string_view line) {
        return on_answer(answer_of(parse_result_line(line), file, number));
      };
      const Result<void> read = http_.lines(file, on_line, stop);
      if (!read) return read;
    }
    return {};
  }

 private:
  // Whether this batch has the entry's requests.
  Result<BatchSearch::Outcome> compare(const LedgerEntry& entry, const json& batch,
                                       std::stop_token stop) {
    using Outcome = BatchSearch::Outcome;
    const BatchStatus status = status_of(text_member(batch, "id"), batch);
    const std::int64_t requests =
        status.answered + number_member(member(batch, "request_counts"), "processing");
    if (requests != static_cast<std::int64_t>(entry.requests.size())) return Outcome::absent;
    if (status.stage == BatchStatus::Stage::running) return Outcome::unclear;
    Outcome outcome = Outcome::absent;
    bool enough = false;
    const auto on_first = [&](Result<BatchAnswer> answer) -> Result<void> {
      if (!answer) return {};  // a damaged line says nothing; the next one may
      enough = true;
      const bool ours = std::find(entry.requests.begin(), entry.requests.end(), answer->request) !=
                        entry.requests.end();
      if (ours) outcome = Outcome::found;
      return Error(ErrorCode::interrupted, "enough is known");
    };
    const Result<void> read = collect(status, on_first, std::move(stop));
    if (!read && !enough) return read.error();
    return outcome;
  }

  BatchHttp http_;
};

}  // namespace

std::unique_ptr<BatchService> make_inlined_batches(const RemoteModel& model, std::string base_url,
                                                   const BackendOptions& options) {
  return std::make_unique<InlinedBatches>(model, std::move(base_url), options);
}

}  // namespace proctor::backends
