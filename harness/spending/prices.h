// What a model's tokens cost: a file that users edit.
//
//   {"models": {"openai/gpt-4o": {"input": 2.5, "cached_input": 1.25, "output": 10,
//                                 "batch": {"input": 1.25, "output": 5}}}}
//
// In US dollars for a million tokens; harness/spending/README.md has the whole. A name is a model
// spec; one that ends in "*" stands for all that begin so, and the longest that fits counts.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/generation.h"
#include "harness/core/record.h"
#include "harness/core/result.h"

namespace proctor::harness::spending {

struct Price {
  double input = 0;
  double cached_input = 0;  // as `input` where the file does not say
  double output = 0;
};

// What the same costs in the two ways that a model can be asked.
struct ModelPrice {
  Price live;
  Price batch;
};

class Prices {
 public:
  Prices() = default;  // nothing has a price

  // Errors: not_found, io; invalid_input, as file: field.
  static Result<Prices> load(const std::filesystem::path& file);

  // The file that the user names, or prices.json in the folder proctor of XDG_CONFIG_HOME (else
  // HOME/.config) if there is one; otherwise nothing has a price. Errors: as load().
  static Result<Prices> users(const std::optional<std::filesystem::path>& file);

  // Of requests that are answered at once, and of those handed in as batches, which have the same
  // price where the file does not say another.
  std::optional<Price> of(std::string_view model, bool batch = false) const;
  std::optional<ModelPrice> both_of(std::string_view model) const;
  // Of a run, by its model and the way that it was planned to be asked in.
  std::optional<Price> of(const RunPlan& plan) const;

 private:
  std::map<std::string, ModelPrice, std::less<>> models_;
};

// In US dollars; prompt and completion must be known.
double cost_of(const Price& price, const TokenUsage& usage);

}  // namespace proctor::harness::spending
