#include "graders/code/tests_cache.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace proctor::graders::code {

using nlohmann::json;

Result<Job> parse_stored_tests(const std::string& text) {
  const json stored = json::parse(text, nullptr, false);
  if (!stored.is_object()) {
    return Error(ErrorCode::invalid_input, "stored tests: not a JSON object");
  }
  Result<Job> job = parse_job_without_program(stored);
  if (!job) return job.error().within("stored tests");
  return job;
}

Result<std::shared_ptr<const Job>> TestsCache::find(const std::string& key, const Load& load) {
  if (std::shared_ptr<const Job> job = known(key)) return job;
  const Result<std::string> text = load();
  if (!text) return text.error();
  Result<Job> parsed = parse_stored_tests(*text);
  if (!parsed) return parsed.error();
  auto job = std::make_shared<const Job>(std::move(*parsed));
  remember({key, text->size(), job});
  return std::shared_ptr<const Job>(std::move(job));
}

std::shared_ptr<const Job> TestsCache::known(const std::string& key) {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->key != key) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->job;
  }
  return nullptr;
}

void TestsCache::remember(Entry entry) {
  const std::lock_guard lock(mutex_);
  bytes_ += entry.bytes;
  entries_.push_front(std::move(entry));
  while (bytes_ > most_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

}  // namespace proctor::graders::code
