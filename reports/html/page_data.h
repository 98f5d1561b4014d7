// The data of a page: a run's report, and all its questions and samples but for the texts of the
// replies. Columns, not objects: a million samples take some 15 MB of JSON, of which a page holds a
// third.
//
// JSON: {"report": as `proctor report --format json`, "store": "proctor.db",
//   "replies": "here" | "none" | "live",
//   "earlier": {"aime24": [{"run", "created_at", "model", "pass_1", "error_samples"}...]},
//   "tasks": [{"name", "repeats", "first_sample", "votes", "redacted",
//     "questions": [{"id", "text", "gold", "attributes": {}, "answers": [[text, votes, right]...],
//                    "abstentions", "consensus"}...],
//     and by sample, questions outermost:
//     "outcome", "finish", "thinking", "flags": a text, a letter a sample (see page_data.cpp),
//     "tokens", "reached", "answer": numbers, -1 for none (reached: tokens up to a right answer;
//       answer: which of the question's "answers" it voted for),
//     "reason": {"17": 0...}, "reasons": why those samples have no score}]}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/question.h"
#include "reports/store.h"

namespace proctor::reports::html {

struct TaskHead {
  std::string name;
  int repeats = 1;
  std::int64_t first_sample = 0;
  bool votes = true;      // whether answers can agree
  bool redacted = false;  // texts are withheld
};

struct AnswerVotes {
  std::string answer;
  int votes = 0;
  bool right = false;
};

struct SampleCell {
  SampleState state = SampleState::planned;
  std::optional<Verdict> verdict{};
  std::optional<FinishReason> finish{};
  std::optional<Thinking> thinking{};
  std::optional<std::int64_t> tokens{};
  std::optional<std::int64_t> reached{};  // of a right answer
  int answer = -1;
  bool loops = false;
  bool mixes_scripts = false;
  bool duplicate = false;
  std::string reason{};
};

struct QuestionRow {
  Question question;
  std::vector<AnswerVotes> answers{};
  int abstentions = 0;
  std::optional<double> consensus{};
  std::vector<SampleCell> samples{};  // by repeat, all of them
};

// pass@1 of an earlier run of the same recipe.
struct EarlierFigure {
  RunId run = 0;
  std::string created_at;
  std::string model;
  double pass_1 = 0;
  double error_samples = 0;
};

enum class RepliesAre { here, none, live };

class PageData {
 public:
  // `report` is the report as JSON, `store` the file's name as the page shows it.
  PageData(std::string report, std::string store);

  void begin_task(const TaskHead& head);
  // The task's questions, in order.
  void add(const QuestionRow& row);
  void add_earlier(const std::string& task, const EarlierFigure& figure);

  // The JSON; call once. Invalid UTF-8 comes out as U+FFFD.
  std::string finish(RepliesAre replies);

 private:
  struct Columns {
    std::string outcome, finish, thinking, flags, tokens, reached, answer, reason;
    std::map<std::string, std::size_t> reasons;
    std::int64_t samples = 0;
  };

  void add(const SampleCell& cell);
  void end_task();

  std::string json_;
  std::string store_;
  std::map<std::string, std::string> earlier_;  // by task: the figures as JSON
  Columns columns_;                             // of the task that is being added
  bool in_task_ = false;
  bool tasks_ = false;
  bool questions_ = false;
};

}  // namespace proctor::reports::html
