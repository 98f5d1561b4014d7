#include "backends/local/local_backend.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include "backends/engine/engine.h"
#include "backends/engine/replicas.h"
#include "backends/local/crew.h"
#include "backends/local/model_folder.h"

namespace proctor::backends {
namespace {

using engine::Engine;
using engine::EngineReply;
using engine::Model;

// Hands what the engine writes on to the sink.
class Forwarder : public engine::EngineObserver {
 public:
  Forwarder(ReplySink& sink, const std::string& served_by) : sink_(sink), served_by_(served_by) {}

  void sampled(std::int64_t id, std::string_view) override { sink_.streamed(id, 1); }
  void finished(EngineReply reply) override {
    reply.generation.served_by = served_by_;
    sink_.finished(reply.id, std::move(reply.generation), 1);
  }

 private:
  ReplySink& sink_;
  const std::string& served_by_;
};

class LocalBackend : public Backend {
 public:
  // Engines, one or more, of the same arithmetic.
  LocalBackend(std::unique_ptr<Model> model, std::vector<std::unique_ptr<Engine>> engines,
               std::string name, const BackendOptions& options)
      : model_(std::move(model)),
        engines_(std::move(engines)),
        most_unread_(static_cast<std::size_t>(std::max(1, options.concurrency / 8))),
        loop_stop_(options.loop_stop),
        // CPU and GPU round differently: runs on the two are not the same run.
        identity_("engine/" + name + "@" + model_->identity().substr(0, 16) + "/" +
                  engines_.front()->arithmetic() + (options.loop_stop ? "/loop-stop" : "")) {}

  std::string identity() const override { return identity_; }

  std::optional<bool> prefills_thinking() const override {
    const Result<std::string> text =
        model_->chat_template()->render({{.role = "user", .content = "?"}});
    if (!text) return std::nullopt;
    const std::size_t end = text->find_last_not_of(" \t\r\n");
    return std::string_view(*text).substr(0, end + 1).ends_with("<think>");
  }

  bool takes_raw_prompts() const override { return true; }

  bool counts_prompts() const override { return true; }

  std::optional<int> context() const override { return model_->checkpoint().config().max_context; }

  Result<void> serve(RequestFeed& feed, ReplySink& sink, std::stop_token stop) override {
    return engines_.size() == 1 ? serve_here(feed, sink, std::move(stop))
                                : serve_together(feed, sink, std::move(stop));
  }

 private:
  // One engine, on this thread.
  Result<void> serve_here(RequestFeed& feed, ReplySink& sink, std::stop_token stop) {
    Engine& engine = *engines_.front();
    Forwarder forwarder(sink, identity_);
    bool ended = false;
    while (!stop.stop_requested()) {
      bool given = true;
      while (given && !ended && engine.wants_more()) {
        given = take_next(feed, sink, [&](engine::EngineRequest request) {
          return engine.submit(std::move(request));
        });
      }
      ended = ended || (!given && feed.pause() == Pause::ended);
      if (engine.idle() && ended) return {};
      if (engine.idle()) continue;
      if (Result<void> stepped = engine.step(forwarder); !stepped) {
        engine.drop_all();
        return stepped;
      }
    }
    engine.drop_all();
    return {};
  }

