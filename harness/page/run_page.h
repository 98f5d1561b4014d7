// A stored run as the page of reports/html shows it: from the store to the page's data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/result.h"
#include "harness/spending/prices.h"
#include "reports/html/page_data.h"
#include "reports/html/sample_texts.h"
#include "reports/store.h"
#include "tasks/task.h"

namespace proctor::harness::page {

// How a run is shown.
struct PageOptions {
  std::string store;      // the file's name
  bool shared = true;     // meant to leave this machine: texts of gated tasks are withheld
  bool redacted = false;  // texts of all tasks are
  spending::Prices prices{};
};

// A run that was read: what its page holds, and what is needed to read its samples' texts.
class RunPage {
 public:
  // Reads all of the run but the texts of replies. Errors: not_found, corrupt, io.
  static Result<RunPage> read(reports::Store& store, reports::RunId run,
                              const PageOptions& options);

  // The page's data; call once.
  std::string data(reports::html::RepliesAre replies) { return data_.finish(replies); }

  const RunPlan& plan() const { return plan_; }
  std::int64_t samples() const { return samples_; }
  // The texts of all replies together, as far as the store knows.
  std::int64_t reply_bytes() const { return reply_bytes_; }

  // Adds the texts of a sample of this run.
  void add_texts(const reports::SampleRecord& record, reports::html::SampleTexts& texts) const;
  // The same for a sample that is still to be read. Errors: not_found, also for a sample of another
  // run; corrupt, io.
  Result<void> add_texts(reports::Store& store, std::int64_t sample,
                         reports::html::SampleTexts& texts) const;

  // Ids of the samples of a task: [first, last].
  std::int64_t first_sample(std::size_t task) const { return first_samples_[task]; }
  std::int64_t last_sample(std::size_t task) const;

 private:
  explicit RunPage(reports::html::PageData data) : data_(std::move(data)) {}

  Result<void> read_samples(reports::Store& store, reports::RunId run);
  void read_settings(const PageOptions& options);

  reports::html::PageData data_;
  RunPlan plan_;
  std::vector<std::int64_t> first_samples_;  // by task
  std::vector<std::optional<tasks::Protocol>> protocols_;
  std::vector<bool> withheld_;
  bool think_prefilled_ = false;
  std::int64_t samples_ = 0;
  std::int64_t reply_bytes_ = 0;
};

// A reply cut into what is thinking, what is text and, within that, the answer.
std::vector<reports::html::Segment> segments_of(const Generation& reply, bool think_prefilled,
                                                const std::optional<Span>& answer);

}  // namespace proctor::harness::page
