// Other programs' logs as a run of ours. Each file is read twice: once for what was asked, which
// makes the plan, and once for the replies.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "graders/reply_traits.h"
#include "graders/think.h"
#include "harness/core/sha256.h"
#include "harness/exchange/importing.h"
#include "harness/files/json_text.h"
#include "harness/grading/score_limits.h"
#include "harness/plan/fingerprint.h"
#include "harness/process/version.h"
#include "reports/exchange/inspect_read.h"
#include "reports/exchange/lcb_submission.h"
#include "reports/exchange/lm_eval_read.h"
#include "reports/run_filler.h"
#include "tasks/task.h"

namespace proctor::harness::exchange {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using reports::exchange::ForeignLog;
using reports::exchange::ForeignSample;
using reports::exchange::ForeignVisitor;

std::string_view name_of(ImportFormat format) {
  switch (format) {
    case ImportFormat::own:
      return "jsonl";
    case ImportFormat::lm_eval:
      return "lm-eval";
    case ImportFormat::inspect:
      return "inspect";
    case ImportFormat::lcb:
      return "lcb";
  }
  return {};
}

Result<ForeignLog> visit(const fs::path& file, const ImportRequest& request,
                         const ForeignVisitor& visitor) {
  switch (request.format) {
    case ImportFormat::lm_eval:
      return reports::exchange::visit_lm_eval(file, request.scorer, visitor);
    case ImportFormat::inspect:
      return reports::exchange::visit_inspect(file, request.scorer, visitor);
    case ImportFormat::own:
    case ImportFormat::lcb:
      break;
  }
  return reports::exchange::visit_lcb_submission(file, visitor);
}

// Numbers by value, and before other ids: "2" before "10".
bool comes_before(const Question& left, const Question& right) {
  const auto key = [](const std::string& id) {
    const bool number = id.find_first_not_of("0123456789") == std::string::npos;
    return std::tuple(!number, number ? id.size() : 0, std::string_view(id));
  };
  return key(left.id) < key(right.id);
}

// One file, and what it asks.
struct AskedFile {
  fs::path path;
  ForeignLog log;
  TaskPlan plan;
  std::map<std::string, std::int32_t> ordinals;  // of the plan's questions, by id
  std::set<std::string> shuffled;                // questions whose repeats have other targets
};

// Over what was asked, whatever became of it, so that two models' logs have one hash.
std::string dataset_hash(const std::vector<Question>& questions) {
  Sha256 hash;
  hash.update("proctor imported questions 1\n");
  for (const Question& question : questions) {
    json attributes = json::array();
    for (const auto& [name, value] : question.attributes) attributes.push_back({name, value});
    const json line = {question.id, question.text, question.gold, std::move(attributes)};
    hash.update(compact_json(line) + "\n");
  }
  return hex(hash.finish());
}

Result<void> keep_window(const std::string& window, TaskPlan& plan) {
  const Result<const tasks::Task*> task = tasks::task_named(plan.task);
  if (!task || !tasks::can_select(**task)) {
    return Error(ErrorCode::invalid_input, "--window: " + plan.task + " has no dated questions");
  }
  tasks::Dataset dataset;
  dataset.task = plan.task;
  dataset.questions = std::move(plan.questions);
  const Result<void> selected =
      tasks::select_questions(**task, tasks::Selection{.window = window}, dataset);
  if (!selected) return selected;
  plan.questions = std::move(dataset.questions);
  return {};
}

// The protocol of an imported task says where its replies are from and how, as far as is known,
// they were asked for.
void describe_protocol(const ImportRequest& request, const ForeignLog& log, TaskPlan& plan) {
  plan.grader = log.grader;
  plan.protocol = fmt::format("imported ({})", name_of(request.format));
  const json protocol = {{"name", plan.protocol},
                         {"task", plan.task},
                         {"grader", plan.grader},
                         {"repeats", plan.repeats},
                         {"recipe", json::parse(log.recipe, nullptr, false)}};
  plan.protocol_json = compact_json(protocol);
  plan.protocol_hash = sha256_hex(plan.protocol_json);
}

Result<AskedFile> read_questions(const fs::path& path, const ImportRequest& request) {
  AskedFile file{.path = path, .log = {}, .plan = {}, .ordinals = {}, .shuffled = {}};
  std::map<std::string, Question> questions;
  TaskPlan& plan = file.plan;
  Result<ForeignLog> log = visit(path, request, [&](ForeignSample sample) -> Result<void> {
    plan.repeats = std::max(plan.repeats, sample.repeat + 1);
    const std::string id = sample.question.id;
    const auto [known, added] = questions.try_emplace(id, sample.question);
    // Options may be shuffled from one repeat to the next, and the target with them.
    if (known->second.gold != sample.question.gold) file.shuffled.insert(id);
    if (added || known->second.text == sample.question.text) return {};
    return Error(ErrorCode::invalid_input, "question " + id + " is there with two texts");
  });
  if (!log) return log.error();
  file.log = std::move(*log);
  plan.task = request.task.empty() ? file.log.task : request.task;
  if (plan.task.empty()) {
    return Error(ErrorCode::invalid_input, path.string() + ": does not name its task; use --task");
  }
  for (auto& [id, question] : questions) plan.questions.push_back(std::move(question));
  std::sort(plan.questions.begin(), plan.questions.end(), comes_before);
  if (!request.window.empty()) {
    const Result<void> kept = keep_window(request.window, plan);
    if (!kept) return kept.error().within(path.string());
  }
  for (const Question& question : plan.questions) {
    file.ordinals.emplace(question.id, static_cast<std::int32_t>(file.ordinals.size()));
  }
  plan.dataset_hash = dataset_hash(plan.questions);
  describe_protocol(request, file.log, plan);
  return file;
}

Result<std::string> hash_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  Sha256 hash;
  std::string piece(1 << 16, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    hash.update(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount())));
  }
  if (!in.eof()) return Error(ErrorCode::io, path.string() + ": cannot be read");
  return hex(hash.finish());
}

