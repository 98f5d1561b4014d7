#include "harness/comparison/sides.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/core/check.h"

namespace proctor::harness::comparison {
namespace {

using reports::QuestionScores;

SideTask side_task(const TaskPlan& plan, TaskScores scores) {
  SideTask task{{}, std::move(scores)};
  for (std::size_t i = 0; i < plan.questions.size(); ++i) task.places[plan.questions[i].id] = i;
  return task;
}

// Adds another run's scores of the same questions, in whatever order it has them.
void add_run(const TaskPlan& plan, const TaskScores& more, SideTask& task) {
  for (std::size_t i = 0; i < plan.questions.size(); ++i) {
    const auto place = task.places.find(plan.questions[i].id);
    check(place != task.places.end());  // the runs are alike
    const auto pool = [&](std::vector<QuestionScores>& sum,
                          const std::vector<QuestionScores>& one) {
      sum[place->second] = reports::pooled(sum[place->second], one[i]);
    };
    pool(task.scores.correct, more.correct);
    for (std::size_t m = 0; m < more.measures.size(); ++m) {
      pool(task.scores.measures[m].questions, more.measures[m].questions);
    }
  }
}

// The pair's questions by the attributes asked for, one slice a value.
void add_slices(const TaskPlan& plan, const std::vector<std::string>& by, reports::TaskPair& pair) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < pair.questions.size(); ++i) places[pair.questions[i]] = i;
  for (const std::string& attribute : by) {
    std::map<std::string, std::vector<std::size_t>> values;
    for (const Question& question : plan.questions) {
      const auto place = places.find(question.id);
      if (place == places.end()) continue;
      for (const auto& [name, value] : question.attributes) {
        if (name == attribute) values[value].push_back(place->second);
      }
    }
    for (auto& [value, questions] : values) {
      pair.slices.push_back({attribute + ": " + value, std::move(questions)});
    }
  }
}

}  // namespace

Error unlike(std::string_view what, const std::vector<Difference>& found) {
  std::string message = fmt::format("{} are not comparable: ", what);
  if (found.empty()) {
    message += "their fingerprints differ, in nothing that this proctor can name";
  }
  bool recipe = found.empty();
  for (const Difference& difference : found) {
    message += "\n  " + difference.text;
    recipe = recipe || difference.kind == Difference::Kind::recipe;
  }
  message += recipe ? "\n--across compares them all the same, over the questions in common"
                    : "\nonly who answers differs: --across compares them";
  return Error(ErrorCode::invalid_input, std::move(message));
}

Result<Side> load_side(const std::filesystem::path& db, const std::vector<reports::RunId>& runs) {
  Result<reports::Store> store = reports::Store::open_for_reading(db);
  if (!store) return store.error();
  Side side;
  for (const reports::RunId run : runs) {
    Result<RunScores> scores = load_run_scores(*store, run);
    if (!scores) return scores.error();
    const bool first = side.about.runs.empty();
    const std::vector<Difference> found =
        first ? std::vector<Difference>() : differences(side.plan, scores->plan);
    if (!first && !alike(side.plan, scores->plan, found)) {
      return unlike(fmt::format("runs {} and {}, to be taken together,", runs.front(), run), found);
    }
    for (std::size_t i = 0; i < scores->tasks.size(); ++i) {
      const TaskPlan& plan = scores->plan.tasks[i];
      if (first) {
        side.order.push_back(plan.task);
        side.tasks.emplace(plan.task, side_task(plan, std::move(scores->tasks[i])));
      } else {
        add_run(plan, scores->tasks[i], side.tasks.at(plan.task));
      }
    }
    side.about = {runs, db.string(), scores->plan.model, scores->info.created_at,
                  scores->plan.fingerprint};
    side.plan = std::move(scores->plan);
  }
  return side;
}

reports::TaskPair pair_of(const std::string& task, const SideTask& base, const SideTask& next) {
  reports::TaskPair pair{.task = task};
  for (const Measure& measure : base.scores.measures) {
    pair.measures.push_back({.name = measure.name, .share = measure.share});
  }
  for (const auto& [id, place] : base.places) {
    const auto other = next.places.find(id);
    if (other == next.places.end()) {
      ++pair.only_in_base;
      continue;
    }
    pair.questions.push_back(id);
    pair.base.push_back(base.scores.correct[place]);
    pair.next.push_back(next.scores.correct[other->second]);
    for (std::size_t m = 0; m < pair.measures.size(); ++m) {
      pair.measures[m].base.push_back(base.scores.measures[m].questions[place]);
      pair.measures[m].next.push_back(next.scores.measures[m].questions[other->second]);
    }
  }
  pair.only_in_next = static_cast<int>(next.places.size() - pair.questions.size());
  return pair;
}

Result<void> slice_pairs(const RunPlan& plan, const std::vector<std::string>& by,
                         std::vector<reports::TaskPair>& pairs) {
  for (reports::TaskPair& pair : pairs) {
    for (const TaskPlan& task : plan.tasks) {
      if (task.task == pair.task) add_slices(task, by, pair);
    }
  }
  for (const std::string& attribute : by) {
    const bool known = std::any_of(pairs.begin(), pairs.end(), [&](const reports::TaskPair& pair) {
      return std::any_of(pair.slices.begin(), pair.slices.end(), [&](const reports::Slice& slice) {
        return slice.name.starts_with(attribute + ": ");
      });
    });
    if (known) continue;
    return Error(ErrorCode::not_found, "--by: no question has an attribute \"" + attribute + "\"");
  }
  return {};
}

}  // namespace proctor::harness::comparison
