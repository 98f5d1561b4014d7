#include "reports/exchange/lm_eval_read.h"

#include <fmt/core.h>

#include <fstream>
#include <regex>
#include <utility>

#include "reports/exchange/json_text.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::json;

constexpr const char* kFiltered = "filtered_resps";

Error field_error(const char* field, std::string_view complaint) {
  return Error(ErrorCode::invalid_input, fmt::format("field \"{}\": {}", field, complaint));
}

// A text as it is, anything else as JSON.
std::string spelled(const json& value) {
  return value.is_string() ? value.get<std::string>() : plain_json(value);
}

// What the documents of the common tasks call their problem.
std::string problem_of(const json& row) {
  const json doc = row.value("doc", json::object());
  for (const char* name : {"problem", "Problem", "question", "Question", "query", "prompt"}) {
    const std::string text = text_at(doc, name);
    if (!text.empty()) return text;
  }
  const auto arguments = row.find("arguments");
  if (arguments != row.end() && arguments->is_object() && !arguments->empty()) {
    const json& first = *arguments->begin();
    if (first.is_object() && first.contains("arg_0")) return spelled(first["arg_0"]);
  }
  return plain_json(doc);
}

Result<Question> read_question(const json& row) {
  const auto id = row.find("doc_id");
  if (id == row.end() || !(id->is_number_integer() || id->is_string())) {
    return field_error("doc_id", "expected a number");
  }
  if (!row.contains("target")) return field_error("target", "missing");
  Question question{spelled(*id), problem_of(row), spelled(row["target"]), {}};
  const json doc = row.value("doc", json::object());
  for (const char* name : {"subject", "level", "category", "difficulty", "type"}) {
    const std::string value = text_at(doc, name);
    if (!value.empty()) question.attributes.emplace_back(name, value);
  }
  return question;
}

// The replies to a document: `resps` is a list over requests, each a list over repeats. A request
// for likelihoods has pairs in place of texts; all of them together are then the only reply.
std::vector<std::string> replies_of(const json& resps) {
  std::vector<std::string> replies;
  if (resps.size() == 1 && resps[0].is_array()) {
    for (const json& reply : resps[0]) {
      if (reply.is_string()) replies.push_back(reply.get<std::string>());
    }
    if (!replies.empty() && replies.size() == resps[0].size()) return replies;
  }
  return {plain_json(resps)};
}

// The row's first metric that is a number, and its name.
std::optional<std::pair<std::string, double>> metric_of(const json& row) {
  for (const json& name : row.value("metrics", json::array())) {
    if (!name.is_string()) continue;
    const auto value = row.find(name.get<std::string>());
    if (value == row.end()) continue;
    if (value->is_number()) return std::pair(name.get<std::string>(), value->get<double>());
    if (value->is_boolean()) {
      return std::pair(name.get<std::string>(), value->get<bool>() ? 1.0 : 0.0);
    }
  }
  return std::nullopt;
}

// `filtered_resps` is one value or a list of them.
std::string extracted(const json& row, std::size_t repeat) {
  const json filtered = row.value(kFiltered, json());
  if (!filtered.is_array()) return filtered.is_null() ? std::string() : spelled(filtered);
  return repeat < filtered.size() ? spelled(filtered[repeat]) : std::string();
}

// The canonical form that format_lm_eval_row() wrote of that reply's answer.
std::optional<std::string> canonical_of(const json& row, std::size_t repeat) {
  const auto all = row.find("proctor_canonical");
  const bool there = all != row.end() && all->is_array() && repeat < all->size();
  if (!there || !(*all)[repeat].is_string()) return std::nullopt;
  return (*all)[repeat].get<std::string>();
}

