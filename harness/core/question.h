// What is asked: a question of a benchmark, and the messages that put it to a model.
#pragma once

#include <string>
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

struct Message {
  // "system", "user" or "assistant"; or "raw" for the only message of a prompt that is all the
  // model shall read, its special tokens included, with no chat template around it.
  std::string role;
  std::string content;

  bool operator==(const Message&) const = default;
};

using Prompt = std::vector<Message>;

}  // namespace proctor
