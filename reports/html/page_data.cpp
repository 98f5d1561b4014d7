#include "reports/html/page_data.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/core/check.h"

namespace proctor::reports::html {
namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// The letters below are data.js's.
char outcome_letter(const SampleCell& cell) {
  switch (cell.state) {
    case SampleState::planned:
      return 'p';
    case SampleState::in_flight:
      return 'i';
    case SampleState::generated:
      return 'g';
    case SampleState::ungraded:
      return 'x';
    case SampleState::failed:
      return 'f';
    case SampleState::scored:
      break;
  }
  check(cell.verdict.has_value());
  switch (*cell.verdict) {
    case Verdict::correct:
      return 'c';
    case Verdict::wrong:
      return 'w';
    case Verdict::no_answer:
      return 'n';
    case Verdict::undecided:
      return 'u';
  }
  check(false);
  return {};
}

char finish_letter(std::optional<FinishReason> finish) {
  if (!finish) return '-';
  switch (*finish) {
    case FinishReason::stop:
      return 's';
    case FinishReason::length:
      return 'l';
    case FinishReason::content_filter:
      return 'f';
    case FinishReason::empty:
      return 'e';
    case FinishReason::repetition:
      return 'r';
    case FinishReason::unknown:
      return 'k';
  }
  check(false);
  return {};
}

char thinking_letter(std::optional<Thinking> thinking) {
  if (!thinking) return '-';
  switch (*thinking) {
    case Thinking::closed:
      return 'c';
    case Thinking::unclosed:
      return 'u';
    case Thinking::empty:
      return 'e';
    case Thinking::absent:
      return 'a';
  }
  check(false);
  return {};
}

void append(std::string& column, std::int64_t number) {
  if (!column.empty()) column += ',';
  column += std::to_string(number);
}

std::string questions_json(const QuestionRow& row) {
  ordered_json attributes = ordered_json::object();
  for (const auto& [name, value] : row.question.attributes) attributes[name] = value;
  ordered_json answers = ordered_json::array();
  for (const AnswerVotes& answer : row.answers) {
    answers.push_back({answer.answer, answer.votes, answer.right ? 1 : 0});
  }
  return text_of({{"id", row.question.id},
                  {"text", row.question.text},
                  {"gold", row.question.gold},
                  {"attributes", attributes},
                  {"answers", answers},
                  {"abstentions", row.abstentions},
                  {"consensus", row.consensus ? ordered_json(*row.consensus) : ordered_json()}});
}

}  // namespace

PageData::PageData(std::string report, std::string store) : store_(std::move(store)) {
  json_ = "{\"report\":" + std::move(report) + ",\"tasks\":[";
}

void PageData::begin_task(const TaskHead& head) {
  end_task();
  if (tasks_) json_ += ',';
  tasks_ = in_task_ = true;
  questions_ = false;
  std::string fields = text_of({{"name", head.name},
                                {"repeats", head.repeats},
                                {"first_sample", head.first_sample},
                                {"votes", head.votes},
                                {"redacted", head.redacted}});
  fields.pop_back();  // the object goes on
  json_ += fields + ",\"questions\":[";
}

void PageData::add(const QuestionRow& row) {
  check(in_task_);
  if (questions_) json_ += ',';
  questions_ = true;
  json_ += questions_json(row);
  for (const SampleCell& cell : row.samples) add(cell);
}

void PageData::add(const SampleCell& cell) {
  columns_.outcome += outcome_letter(cell);
  columns_.finish += finish_letter(cell.finish);
  columns_.thinking += thinking_letter(cell.thinking);
  const int flags = (cell.loops ? 1 : 0) | (cell.mixes_scripts ? 2 : 0) | (cell.duplicate ? 4 : 0);
  columns_.flags += static_cast<char>('0' + flags);
  append(columns_.tokens, cell.tokens.value_or(-1));
  append(columns_.reached, cell.reached.value_or(-1));
  append(columns_.answer, cell.answer);
  if (!cell.reason.empty()) {
    const std::size_t number =
        columns_.reasons.try_emplace(cell.reason, columns_.reasons.size()).first->second;
    columns_.reason += (columns_.reason.empty() ? "\"" : ",\"") + std::to_string(columns_.samples) +
                       "\":" + std::to_string(number);
  }
  ++columns_.samples;
}

void PageData::end_task() {
  if (!in_task_) return;
  std::vector<std::string> reasons(columns_.reasons.size());
  for (const auto& [reason, number] : columns_.reasons) reasons[number] = reason;
  json_ += "],\"outcome\":\"" + columns_.outcome + "\",\"finish\":\"" + columns_.finish +
           "\",\"thinking\":\"" + columns_.thinking + "\",\"flags\":\"" + columns_.flags +
           "\",\"tokens\":[" + columns_.tokens + "],\"reached\":[" + columns_.reached +
           "],\"answer\":[" + columns_.answer + "],\"reason\":{" + columns_.reason +
           "},\"reasons\":" + text_of(reasons) + "}";
  columns_ = Columns();
  in_task_ = false;
}

void PageData::add_earlier(const std::string& task, const EarlierFigure& figure) {
  std::string& figures = earlier_[task];
  if (!figures.empty()) figures += ',';
  const auto number = [](double value) {
    return std::isnan(value) ? ordered_json() : ordered_json(value);
  };
  figures += text_of({{"run", figure.run},
                      {"created_at", figure.created_at},
                      {"model", figure.model},
                      {"pass_1", number(figure.pass_1)},
                      {"error_samples", number(figure.error_samples)}});
}

std::string PageData::finish(RepliesAre replies) {
  end_task();
  json_ += "],\"earlier\":{";
  bool first = true;
  for (const auto& [task, figures] : earlier_) {
    json_ += (first ? "" : ",") + text_of(task) + ":[" + figures + "]";
    first = false;
  }
  const char* where = replies == RepliesAre::here   ? "here"
                      : replies == RepliesAre::live ? "live"
                                                    : "none";
  json_ += "},\"store\":" + text_of(store_) + ",\"replies\":\"" + where + "\"}";
  return std::move(json_);
}

}  // namespace proctor::reports::html
