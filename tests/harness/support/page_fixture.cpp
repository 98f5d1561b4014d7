#include "tests/harness/support/page_fixture.h"

#include "harness/core/check.h"
#include "tasks/task.h"

namespace proctor::harness {
namespace {

// What cannot fail here: not doctest's word for it, since a benchmark fills its store from here
// too.
template <class T>
T must(Result<T> result) {
  check(static_cast<bool>(result));
  return std::move(*result);
}

TaskPlan task_plan(const std::string& name, const std::string& grader, int repeats,
                   std::vector<Question> questions) {
  const tasks::Protocol protocol = must(tasks::protocol_for("r1", name));
  return {.task = name,
          .dataset_hash = "da7a",
          .protocol = "r1",
          .protocol_hash = tasks::protocol_hash(protocol, grader),
          .protocol_json = tasks::protocol_json(protocol, grader),
          .grader = grader,
          .repeats = repeats,
          .questions = std::move(questions)};
}

RunPlan run_plan(std::vector<TaskPlan> tasks) {
  return {.model = "openai-api/fake<model>",
          .endpoint = "http://127.0.0.1:1/v1",
          .seed = 1,
          .fingerprint = "f1f1f1f1f1f1f1f1",
          .config_json = "{\"think_prefilled\":false}",
          .version = "0.0",
          .host = "test",
          .tasks = std::move(tasks)};
}

Generation reply_of(std::string text, FinishReason finish = FinishReason::stop) {
  Generation reply;
  reply.usage.completion = static_cast<std::int64_t>(text.size());
  reply.usage.prompt = 20;
  reply.text = std::move(text);
  reply.finish = finish;
  reply.served_by = "fake-1";
  reply.first_token_ms = 10;
  reply.total_ms = 100;
  return reply;
}

Score score_of(const std::string& text, Verdict verdict, const std::string& answer,
               Thinking thinking) {
  Score score;
  score.verdict = verdict;
  score.extracted = score.canonical = answer;
  score.thinking = thinking;
  score.explanation = "box: " + answer;
  const std::size_t at = answer.empty() ? std::string::npos : text.rfind(answer);
  if (at != std::string::npos) score.span = Span{at, at + answer.size()};
  return score;
}

class Filler {
 public:
  Filler(reports::Store& store, std::int64_t sample) : store_(store), sample_(sample) {}

  void score(const std::string& text, Verdict verdict, const std::string& answer,
             Thinking thinking = Thinking::closed, FinishReason finish = FinishReason::stop) {
    add(reports::SampleStarted{sample_});
    add(reports::SampleGenerated{sample_, reply_of(text, finish)});
    add(reports::SampleScored{sample_, score_of(text, verdict, answer, thinking), "integer@1"});
    ++sample_;
  }
  void fail(const std::string& reason) {
    add(reports::SampleStarted{sample_});
    add(reports::SampleFailed{sample_, reason, 3});
    ++sample_;
  }
  void leave_ungraded(const std::string& text, const std::string& reason) {
    add(reports::SampleStarted{sample_});
    add(reports::SampleGenerated{sample_, reply_of(text)});
    add(reports::SampleUngraded{sample_, reason});
    ++sample_;
  }
  void skip(int samples) { sample_ += samples; }
  void commit() {
    check(static_cast<bool>(store_.commit(changes_)));
    changes_.clear();
  }

 private:
  void add(reports::Change change) { changes_.push_back(std::move(change)); }

