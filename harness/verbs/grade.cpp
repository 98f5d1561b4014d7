// `proctor grade`: grades replies that proctor did not generate, JSON Lines in and out.
#include <fmt/core.h>

#include <array>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "graders/grader.h"
#include "harness/files/json_object.h"
#include "harness/files/json_text.h"
#include "harness/files/line_map.h"
#include "harness/process/console.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

struct GradeOptions {
  std::string grader;
  std::string in = "-";
  std::string out = "-";
};

// One line of input.
struct Reply {
  json id;
  Question question;
  Generation generation;
};

// Datasets spell integer answers either way; the decimal text is what the number stands for.
Result<std::string> gold_field(const json& object) {
  const auto found = object.find("gold");
  if (found == object.end() || found->is_string()) return text_field(object, "gold");
  if (found->is_number_integer()) return found->dump();
  return field_error("gold",
                     fmt::format("expected a string or an integer, found {}", found->type_name()));
}

Result<Reply> parse_reply(const std::string& line) {
  Result<json> object = parse_object(line);
  if (!object) return object.error();
  Result<json> id = id_field(*object);
  if (!id) return id.error();
  Result<std::string> gold = gold_field(*object);
  if (!gold) return gold.error();
  Result<std::string> response = text_field(*object, "response");
  if (!response) return response.error();

  Reply reply;
  reply.id = std::move(*id);
  reply.question.id = reply.id.is_string() ? reply.id.get<std::string>() : reply.id.dump();
  reply.question.gold = std::move(*gold);
  reply.generation.text = std::move(*response);
  if (reply.generation.text.empty()) reply.generation.finish = FinishReason::empty;
  return reply;
}

std::string format_score(const json& id, const Score& score) {
  const nlohmann::ordered_json line = {{"id", id},
                                       {"verdict", name_of(score.verdict)},
                                       {"extracted", score.extracted},
                                       {"explanation", score.explanation}};
  // An extract may begin or end inside a character.
  return compact_json(line) + "\n";
}

constexpr std::array kVerdicts = {Verdict::correct, Verdict::wrong, Verdict::no_answer,
                                  Verdict::undecided};

// How many replies got which verdict. Counted from many threads.
struct Tally {
  std::array<std::atomic<std::size_t>, kVerdicts.size()> counts{};

  void count(Verdict verdict) { ++counts[static_cast<std::size_t>(verdict)]; }
};

Result<std::string> grade_line(const graders::Grader& grader, const std::string& line,
                               Tally& tally) {
  const Result<Reply> reply = parse_reply(line);
  if (!reply) return reply.error();
  const Result<Score> score = grader.grade(reply->question, reply->generation);
  if (!score) return score.error();
  tally.count(score->verdict);
  return format_score(reply->id, *score);
}

Result<void> grade_files(const GradeOptions& options, Tally& tally) {
  Result<std::unique_ptr<graders::Grader>> grader = graders::make_grader(options.grader, {});
  if (!grader) return grader.error();
  return map_lines(options.in, options.out,
                   [&](const std::string& line) { return grade_line(**grader, line, tally); });
}

void print_summary(const Tally& tally) {
  std::size_t all = 0;
  std::string verdicts;
  for (const Verdict verdict : kVerdicts) {
    const std::size_t count = tally.counts[static_cast<std::size_t>(verdict)];
    all += count;
    verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : ", ", count, name_of(verdict));
  }
  say(fmt::format("graded {}: {}\n", all, verdicts));
}

std::string grader_description() {
  std::string names;
  for (const std::string_view name : graders::grader_names()) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return "How answers are read and compared: " + names;
}

}  // namespace

void add_grade_verb(CLI::App& app, Globals& /*globals*/, int& exit_code) {
  auto options = std::make_shared<GradeOptions>();
  CLI::App* verb = app.add_subcommand("grade", "Grade a JSONL of replies from elsewhere");
  verb->add_option("grader", options->grader, grader_description())->required();
  verb->add_option("--in", options->in, "JSON Lines with id, gold and response; - for stdin")
      ->capture_default_str();
  verb->add_option("--out", options->out,
                   "JSON Lines with id, verdict, extracted and explanation; - for stdout")
      ->capture_default_str();
  verb->callback([options, &exit_code] {
    Tally tally;
    const Result<void> graded = grade_files(*options, tally);
    if (!graded) {
      exit_code = fail(graded.error());
      return;
    }
    print_summary(tally);
    exit_code = kDone;
  });
}

}  // namespace proctor::harness
