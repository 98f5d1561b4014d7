// What a model's tokens cost: a file that users edit.
//
//   {"models": {"openai/gpt-4o": {"input": 2.5, "cached_input": 1.25, "output": 10}}}
//
// In US dollars for a million tokens. A name is a model spec; one that ends in "*" stands for all
// that begin so, and the longest that fits counts.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/generation.h"
#include "harness/core/result.h"

namespace proctor::harness {

struct Price {
  double input = 0;
  double cached_input = 0;  // as `input` where the file does not say
  double output = 0;
};

class Prices {
 public:
  Prices() = default;  // nothing has a price

  // Errors: not_found, io; invalid_input, as file: field.
  static Result<Prices> load(const std::filesystem::path& file);

  // The file that the user names, or prices.json in the folder proctor of XDG_CONFIG_HOME (else
  // HOME/.config) if there is one; otherwise nothing has a price. Errors: as load().
  static Result<Prices> users(const std::optional<std::filesystem::path>& file);

  std::optional<Price> of(std::string_view model) const;

 private:
  std::map<std::string, Price, std::less<>> models_;
};

// In US dollars; prompt and completion must be known.
double cost_of(const Price& price, const TokenUsage& usage);

}  // namespace proctor::harness