  reports::Store& store_;
  std::int64_t sample_;
  std::vector<reports::Change> changes_;
};

std::int64_t first_sample(reports::Store& store, reports::RunId run) {
  return must(store.samples(run)).front().id;
}

reports::RunId add_run(reports::Store& store, const RunPlan& plan) {
  return must(store.add_run(plan, [](const std::string&, const Question&, int repeat) {
    return static_cast<std::uint64_t>(repeat);
  }));
}

reports::Store open_store(const std::filesystem::path& db) {
  return must(reports::Store::open_for_writing(db));
}

// A run of one task, with the samples of its first questions scored, but the first sample in any
// case.
reports::RunId add_counting_run(const std::filesystem::path& db, int questions, int repeats,
                                int scored) {
  reports::Store store = open_store(db);
  std::vector<Question> asked;
  for (int i = 0; i < questions; ++i) {
    const std::string number = std::to_string(i);
    asked.push_back({number, "What is " + number + " + 1?", std::to_string(i + 1), {}});
  }
  const reports::RunId run =
      add_run(store, run_plan({task_plan("aime24", "integer@1", repeats, std::move(asked))}));
  Filler fill(store, first_sample(store, run));
  const auto score = [&](int question, int repeat) {
    const int said = question + (repeat * 7 + question) % 3;
    const std::string answer = std::to_string(said);
    fill.score("<think>\nIt is next.\n</think>\n\n\\boxed{" + answer + "}",
               said == question + 1 ? Verdict::correct : Verdict::wrong, answer);
  };
  if (scored == 0) score(0, 0);
  for (int question = 0; question < scored; ++question) {
    for (int repeat = 0; repeat < repeats; ++repeat) score(question, repeat);
    if (question % 64 == 63) fill.commit();
  }
  fill.commit();
  return run;
}

}  // namespace

reports::RunId add_page_run(const std::filesystem::path& db) {
  reports::Store store = open_store(db);
  const reports::RunId run =
      add_run(store, run_plan({task_plan("aime24", "integer@1", 4,
                                         {{"60",
                                           "Let $x^2 = 625$. A ticket costs $5 or $6. Find $|x|$.",
                                           "25",
                                           {{"level", "3"}}},
                                          {"61", "Find $\\frac{8}{2}$.", "4", {{"level", "4"}}},
                                          {"a b/62", "Find the number.", "1", {}}}),
                               task_plan("gpqa", "choice@1", 2,
                                         {{"g1",
                                           "A secret question of a gated set?",
                                           "B",
                                           {{"option 1", "red lead"},
                                            {"option 2", "white lead"},
                                            {"option 3", "litharge"},
                                            {"option 4", "galena"}}}})}));
  Filler fill(store, first_sample(store, run));
  fill.score(
      "<think>\nSo $5^2 = 25$.\n</think>\n\nWe have $x = \\boxed{25}$, since\n\\[ 25^2 = 625. \\]",
      Verdict::correct, "25");
  fill.score("<think>\nAgain.\n</think>\n\n**Answer** `25`: $\\boxed{25}$", Verdict::correct, "25");
  fill.score(kHostileReply, Verdict::wrong, "7", Thinking::absent);
  fill.score("<think>\nHm.\n</think>\n\n```python\nprint(\"$7$\")\n```\nIt is \\boxed{7}.",
             Verdict::wrong, "7");
  fill.score("<think>\nLet me think on and on", Verdict::no_answer, "", Thinking::unclosed,
             FinishReason::length);
  fill.score("<think>\n</think>\n\nI do not know; $\\undefinedcommand{4$.", Verdict::no_answer, "",
             Thinking::empty);
  fill.fail("HTTP 500: <b>overloaded</b>");
  fill.leave_ungraded("The answer is 4.", "the sandbox did not start");
  fill.skip(4);
  fill.score("<think>\nIt is red lead.\n</think>\n\nAnswer: B", Verdict::correct, "white lead");
  fill.score("<think>\nIt is litharge.\n</think>\n\nAnswer: C", Verdict::wrong, "litharge");
  fill.commit();
  return run;
}

reports::RunId add_large_run(const std::filesystem::path& db, int questions, int repeats) {
  return add_counting_run(db, questions, repeats, questions);
}

reports::RunId add_started_run(const std::filesystem::path& db, int questions, int repeats) {
  return add_counting_run(db, questions, repeats, 0);
}

}  // namespace proctor::harness