  // Several engines on threads of their own; feed and sink are this thread's.
  Result<void> serve_together(RequestFeed& feed, ReplySink& sink, std::stop_token stop) {
    using std::chrono::milliseconds;
    std::vector<Engine*> engines;
    for (const std::unique_ptr<Engine>& engine : engines_) engines.push_back(engine.get());
    const Result<std::unique_ptr<Crew>> made = Crew::make(engines, most_unread_);
    if (!made) return made.error();
    Crew& crew = **made;
    Forwarder forwarder(sink, identity_);
    bool ended = false;
    while (!stop.stop_requested()) {
      bool given = true;
      while (given && !ended && crew.wants_more()) {
        given = take_next(feed, sink, [&](engine::EngineRequest request) {
          crew.hand_out(std::move(request));
          return Result<void>();
        });
      }
      const Pause pause = given ? Pause::until_reply : feed.pause();
      ended = ended || pause == Pause::ended;
      if (crew.idle() && ended) return {};
      CrewNews news = crew.take_news(stop, milliseconds(pause == Pause::a_moment ? 1 : 60'000));
      for (const std::int64_t ticket : news.sampled) forwarder.sampled(ticket, {});
      for (EngineReply& reply : news.finished) forwarder.finished(std::move(reply));
      for (const auto& [ticket, why] : news.refused) sink.finished(ticket, why, 1);
      if (news.failure) return *news.failure;
    }
    return {};
  }

  // Whether there was a request. One that the model cannot take ends here, with the reason.
  template <class Submit>
  bool take_next(RequestFeed& feed, ReplySink& sink, const Submit& submit) {
    const std::optional<Request> request = feed.next();
    if (!request) return false;
    sink.started(request->ticket);
    Result<void> taken;
    if (Result<std::vector<std::int32_t>> prompt = model_->prompt_for(request->prompt)) {
      const int taken_up = request->limit_includes_prompt ? static_cast<int>(prompt->size()) : 0;
      taken = submit({.id = request->ticket,
                      .prompt = std::move(*prompt),
                      .max_tokens = request->sampling.max_tokens - taken_up,
                      .sampling = parameters(request->sampling),
                      .seed = request->seed,
                      .loop_stop = loop_stop_});
    } else {
      taken = prompt.error();
    }
    if (!taken) sink.finished(request->ticket, taken.error(), 1);
    return true;
  }

  // What the request leaves open is as the model's makers recommend.
  engine::SamplingParameters parameters(const Sampling& sampling) const {
    const std::optional<int>& recommended = model_->checkpoint().generation().top_k;
    return {.temperature = static_cast<float>(sampling.temperature),
            .top_p = static_cast<float>(sampling.top_p),
            .top_k = sampling.top_k.value_or(recommended.value_or(0))};
  }

  std::unique_ptr<Model> model_;
  std::vector<std::unique_ptr<Engine>> engines_;
  std::size_t most_unread_;  // of each engine (Crew)
  bool loop_stop_;           // some replies end sooner
  std::string identity_;
};

// One engine for each device that the options name.
Result<std::vector<std::unique_ptr<Engine>>> make_engines(const Model& model,
                                                          const engine::EngineOptions& options) {
  const Result<std::vector<engine::EngineOptions>> replicas = engine::replica_options(options);
  if (!replicas) return replicas.error();
  std::vector<std::unique_ptr<Engine>> engines;
  for (const engine::EngineOptions& replica : *replicas) {
    Result<std::unique_ptr<Engine>> engine = Engine::make(model, replica);
    if (!engine) return engine.error();
    if (!engines.empty() && (*engine)->arithmetic() != engines.front()->arithmetic()) {
      return Error(ErrorCode::invalid_input, "device \"" + options.device +
                                                 "\": " + engines.front()->device_description() +
                                                 " and " + (*engine)->device_description() +
                                                 " do not compute the same replies");
    }
    engines.push_back(std::move(*engine));
  }
  return engines;
}

Error no_template(const std::string& name) {
  return {ErrorCode::invalid_input, name + ": the model has no chat template"};
}

Result<std::unique_ptr<Backend>> make(Result<Model> model, const std::string& name,
                                      const BackendOptions& options) {
  if (!model) return model.error();
  if (!options.base_url.empty()) {
    return Error(ErrorCode::invalid_input, "--base-url: " + name + " is no server");
  }
  if (!model->chat_template()) return no_template(name);
  auto kept = std::make_unique<Model>(std::move(*model));
  Result<std::vector<std::unique_ptr<Engine>>> engines =
      make_engines(*kept, {.device = options.device,
                           .threads = options.threads,
                           .max_sequences = options.concurrency,
                           .cache_gib = options.cache_gib,
                           .swap_gib = options.swap_gib,
                           .kv_cache = options.kv_cache,
                           .weights = options.weights});
  if (!engines) return engines.error().within(name);
  return make_engine_backend(std::move(kept), std::move(*engines), name, options);
}

}  // namespace

Result<std::unique_ptr<Backend>> make_tiny_backend(const BackendOptions& options) {
  return make(Model::tiny(), "tiny", options);
}

Result<std::unique_ptr<Backend>> make_local_backend(const std::string& folder,
                                                    const BackendOptions& options) {
  const auto variable = [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  const Result<std::filesystem::path> found = model_folder(folder, variable);
  if (!found) return found.error();
  // Named as the user did: a snapshot of the hub's cache is named after its commit.
  const std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  const std::string name =
      path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
  return make(Model::load(found->string()), name, options);
}

Result<std::unique_ptr<Backend>> make_engine_backend(std::unique_ptr<Model> model,
                                                     std::vector<std::unique_ptr<Engine>> engines,
                                                     const std::string& name,
                                                     const BackendOptions& options) {
  check(!engines.empty());
  if (!model->chat_template()) return no_template(name);
  return std::unique_ptr<Backend>(
      std::make_unique<LocalBackend>(std::move(model), std::move(engines), name, options));
}

}  // namespace proctor::backends
