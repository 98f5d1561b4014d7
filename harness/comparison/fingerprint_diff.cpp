#include "harness/comparison/fingerprint_diff.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/core/sha256.h"
#include "harness/files/json_text.h"

namespace proctor::harness::comparison {
namespace {

using Kind = Difference::Kind;
using nlohmann::json;

json parsed(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// Every leaf of the object by its path: "sampling.temperature".
void flatten(const json& value, const std::string& path, std::map<std::string, json>& leaves) {
  if (!value.is_object()) {
    leaves[path] = value;
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    flatten(inner, path.empty() ? key : path + "." + key, leaves);
  }
}

std::map<std::string, json> leaves_of(const std::string& object) {
  std::map<std::string, json> leaves;
  flatten(parsed(object), "", leaves);
  return leaves;
}

// A leaf that two objects do not have in common; null where one lacks it.
struct LeafChange {
  std::string path;
  json base;
  json next;
};

std::vector<LeafChange> leaf_changes(const std::string& base, const std::string& next) {
  const std::map<std::string, json> before = leaves_of(base);
  const std::map<std::string, json> after = leaves_of(next);
  std::vector<LeafChange> changes;
  for (const auto& [path, value] : before) {
    const auto same = after.find(path);
    if (same == after.end()) {
      changes.push_back({path, value, json()});
    } else if (same->second != value) {
      changes.push_back({path, value, same->second});
    }
  }
  for (const auto& [path, value] : after) {
    if (!before.contains(path)) changes.push_back({path, json(), value});
  }
  return changes;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end + 1 - begin));  // with its line break, which counts too
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

// The lines between what both texts begin with and what both end with.
std::string text_change(const std::string& base, const std::string& next) {
  std::vector<std::string> before = lines_of(base);
  std::vector<std::string> after = lines_of(next);
  while (!before.empty() && !after.empty() && before.back() == after.back()) {
    before.pop_back();
    after.pop_back();
  }
  std::size_t same = 0;
  while (same < std::min(before.size(), after.size()) && before[same] == after[same]) ++same;
  std::string text;
  for (std::size_t i = same; i < before.size(); ++i)
    text += "\n  - " + compact_json(json(before[i]));
  for (std::size_t i = same; i < after.size(); ++i) text += "\n  + " + compact_json(json(after[i]));
  return text;
}

std::string change_of(const json& base, const json& next) {
  constexpr std::size_t kShort = 60;
  const bool texts = base.is_string() && next.is_string();
  if (texts && compact_json(base).size() + compact_json(next).size() > kShort) {
    return text_change(base.get<std::string>(), next.get<std::string>());
  }
  const auto shown = [](const json& value) {
    constexpr std::size_t kLong = 80;
    const std::string text = value.is_null() ? "not set" : compact_json(value);
    return text.size() <= kLong ? text : text.substr(0, kLong) + "...";
  };
  return fmt::format(" {} -> {}", shown(base), shown(next));
}

// The fields of a recipe that change nothing about what one sample is: how many there are, what the
// recipe is called, and which means are taken of it.
bool harmless_field(const std::string& path) {
  static const std::set<std::string> kHarmless = {"name", "repeats", "metrics", "protocol_format"};
  return kHarmless.contains(path);
}

void compare_protocols(const TaskPlan& base, const TaskPlan& next, std::vector<Difference>& found) {
  for (const LeafChange& change : leaf_changes(base.protocol_json, next.protocol_json)) {
    found.push_back(
        {harmless_field(change.path) ? Kind::harmless : Kind::recipe,
         fmt::format("{}: {}:{}", base.task, change.path, change_of(change.base, change.next))});
  }
}

void compare_questions(const TaskPlan& base, const TaskPlan& next, std::vector<Difference>& found) {
  const auto short_hash = [](const std::string& hash) { return hash.substr(0, 12); };
  if (base.dataset_hash != next.dataset_hash) {
    found.push_back(
        {Kind::recipe, fmt::format("{}: dataset: {} -> {}", base.task,
                                   short_hash(base.dataset_hash), short_hash(next.dataset_hash))});
  }
  std::map<std::string, const Question*> before;
  for (const Question& question : base.questions) before[question.id] = &question;
  std::size_t common = 0;
  std::size_t changed = 0;
  for (const Question& question : next.questions) {
    const auto same = before.find(question.id);
    if (same == before.end()) continue;
    ++common;
    changed += same->second->text != question.text || same->second->gold != question.gold ? 1 : 0;
  }
  if (common != base.questions.size() || common != next.questions.size()) {
    found.push_back(
        {Kind::recipe, fmt::format("{}: questions: {} -> {}, {} in common", base.task,
                                   base.questions.size(), next.questions.size(), common)});
  }
  if (changed > 0) {
    found.push_back({Kind::recipe, fmt::format("{}: {} questions have the same id but another text "
                                               "or answer",
                                               base.task, changed)});
  }
}

void compare_attachments(const TaskPlan& base, const TaskPlan& next,
                         std::vector<Difference>& found) {
  std::map<std::string, std::pair<std::string, std::string>> hashes;
  for (const Attachment& one : base.attachments) hashes[one.name].first = sha256_hex(one.body);
  for (const Attachment& one : next.attachments) hashes[one.name].second = sha256_hex(one.body);
  for (const auto& [name, pair] : hashes) {
    const auto shown = [](const std::string& hash) {
      return hash.empty() ? std::string("none") : hash.substr(0, 12);
    };
    if (pair.first == pair.second) continue;
    found.push_back({Kind::recipe, fmt::format("{}: {}: {} -> {}", base.task, name,
                                               shown(pair.first), shown(pair.second))});
  }
}

// Of a run that was done elsewhere nothing but the model's name says who answered.
bool is_imported(const RunPlan& plan) {
  const json config = json::parse(plan.config_json, nullptr, false);
  return config.is_object() && config.contains("imported");
}

void compare_answerers(const RunPlan& base, const RunPlan& next, std::vector<Difference>& found) {
  if (base.endpoint != next.endpoint) {
    found.push_back(
        {Kind::answerer, fmt::format("endpoint: \"{}\" -> \"{}\"", base.endpoint, next.endpoint)});
  }
  if (base.model != next.model && (is_imported(base) || is_imported(next))) {
    found.push_back(
        {Kind::answerer, fmt::format("model: \"{}\" -> \"{}\"", base.model, next.model)});
  }
  struct Field {
    const char* name;
    Kind kind;
  };
  constexpr Field kFields[] = {{"server", Kind::answerer},
                               {"server_facts", Kind::answerer},
                               {"think_prefilled", Kind::recipe},
                               {"imported", Kind::harmless}};
  for (const LeafChange& change : leaf_changes(base.config_json, next.config_json)) {
    const auto field = std::find_if(std::begin(kFields), std::end(kFields), [&](const Field& f) {
      return change.path == f.name || change.path.starts_with(std::string(f.name) + ".");
    });
    if (field == std::end(kFields)) continue;
    // That nobody asked one of the servers, or that one tells less, does not make them two.
    const bool one_sided = change.base.is_null() || change.next.is_null();
    const bool silent = one_sided && change.path.starts_with("server_facts");
    found.push_back({silent ? Kind::harmless : field->kind,
                     fmt::format("{}:{}", change.path, change_of(change.base, change.next))});
  }
}

const TaskPlan* task_in(const RunPlan& plan, const std::string& task) {
  const auto found = std::find_if(plan.tasks.begin(), plan.tasks.end(),
                                  [&](const TaskPlan& one) { return one.task == task; });
  return found == plan.tasks.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Difference> differences(const RunPlan& base, const RunPlan& next) {
  std::vector<Difference> found;
  compare_answerers(base, next, found);
  for (const TaskPlan& task : base.tasks) {
    const TaskPlan* other = task_in(next, task.task);
    if (other == nullptr) {
      found.push_back({Kind::recipe, task.task + ": only base has this task"});
      continue;
    }
    compare_questions(task, *other, found);
    compare_protocols(task, *other, found);
    compare_attachments(task, *other, found);
  }
  for (const TaskPlan& task : next.tasks) {
    if (task_in(base, task.task) != nullptr) continue;
    found.push_back({Kind::recipe, task.task + ": only next has this task"});
  }
  return found;
}

bool alike(const RunPlan& base, const RunPlan& next, const std::vector<Difference>& found) {
  if (base.fingerprint == next.fingerprint) return true;
  const bool harmless = std::all_of(found.begin(), found.end(), [](const Difference& difference) {
    return difference.kind == Kind::harmless;
  });
  return harmless && !found.empty();
}

}  // namespace proctor::harness::comparison