void score(const json& row, std::size_t repeat, ForeignSample& sample) {
  const std::optional<std::pair<std::string, double>> metric = metric_of(row);
  const json each = row.value("proctor_scores", json::array());
  std::optional<double> value;
  if (each.is_array() && repeat < each.size()) {
    if (each[repeat].is_number()) value = each[repeat].get<double>();
    if (!value) sample.reason = "not scored";
  } else if (!metric) {
    sample.reason = "the log has no metric that is a number";
  } else if (repeat == 0) {
    value = metric->second;
  } else {
    sample.reason = "lm-eval's metric is of the first reply only";
  }
  if (!value) return;
  if (*value != 0 && *value != 1) {
    sample.reason = fmt::format("{} is {}, neither right nor wrong",
                                metric ? metric->first : "the score", *value);
    return;
  }
  Score given;
  given.verdict = *value == 1 ? Verdict::correct : Verdict::wrong;
  given.extracted = extracted(row, repeat);
  if (given.extracted == "[invalid]") {  // lm-eval's word for a filter that found nothing
    given.extracted.clear();
    if (*value == 0) given.verdict = Verdict::no_answer;
  }
  const std::optional<std::string> canonical = canonical_of(row, repeat);
  given.canonical = canonical.value_or(given.extracted);
  sample.canonical_known = canonical.has_value();
  given.explanation = fmt::format("{} of lm-eval, filter {}", metric ? metric->first : "the scores",
                                  text_at(row, "filter"));
  sample.score = std::move(given);
}

Result<void> visit_row(const json& row, const ForeignVisitor& visitor) {
  Result<Question> question = read_question(row);
  if (!question) return question.error();
  const auto resps = row.find("resps");
  if (resps == row.end() || !resps->is_array()) return field_error("resps", "expected a list");
  const std::vector<std::string> replies = replies_of(*resps);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    ForeignSample sample{.question = *question, .repeat = static_cast<std::int32_t>(i)};
    sample.reply = Generation();
    sample.reply->text = replies[i];
    sample.reply->finish = FinishReason::unknown;
    score(row, i, sample);
    const Result<void> visited = visitor(std::move(sample));
    if (!visited) return visited;
  }
  return {};
}

// samples_TASK_2024-08-01T12-00-00.123456.jsonl
std::string task_in_name(const std::filesystem::path& file) {
  static const std::regex kName("samples_(.+)_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9.-]+\\.jsonl");
  const std::string name = file.filename().string();
  std::smatch parts;
  return std::regex_match(name, parts, kName) ? parts[1].str() : "";
}

// How the replies were asked for: the settings of the first request.
std::string recipe_of(const json& row) {
  const auto arguments = row.find("arguments");
  if (arguments == row.end() || !arguments->is_object() || arguments->empty()) return "{}";
  const json& first = *arguments->begin();
  return first.is_object() ? plain_json(first.value("arg_1", json::object())) : "{}";
}

}  // namespace

Result<ForeignLog> visit_lm_eval(const std::filesystem::path& file, std::string_view filter,
                                 const ForeignVisitor& visitor) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error(ErrorCode::not_found, file.string() + ": cannot be opened");
  ForeignLog log{
      .task = task_in_name(file), .model = {}, .created_at = {}, .recipe = {}, .grader = {}};
  std::string wanted(filter);
  std::size_t visited = 0;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    if (text.empty()) continue;
    const Result<json> row = parse_python_json(text);
    const auto place = [&] { return fmt::format("{}:{}", file.string(), number); };
    if (!row) return row.error().within(place());
    if (!row->is_object()) {
      return Error(ErrorCode::invalid_input, place() + ": not a JSON object");
    }
    const std::string name = text_at(*row, "filter");
    if (log.recipe.empty()) {
      log.recipe = recipe_of(*row);
      if (wanted.empty()) wanted = name;
    }
    if (name != wanted) continue;  // the same reply, scored otherwise
    if (visited++ == 0) {
      const auto metric = metric_of(*row);
      log.grader = fmt::format("lm-eval {}{}{}", metric ? metric->first : "unscored",
                               wanted.empty() ? "" : ",", wanted);
    }
    const Result<void> taken = visit_row(*row, visitor);
    if (!taken) return taken.error().within(place());
  }
  if (visited > 0) return log;
  return Error(ErrorCode::invalid_input,
               fmt::format("{}: no sample of filter \"{}\"", file.string(), wanted));
}

}  // namespace proctor::reports::exchange
