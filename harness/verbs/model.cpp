#include "harness/verbs/model.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "backends/local/model_folder.h"
#include "harness/files/json_object.h"
#include "harness/files/json_text.h"
#include "harness/files/line_map.h"
#include "harness/process/console.h"
#include "harness/process/environment.h"
#include "harness/process/exit_code.h"
#include "harness/verbs/verbs.h"

namespace proctor::harness {
namespace {

using nlohmann::json;

constexpr const char* kModelHelp =
    "tiny (the embedded model), a Hugging Face folder, or ORG/NAME as `model fetch` got it";

struct FileOptions {
  std::string folder;
  std::string in = "-";
  std::string out = "-";
  bool completion = false;  // tokenize
  bool keep_going = false;  // render
};

// A folder's tokenizer and template are read without its weights: they may not be there.
bool is_embedded(const std::string& spec) { return spec == "tiny"; }

Result<std::string> folder_of(const std::string& spec) {
  constexpr std::string_view kLocal = "local/";
  const Result<std::filesystem::path> folder = backends::model_folder(
      spec.starts_with(kLocal) ? spec.substr(kLocal.size()) : spec, environment);
  if (!folder) return folder.error();
  return folder->string();
}

Result<void> tokenize_lines(const FileOptions& options, const engine::Tokenizer& tokenizer) {
  return map_lines(options.in, options.out, [&](const std::string& line) -> Result<std::string> {
    const Result<json> object = parse_object(line);
    if (!object) return object.error();
    const Result<std::string> text = text_field(*object, "text");
    if (!text) return text.error();
    const auto special = object->find("add_special_tokens");
    if (special != object->end() && !special->is_boolean()) {
      return field_error("add_special_tokens", "expected true or false");
    }
    const bool completion = special == object->end() ? options.completion : special->get<bool>();
    const json ids = completion ? tokenizer.encode_completion(*text) : tokenizer.encode(*text);
    return json{{"ids", ids}}.dump() + "\n";
  });
}

Result<void> tokenize(const FileOptions& options) {
  if (is_embedded(options.folder)) {
    const Result<engine::Model> model = engine::Model::tiny();
    return model ? tokenize_lines(options, model->tokenizer()) : model.error();
  }
  const Result<std::string> folder = folder_of(options.folder);
  if (!folder) return folder.error();
  const Result<engine::Tokenizer> tokenizer = engine::Tokenizer::load(*folder);
  return tokenizer ? tokenize_lines(options, *tokenizer) : tokenizer.error();
}

Result<void> render_lines(const FileOptions& options,
                          const std::optional<engine::ChatTemplate>& chat_template) {
  if (!chat_template) {
    return Error(ErrorCode::invalid_input, options.folder + ": there is no chat template");
  }
  return map_lines(options.in, options.out, [&](const std::string& line) -> Result<std::string> {
    const Result<std::string> text = chat_template->render_json(line);
    if (!text && !options.keep_going) return text.error();
    const json answer = text ? json{{"text", *text}} : json{{"error", text.error().message()}};
    return compact_json(answer) + "\n";
  });
}

Result<void> render(const FileOptions& options) {
  if (is_embedded(options.folder)) {
    const Result<engine::Model> model = engine::Model::tiny();
    return model ? render_lines(options, model->chat_template()) : model.error();
  }
  const Result<std::string> folder = folder_of(options.folder);
  if (!folder) return folder.error();
  const Result<std::optional<engine::ChatTemplate>> chat_template =
      engine::ChatTemplate::load(*folder);
  return chat_template ? render_lines(options, *chat_template) : chat_template.error();
}

Result<void> inspect(const std::string& spec, bool as_json) {
  const Result<engine::Model> model = model_named(spec);
  if (!model) return model.error();
  print_result(describe_model(spec, *model, as_json));
  return {};
}

ExitCode exit_code_of(const Result<void>& result) { return result ? kDone : fail(result.error()); }

void add_inspect(CLI::App& model, Globals& globals, int& exit_code) {
  CLI::App* verb =
      model.add_subcommand("inspect", "architecture, sizes, memory, template and stop tokens");
  auto spec = std::make_shared<std::string>();
  verb->add_option("model", *spec, kModelHelp)->required();
  verb->callback([&, spec] { exit_code = exit_code_of(inspect(*spec, globals.json)); });
}

CLI::App* add_file_verb(CLI::App& model, const char* name, const char* help, const char* fields_in,
                        const char* fields_out, FileOptions& options) {
  CLI::App* verb = model.add_subcommand(name, help);
  verb->add_option("model", options.folder, kModelHelp)->required();
  verb->add_option("--in", options.in, fields_in)->capture_default_str();
  verb->add_option("--out", options.out, fields_out)->capture_default_str();
  return verb;
}

void add_tokenize(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<FileOptions>();
  CLI::App* verb =
      add_file_verb(model, "tokenize", "token ids of texts",
                    "JSON Lines with text, and add_special_tokens if a line is to differ "
                    "from --completion; - for stdin",
                    "JSON Lines with ids, in order; - for stdout", *options);
  verb->add_flag("--completion", options->completion,
                 "as for a text that is no chat: with the BOS that the tokenizer puts before it");
  verb->callback([&, options] { exit_code = exit_code_of(tokenize(*options)); });
}

void add_render(CLI::App& model, int& exit_code) {
  auto options = std::make_shared<FileOptions>();
  CLI::App* verb = add_file_verb(
      model, "render", "prompts of conversations, by the chat template",
      "JSON Lines with messages, add_generation_prompt and what else the template takes; "
      "- for stdin",
      "JSON Lines with text, in order; - for stdout", *options);
  verb->add_flag("--keep-going", options->keep_going,
                 "of a conversation that the template refuses, write the error and go on");
  verb->callback([&, options] { exit_code = exit_code_of(render(*options)); });
}

void add_generate(CLI::App& model, Globals& globals, int& exit_code) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = model.add_subcommand("generate", "answer a prompt, as it is written");
  verb->add_option("model", options->model, kModelHelp)->required();
  verb->add_option("prompt", options->prompt, "the user's message; - for stdin")
      ->capture_default_str();
  verb->add_option("--system", options->system, "a system message before it");
  verb->add_flag("--raw", options->raw, "the prompt as it is, without the chat template");
  verb->add_option("--samples", options->samples, "how many replies")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  verb->add_option("--max-tokens", options->max_tokens, "new tokens of a reply")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  verb->add_option("--temperature", options->temperature, "default: as the model recommends, or 1")
      ->check(CLI::Range(0.0, 10.0));
  verb->add_option("--top-p", options->top_p, "default: as the model recommends, or 1")
      ->check(CLI::Range(0.0, 1.0));
  verb->add_option("--top-k", options->top_k, "0: no limit; default: as the model recommends")
      ->check(CLI::Range(0, 1'000'000));
  verb->add_option("--seed", options->seed, "the same seed writes the same")->capture_default_str();
  verb->add_option("--stop", options->stop, "end before this text; may be repeated");
  verb->add_flag("--loop-stop", options->loop_stop, "end replies that repeat themselves");
  verb->add_flag("--logprobs", options->logprobs, "with --json: log probabilities of the tokens");
  verb->add_option("--device", options->engine.device, "auto, cpu, cuda, cuda:N")
      ->capture_default_str();
  verb->add_option("--threads", options->engine.threads, "of the CPU device; 0: all")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  verb->add_option("--cache-gib", options->engine.cache_gib,
                   "of memory for the KV cache; 0: what is of use")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  verb->add_option("--kv-cache", options->engine.kv_cache, "full, or fp8: half of bf16's memory")
      ->check(CLI::IsMember({"full", "fp8"}))
      ->capture_default_str();
  verb->add_option("--weights", options->engine.weights, "full, or fp8: rounded to 8 bits")
      ->check(CLI::IsMember({"full", "fp8"}))
      ->capture_default_str();
  verb->callback(
      [&, options] { exit_code = exit_code_of(generate_and_print(*options, globals.json)); });
}

}  // namespace

Result<engine::Model> model_named(const std::string& spec) {
  if (is_embedded(spec)) return engine::Model::tiny();
  const Result<std::string> folder = folder_of(spec);
  return folder ? engine::Model::load(*folder) : folder.error();
}

void add_model_verb(CLI::App& app, Globals& globals, int& exit_code) {
  CLI::App* model =
      app.add_subcommand("model", "fetch a checkpoint, look inside it, and run its parts");
  model->require_subcommand(1);
  model->fallthrough();
  add_model_fetch(*model, globals, exit_code);
  add_inspect(*model, globals, exit_code);
  add_tokenize(*model, exit_code);
  add_render(*model, exit_code);
  add_generate(*model, globals, exit_code);
}

}  // namespace proctor::harness
