#include "harness/spending/prices.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/core/whole_file.h"
#include "harness/process/environment.h"

namespace proctor::harness::spending {
namespace {

using nlohmann::json;

constexpr double kMillion = 1e6;

// The three prices of an object; a field named `beside` is somebody else's.
Result<Price> parse_price(const json& entry, const std::string& where, std::string_view beside) {
  const auto bad = [&](const std::string& field, const char* why) {
    return Error(ErrorCode::invalid_input, fmt::format("{}: field \"{}\": {}", where, field, why));
  };
  if (!entry.is_object()) return Error(ErrorCode::invalid_input, where + ": expected an object");
  std::optional<double> input, cached, output;
  for (const auto& [field, value] : entry.items()) {
    if (field == beside) continue;
    std::optional<double>* slot = field == "input"          ? &input
                                  : field == "cached_input" ? &cached
                                  : field == "output"       ? &output
                                                            : nullptr;
    if (slot == nullptr) return bad(field, "unknown");
    if (!value.is_number() || value.get<double>() < 0) {
      return bad(field, "expected dollars for a million tokens");
    }
    *slot = value.get<double>();
  }
  if (!input) return bad("input", "missing");
  if (!output) return bad("output", "missing");
  return Price{*input, cached.value_or(*input), *output};
}

Result<ModelPrice> parse_entry(const json& entry, const std::string& where) {
  constexpr const char* kBatch = "batch";
  const Result<Price> live = parse_price(entry, where, kBatch);
  if (!live) return live.error();
  if (!entry.contains(kBatch)) return ModelPrice{*live, *live};
  const Result<Price> batch = parse_price(entry[kBatch], where + "[\"batch\"]", "");
  if (!batch) return batch.error();
  return ModelPrice{*live, *batch};
}

}  // namespace

Result<Prices> Prices::load(const std::filesystem::path& file) {
  const Result<std::string> text = read_whole_file(file);
  if (!text) return text.error().within("prices");
  const json object = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || object.size() != 1 || !object.contains("models") ||
      !object["models"].is_object()) {
    return Error(ErrorCode::invalid_input,
                 file.string() + ": expected {\"models\": {NAME: {\"input\", \"output\"}}}");
  }
  Prices prices;
  for (const auto& [name, entry] : object["models"].items()) {
    const Result<ModelPrice> price =
        parse_entry(entry, fmt::format("{}: models[\"{}\"]", file.string(), name));
    if (!price) return price.error();
    prices.models_[name] = *price;
  }
  return prices;
}

Result<Prices> Prices::users(const std::optional<std::filesystem::path>& file) {
  if (file) return load(*file);
  std::filesystem::path folder;
  if (const auto config = environment("XDG_CONFIG_HOME"); config && !config->empty()) {
    folder = *config;
  } else if (const auto home = environment("HOME"); home && !home->empty()) {
    folder = std::filesystem::path(*home) / ".config";
  } else {
    return Prices();
  }
  const std::filesystem::path standing = folder / "proctor" / "prices.json";
  std::error_code unknown;
  return std::filesystem::exists(standing, unknown) ? load(standing) : Prices();
}

std::optional<ModelPrice> Prices::both_of(std::string_view model) const {
  if (const auto exact = models_.find(model); exact != models_.end()) return exact->second;
  std::optional<ModelPrice> best;
  std::size_t longest = 0;
  for (const auto& [name, entry] : models_) {
    if (name.empty() || name.back() != '*' || name.size() <= longest) continue;
    if (!model.starts_with(std::string_view(name).substr(0, name.size() - 1))) continue;
    best = entry;
    longest = name.size();
  }
  return best;
}

std::optional<Price> Prices::of(std::string_view model, bool batch) const {
  const std::optional<ModelPrice> both = both_of(model);
  if (!both) return std::nullopt;
  return batch ? both->batch : both->live;
}

std::optional<Price> Prices::of(const RunPlan& plan) const {
  const json config = json::parse(plan.config_json, nullptr, /*allow_exceptions=*/false);
  const bool batch = config.is_object() && config.contains("batch") && config["batch"] == true;
  return of(plan.model, batch);
}

double cost_of(const Price& price, const TokenUsage& usage) {
  const std::int64_t prompt = usage.prompt.value_or(0);
  const std::int64_t cached = std::min(prompt, usage.cached_prompt.value_or(0));
  return (static_cast<double>(prompt - cached) * price.input +
          static_cast<double>(cached) * price.cached_input +
          static_cast<double>(usage.completion.value_or(0)) * price.output) /
         kMillion;
}

}  // namespace proctor::harness::spending