Result<RunPlan> plan_of(const ImportRequest& request, const std::vector<AskedFile>& files) {
  RunPlan plan;
  plan.model = request.model;
  json sources = json::array();
  std::string hashes;
  for (const AskedFile& file : files) {
    if (plan.model.empty()) plan.model = file.log.model;
    for (const TaskPlan& other : plan.tasks) {
      if (other.task != file.plan.task) continue;
      return Error(ErrorCode::invalid_input,
                   fmt::format("{}: a second file of task {}; import each as a run of its own",
                               file.path.string(), other.task));
    }
    plan.tasks.push_back(file.plan);
    const Result<std::string> hash = hash_of(file.path);
    if (!hash) return hash.error();
    hashes += " sha256:" + *hash;
    sources.push_back({{"name", file.path.filename().string()}, {"sha256", *hash}});
  }
  if (plan.model.empty()) {
    return Error(ErrorCode::invalid_input,
                 files.front().path.string() + ": does not name its model; use --model");
  }
  const std::string server = fmt::format("imported/{}", name_of(request.format));
  json imported = {{"format", name_of(request.format)}, {"files", std::move(sources)}};
  if (!request.window.empty()) imported["window"] = request.window;
  if (!request.scorer.empty()) imported["scorer"] = request.scorer;
  const json config = {{"model", plan.model},
                       {"server", server},
                       {"think_prefilled", false},
                       {"imported", std::move(imported)}};
  plan.fingerprint = plan::run_fingerprint(plan, server + hashes, false);
  plan.config_json = compact_json(config);
  plan.version = kVersion;
  return plan;
}

// The sample as the store has it. What other programs do not look at is found out here.
reports::SampleRecord record_of(ForeignSample sample, const ForeignLog& log) {
  reports::SampleRecord record;
  reports::SampleResult& result = record.result;
  result.repeat = sample.repeat;
  result.reason = std::move(sample.reason);
  if (!sample.reply) {
    result.state = result.reason.empty() ? SampleState::planned : SampleState::failed;
    return record;
  }
  result.attempts = 1;
  result.traits = graders::reply_traits(sample.question, *sample.reply, false);
  result.state = result.reason.empty() ? SampleState::generated : SampleState::ungraded;
  if (sample.score) {
    result.state = SampleState::scored;
    sample.score->thinking = graders::split_thinking(*sample.reply, false).state;
    grading::limit_texts(*sample.score);
    record.score = std::move(sample.score);
    record.grader = log.grader;
  }
  record.reply = std::move(sample.reply);
  return record;
}

// Puts the replies of one file into the run. Counts those with a verdict.
Result<std::int64_t> fill(const AskedFile& file, std::int32_t task, const ImportRequest& request,
                          reports::RunFiller& filler) {
  std::int64_t decided = 0;
  const Result<ForeignLog> log =
      visit(file.path, request, [&](ForeignSample sample) -> Result<void> {
        const auto place = file.ordinals.find(sample.question.id);
        if (place == file.ordinals.end()) return {};  // outside the window
        const bool other_letters = !sample.canonical_known && file.shuffled.contains(place->first);
        reports::SampleRecord record = record_of(std::move(sample), file.log);
        // One letter for two options would be one answer: better no vote than a false one.
        if (record.score && other_letters) record.score->canonical.clear();
        record.result.task = task;
        record.result.question = place->second;
        decided += record.score && record.score->verdict != Verdict::undecided ? 1 : 0;
        const Result<void> put = filler.put(record);
        if (put) return put;
        return put.error().within(fmt::format("question {}", place->first));
      });
  if (!log) return log.error();
  return decided;
}

}  // namespace

Result<void> import_foreign(const fs::path& scratch, const ImportRequest& request) {
  std::vector<AskedFile> files;
  for (const fs::path& path : request.files) {
    Result<AskedFile> file = read_questions(path, request);
    if (!file) return file.error();
    files.push_back(std::move(*file));
  }
  const Result<RunPlan> plan = plan_of(request, files);
  if (!plan) return plan.error();
  Result<reports::RunFiller> filler = reports::RunFiller::begin(scratch, *plan);
  if (!filler) return filler.error();
  constexpr double kWhole = 0.995;  // of every task, as `proctor run` takes it by default
  bool whole = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const TaskPlan& task = files[i].plan;
    const auto samples = static_cast<double>(task.questions.size()) * task.repeats;
    const Result<std::int64_t> decided =
        fill(files[i], static_cast<std::int32_t>(i), request, *filler);
    if (!decided) return decided.error();
    whole = whole && static_cast<double>(*decided) >= kWhole * samples;
  }
  reports::RunInfo info;
  info.status = whole ? reports::RunStatus::complete : reports::RunStatus::incomplete;
  info.created_at = files.front().log.created_at;
  const Result<reports::RunId> run = filler->finish(info);
  if (!run) return run.error();
  return {};
}

}  // namespace proctor::harness::exchange
