// What a set lacks that a run of it would need: questions nobody can grade, tests known missing.
#include <map>
#include <string>
#include <vector>

#include "tasks/stored_dataset.h"

namespace proctor::tasks {
namespace {

constexpr std::size_t kMostIds = 5;  // named in a message

std::string_view attribute_of(const Question& question, std::string_view name) {
  for (const auto& [attribute, value] : question.attributes) {
    if (attribute == name) return value;
  }
  return {};
}

std::string_view why_ungradeable(const Question& question) {
  return attribute_of(question, "ungradeable");
}

struct Group {
  std::size_t count = 0;
  std::string ids{};
};

void add_to(Group& group, const Question& question) {
  if (++group.count <= kMostIds) group.ids += (group.count == 1 ? "" : ", ") + question.id;
  if (group.count == kMostIds + 1) group.ids += ", …";
}

std::string described(const Group& group, std::string_view what) {
  return std::to_string(group.count) + " " + std::string(what) + " (" + group.ids + ")";
}

}  // namespace

std::string gaps_in(const Dataset& dataset) {
  std::map<std::string_view, Group> ungradeable;
  Group incomplete;
  for (const Question& question : dataset.questions) {
    const std::string_view why = why_ungradeable(question);
    if (!why.empty()) {
      add_to(ungradeable[why], question);
    } else if (attribute_of(question, "tests") == "incomplete") {
      add_to(incomplete, question);
    }
  }
  std::string gaps;
  for (const auto& [why, group] : ungradeable) {
    gaps += (gaps.empty() ? "" : ", ") + described(group, why);
  }
  if (!gaps.empty()) gaps = "not gradeable: " + gaps;
  if (incomplete.count == 0) return gaps;
  return gaps + (gaps.empty() ? "" : "; ") + described(incomplete, "with incomplete tests");
}

Result<void> leave_out_ungradeable(Dataset& dataset) {
  const std::string gaps = gaps_in(dataset);
  if (gaps.empty()) return {};
  dataset.selection += (dataset.selection.empty() ? "" : "; ") + gaps;
  std::erase_if(dataset.questions,
                [](const Question& question) { return !why_ungradeable(question).empty(); });
  if (dataset.questions.empty()) {
    return Error(ErrorCode::invalid_input, dataset.task + ": no question is left; " + gaps);
  }
  dataset.hash = hash_of(dataset.questions);
  return {};
}

}  // namespace proctor::tasks
