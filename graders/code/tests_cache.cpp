#include "graders/code/tests_cache.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace proctor::graders::code {

using nlohmann::json;

Result<StoredTests> parse_stored_tests(const std::string& text) {
  const auto wrong = [](const std::string& complaint) {
    return Error(ErrorCode::invalid_input, "stored tests: " + complaint);
  };
  const json stored = json::parse(text, nullptr, false);
  if (!stored.is_object()) return wrong("not a JSON object");
  StoredTests result;
  if (const auto function = stored.find("function"); function != stored.end()) {
    if (!function->is_string()) return wrong("field \"function\": expected a string");
    result.function = function->get<std::string>();
  }
  const auto tests = stored.find("tests");
  if (tests == stored.end() || !tests->is_array()) {
    return wrong("field \"tests\": expected an array");
  }
  for (const json& test : *tests) {
    const auto text_of = [&](const char* field) {
      const auto found = test.is_object() ? test.find(field) : test.end();
      return found != test.end() && found->is_string() ? &found->get_ref<const std::string&>()
                                                       : nullptr;
    };
    const std::string* input = text_of("input");
    const std::string* output = text_of("output");
    if (input == nullptr || output == nullptr) {
      return wrong("test " + std::to_string(result.tests.size()) +
                   ": expected texts \"input\" and \"output\"");
    }
    result.tests.push_back({*input, *output});
  }
  return result;
}

Result<std::shared_ptr<const StoredTests>> TestsCache::find(const std::string& key,
                                                            const Load& load) {
  if (std::shared_ptr<const StoredTests> tests = known(key)) return tests;
  const Result<std::string> text = load();
  if (!text) return text.error();
  Result<StoredTests> parsed = parse_stored_tests(*text);
  if (!parsed) return parsed.error();
  auto tests = std::make_shared<const StoredTests>(std::move(*parsed));
  remember({key, text->size(), tests});
  return std::shared_ptr<const StoredTests>(std::move(tests));
}

std::shared_ptr<const StoredTests> TestsCache::known(const std::string& key) {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->key != key) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->tests;
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
