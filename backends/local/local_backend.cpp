#include "backends/local/local_backend.h"

#include <utility>

#include "backends/engine/engine.h"

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
  LocalBackend(std::unique_ptr<Model> model, std::unique_ptr<Engine> engine, std::string name)
      : model_(std::move(model)),
        engine_(std::move(engine)),
        // CPU and GPU round differently: runs on the two are not the same run.
        identity_("engine/" + name + "@" + model_->identity().substr(0, 16) + "/" +
                  engine_->arithmetic()) {}

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
    Forwarder forwarder(sink, identity_);
    bool dry = false;
    while (!stop.stop_requested()) {
      while (!dry && engine_->wants_more()) dry = !take_next(feed, sink);
      if (engine_->idle() && dry) return {};
      if (Result<void> stepped = engine_->step(forwarder); !stepped) {
        engine_->drop_all();
        return stepped;
      }
    }
    engine_->drop_all();
    return {};
  }

 private:
  // Whether there was a request. One that the model cannot take ends here, with the reason.
  bool take_next(RequestFeed& feed, ReplySink& sink) {
    const std::optional<Request> request = feed.next();
    if (!request) return false;
    sink.started(request->ticket);
    Result<void> taken;
    if (Result<std::vector<std::int32_t>> prompt = model_->prompt_for(request->prompt)) {
      const int taken_up = request->limit_includes_prompt ? static_cast<int>(prompt->size()) : 0;
      taken = engine_->submit({.id = request->ticket,
                               .prompt = std::move(*prompt),
                               .max_tokens = request->sampling.max_tokens - taken_up,
                               .sampling = parameters(request->sampling),
                               .seed = request->seed});
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
  std::unique_ptr<Engine> engine_;
  std::string identity_;
};

Result<std::unique_ptr<Backend>> make(Result<Model> model, std::string name,
                                      const BackendOptions& options) {
  if (!model) return model.error();
  if (!options.base_url.empty()) {
    return Error(ErrorCode::invalid_input, "--base-url: " + name + " is no server");
  }
  if (!model->chat_template()) {
    return Error(ErrorCode::invalid_input, name + ": the model has no chat template");
  }
  auto kept = std::make_unique<Model>(std::move(*model));
  Result<std::unique_ptr<Engine>> engine =
      Engine::make(*kept, {.device = options.device,
                           .threads = options.threads,
                           .max_sequences = options.concurrency,
                           .cache_gib = options.cache_gib});
  if (!engine) return engine.error().within(name);
  return std::unique_ptr<Backend>(
      std::make_unique<LocalBackend>(std::move(kept), std::move(*engine), std::move(name)));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_tiny_backend(const BackendOptions& options) {
  return make(Model::tiny(), "tiny", options);
}

Result<std::unique_ptr<Backend>> make_local_backend(const std::string& folder,
                                                    const BackendOptions& options) {
  const std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  const std::string name =
      path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
  return make(Model::load(folder), name, options);
}

}  // namespace proctor::backends
