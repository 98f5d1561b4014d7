// What is asked: a question of a benchmark, and the messages that put it to a model.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace proctor {

// One question as it was imported; the same whatever copy of the benchmark it came from.
struct Question {
  std::string id;    // the dataset's own id as text, unique within its task
  std::string text;  // the problem, UTF-8, byte for byte
  std::string gold;  // the reference answer in the task's normal form ("25" for AIME's "025")
  // What to break results down by: ("subject", "Algebra"), ("level", "3").
  std::vector<std::pair<std::string, std::string>> attributes;

  bool operator==(const Question&) const = default;
};

// A multiple-choice question has its options as attributes "option 1", "option 2"..., and a letter
// as its gold: "A" is option 1.
inline constexpr std::string_view kOptionPrefix = "option ";
// Its place in the whole set, "3 of 198", which some orders of the options are drawn by.
inline constexpr std::string_view kPlaceAttribute = "place";

// The options in order, within the question's memory; none if it is no multiple choice.
inline std::vector<std::string_view> options_of(const Question& question) {
  std::vector<std::string_view> options;
  while (true) {
    const std::string name = std::string(kOptionPrefix) + std::to_string(options.size() + 1);
    const std::size_t before = options.size();
    for (const auto& [attribute, value] : question.attributes) {
      if (attribute == name) options.emplace_back(value);
    }
    if (options.size() != before + 1) return options;
  }
}

struct Message {
  // "system", "user" or "assistant"; or "raw" for the only message of a prompt that is all the
  // model shall read, its special tokens included, with no chat template around it.
  std::string role;
  std::string content;

  bool operator==(const Message&) const = default;
};

using Prompt = std::vector<Message>;

}  // namespace proctor
