#include "tests/harness/verbs/exchange_fixture.h"

#include <doctest/doctest.h>

#include "tasks/task.h"
#include "tests/support/child.h"

namespace proctor::harness {
namespace {

using reports::Change;

TaskPlan task_of(const char* name, const char* grader, int repeats) {
  const Result<tasks::Protocol> protocol = tasks::protocol_for("r1", name);
  REQUIRE(protocol);
  tasks::Protocol own = *protocol;
  own.repeats = repeats;
  return {.task = name,
          .dataset_hash = std::string("hash of ") + name,
          .protocol = "r1",
          .protocol_hash = tasks::protocol_hash(own, grader),
          .protocol_json = tasks::protocol_json(own, grader),
          .grader = grader,
          .repeats = repeats,
          .questions = {}};
}

Generation reply(const std::string& text) {
  Generation reply;
  reply.text = text;
  reply.reasoning = "one and one";
  reply.usage = {10, 20, 15, std::nullopt};
  reply.served_by = "server-1";
  reply.first_token_ms = 3;
  reply.total_ms = 40;
  return reply;
}

Score score(Verdict verdict, const std::string& answer) {
  return {verdict, answer, answer, Span{0, 1}, Thinking::closed, "box: equal"};
}

void answer(std::vector<Change>& changes, std::int64_t sample, const std::string& text) {
  changes.emplace_back(reports::SampleStarted{sample});
  changes.emplace_back(reports::SampleGenerated{sample, reply(text)});
  changes.emplace_back(reports::SampleExamined{
      sample, {0xfedcba9876543210, static_cast<std::int64_t>(text.size()), 11, 11, false, false}});
}

}  // namespace

RunPlan exchange_plan() {
  TaskPlan math = task_of("math500", "math-answer@1", 3);
  math.questions = {{"one", "What is $1+1$?", "2", {{"level", "1"}, {"subject", "Algebra"}}},
                    {"two/b", "What is \xC3\xBC?", "3", {{"level", "2"}, {"subject", "Algebra"}}},
                    {"three", "What is $2+2$?", "4", {{"level", "2"}, {"subject", "Number"}}}};
  math.attachments = {{"notes/1", "{\"a\":1}"}, {"notes/2", "text"}};
  TaskPlan gpqa = task_of("gpqa", "choice@1", 2);
  gpqa.questions = {{"g1",
                     "Which secret?",
                     "B",
                     {{"option 1", "first"},
                      {"option 2", "second"},
                      {"option 3", "third"},
                      {"option 4", "fourth"},
                      {"place", "1 of 198"}}}};
  return {.model = "openai-api/fake",
          .endpoint = "http://127.0.0.1:1/v1",
          .seed = 0xfedcba9876543210,
          .fingerprint = "f00d",
          .config_json = R"({"server":"fake","think_prefilled":false})",
          .version = "0.0",
          .host = "test",
          .tasks = {std::move(math), std::move(gpqa)}};
}

void make_exchange_store(const std::filesystem::path& db) {
  Result<reports::Store> store = reports::Store::open_for_writing(db);
  REQUIRE(store);
  const Result<reports::RunId> run =
      store->add_run(exchange_plan(), [](const std::string&, const Question& question, int repeat) {
        return 0xffffffffffffff00 + question.id.size() * 8 + static_cast<std::uint64_t>(repeat);
      });
  REQUIRE(run);
  std::vector<Change> changes;
  for (const std::int64_t sample : {1, 2}) answer(changes, sample, "It is $\\boxed{2}$.");
  answer(changes, 3, "It is $\\boxed{7}$.");
  answer(changes, 4, "It is \xFF odd.");  // not UTF-8
  for (const std::int64_t sample : {6, 7}) answer(changes, sample, "\x01\n\t");
  for (const std::int64_t sample : {10, 11}) answer(changes, sample, "Answer: B, the secret");
  for (const std::int64_t sample : {1, 2, 10, 11}) {
    changes.emplace_back(reports::SampleScored{sample, score(Verdict::correct, "2"), "g@1"});
  }
  changes.emplace_back(reports::SampleScored{3, score(Verdict::wrong, "7"), "g@1"});
  changes.emplace_back(reports::SampleScored{4, score(Verdict::undecided, "\xBC"), "g@1"});
  changes.emplace_back(reports::SampleStarted{5});
  changes.emplace_back(reports::SampleFailed{5, "connection refused", 4});
  changes.emplace_back(reports::SampleUngraded{6, "no sandbox"});
  changes.emplace_back(reports::SampleStarted{8});
  const Result<void> committed = store->commit(changes);
  REQUIRE_MESSAGE(committed, (committed ? "" : committed.error().message()));
  REQUIRE(store->set_status(*run, reports::RunStatus::incomplete));
}

std::string proctor(const std::vector<std::string>& arguments, const std::filesystem::path& db,
                    int exit_code) {
  std::vector<std::string> argv = {PROCTOR_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--db", db.string()});
  const Result<support::ChildEnd> end = support::run_child(argv);
  REQUIRE(end);
  CAPTURE(end->out);
  CAPTURE(end->err);
  REQUIRE(end->exit_code == exit_code);
  return exit_code == 0 ? end->out : end->err;
}

}  // namespace proctor::harness
