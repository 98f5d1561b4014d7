#include "backends/replay/replay.h"

#include <fmt/core.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "harness/core/sha256.h"

namespace proctor::backends {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostCount = 1'000'000'000;

struct Reply {
  std::string task;
  std::string question_id;
  int repeat = 0;
  Generation generation;
};

std::string key_of(std::string_view task, std::string_view question_id, int repeat) {
  return fmt::format("{}\n{}\n{}", task, question_id, repeat);
}

// Reads the fields of one row, remembering the first that is wrong.
class RowReader {
 public:
  explicit RowReader(const json& row) : row_(row) {}

  std::string text(const char* field, bool required) {
    const auto found = row_.find(field);
    if (found == row_.end() || found->is_null()) {
      if (required) fail(field, "missing");
      return {};
    }
    if (!found->is_string()) {
      fail(field, "expected a text");
      return {};
    }
    return found->get<std::string>();
  }

  // A question id may be written as a number.
  std::string id(const char* field) {
    const auto found = row_.find(field);
    if (found != row_.end() && found->is_number_integer()) return found->dump();
    return text(field, true);
  }

  std::optional<std::int64_t> count(const char* field) {
    const auto found = row_.find(field);
    if (found == row_.end() || found->is_null()) return std::nullopt;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kMostCount) {
      fail(field, "expected a number from 0 to 1,000,000,000");
      return std::nullopt;
    }
    return found->get<std::int64_t>();
  }

  void fail(const char* field, std::string_view why) {
    if (!problem_) problem_ = fmt::format("field \"{}\": {}", field, why);
  }

  const std::optional<std::string>& problem() const { return problem_; }

 private:
  const json& row_;
  std::optional<std::string> problem_;
};

// One line of the file. The error names the field only.
Result<Reply> parse_row(std::string_view line) {
  const json row = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!row.is_object()) return Error(ErrorCode::invalid_input, "not a JSON object");
  RowReader read(row);
  Reply reply;
  reply.task = read.text("task", true);
  reply.question_id = read.id("question_id");
  const std::optional<std::int64_t> repeat = read.count("repeat");
  if (!repeat) read.fail("repeat", "missing");
  reply.repeat = static_cast<int>(repeat.value_or(0));
  Generation& generation = reply.generation;
  generation.text = read.text("text", true);
  generation.reasoning = read.text("reasoning", false);
  generation.usage.prompt = read.count("prompt_tokens");
  generation.usage.completion = read.count("completion_tokens");
  const std::string finish = read.text("finish_reason", false);
  const bool silent = generation.text.empty() && generation.reasoning.empty();
  if (!finish.empty()) {
    const std::optional<FinishReason> known = finish_reason_named(finish);
    if (!known) read.fail("finish_reason", fmt::format("unknown \"{}\"", finish));
    generation.finish = known.value_or(FinishReason::stop);
  }
  if (silent && generation.finish == FinishReason::stop) generation.finish = FinishReason::empty;
  generation.served_by = "replay";
  if (generation.text.size() + generation.reasoning.size() > kMostReplyBytes) {
    read.fail("text", "longer than 64 MiB");
  }
  if (read.problem()) return Error(ErrorCode::invalid_input, *read.problem());
  return reply;
}

class Replay : public Backend {
 public:
  static Result<std::unique_ptr<Backend>> load(const std::filesystem::path& file);

  std::string identity() const override { return "replay " + hash_; }

  bool takes_raw_prompts() const override { return true; }  // it reads none

  Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) override {
    while (!stop.stop_requested()) {
      const std::optional<Request> request = feed.next();
      if (!request && feed.pause() == Pause::ended) break;
      if (!request) continue;
      sink.started(request->ticket);
      sink.finished(request->ticket, find(*request), 1);
    }
    return {};
  }

 private:
  struct Place {
    std::streamoff offset = 0;
    std::size_t line = 0;
  };

  Result<Generation> find(const Request& request) {
    const auto place = places_.find(key_of(request.task, request.question_id, request.repeat));
    if (place == places_.end()) {
      return Error(ErrorCode::refused,
                   fmt::format("{} has no reply for question {} of {}, repeat {}", name_,
                               request.question_id, request.task, request.repeat));
    }
    in_.clear();
    in_.seekg(place->second.offset);
    std::string line;
    std::getline(in_, line);
    Result<Reply> reply = parse_row(line);
    const bool same = reply && reply->task == request.task &&
                      reply->question_id == request.question_id && reply->repeat == request.repeat;
    if (!same) {
      return Error(ErrorCode::refused,
                   fmt::format("{}:{}: changed since it was opened", name_, place->second.line));
    }
    return std::move(reply->generation);
  }

  std::string name_;
  std::string hash_;
  std::ifstream in_;
  std::unordered_map<std::string, Place> places_;
};

Result<std::unique_ptr<Backend>> Replay::load(const std::filesystem::path& file) {
  auto replay = std::make_unique<Replay>();
  replay->name_ = file.filename().string();
  replay->in_.open(file, std::ios::binary);
  if (!replay->in_) return Error(ErrorCode::not_found, file.string() + ": cannot be opened");
  Sha256 hash;
  std::string line;
  Place place{0, 1};
  for (; std::getline(replay->in_, line); ++place.line) {
    hash.update(line).update("\n");
    const auto length = static_cast<std::streamoff>(line.size()) + 1;
    if (line.find_first_not_of(" \t\r") != std::string::npos) {
      const Result<Reply> reply = parse_row(line);
      const std::string where = fmt::format("{}:{}", replay->name_, place.line);
      if (!reply) return reply.error().within(where);
      const auto [first, added] =
          replay->places_.emplace(key_of(reply->task, reply->question_id, reply->repeat), place);
      if (!added) {
        return Error(
            ErrorCode::invalid_input,
            fmt::format("{}: a second reply to the sample of line {}", where, first->second.line));
      }
    }
    place.offset += length;
  }
  if (replay->in_.bad()) return Error(ErrorCode::io, file.string() + ": reading failed");
  if (replay->places_.empty()) {
    return Error(ErrorCode::invalid_input, file.string() + ": holds no replies");
  }
  replay->hash_ = hex(hash.finish());
  return std::unique_ptr<Backend>(std::move(replay));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_replay_backend(const std::filesystem::path& file) {
  return Replay::load(file);
}

}  // namespace proctor::backends
