// Reads back what protocol_json() wrote, for runs that continue from the store.
#include <nlohmann/json.hpp>

#include "tasks/task.h"

namespace proctor::tasks {
namespace {

using nlohmann::json;

// Reads fields of an object, remembering the first that is missing or of the wrong type.
class Fields {
 public:
  Fields(const json& object, std::string& problem) : object_(object), problem_(problem) {}

  template <class T>
  T get(const char* name, bool (json::*is)() const noexcept) const {
    const auto found = object_.find(name);
    if (found != object_.end() && ((*found).*is)()) return found->get<T>();
    if (problem_.empty()) problem_ = name;
    return T();
  }

  // The same for a field that is only written where it has something to say.
  template <class T>
  T get_if_there(const char* name, bool (json::*is)() const noexcept) const {
    return object_.contains(name) ? get<T>(name, is) : T();
  }

  const json& object(const char* name) const {
    static const json kNone = json::object();
    const auto found = object_.find(name);
    if (found != object_.end() && found->is_object()) return *found;
    if (problem_.empty()) problem_ = name;
    return kNone;
  }

 private:
  const json& object_;
  std::string& problem_;
};

}  // namespace

Result<Protocol> parse_protocol(std::string_view text) {
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return Error(ErrorCode::corrupt, "not a JSON object");
  std::string problem;
  const Fields fields(root, problem);
  const Fields sampling(fields.object("sampling"), problem);
  Protocol protocol;
  protocol.name = fields.get<std::string>("name", &json::is_string);
  protocol.task = fields.get<std::string>("task", &json::is_string);
  protocol.prompt = fields.get<std::string>("prompt", &json::is_string);
  protocol.repeats = fields.get<int>("repeats", &json::is_number_integer);
  protocol.grader = fields.get<std::string>("grader", &json::is_string);
  protocol.prompt_name = fields.get_if_there<std::string>("prompt_name", &json::is_string);
  protocol.system = fields.get_if_there<std::string>("system", &json::is_string);
  protocol.starter_prompt = fields.get_if_there<std::string>("starter_prompt", &json::is_string);
  protocol.raw = fields.get_if_there<bool>("raw", &json::is_boolean);
  protocol.language = fields.get_if_there<std::string>("language", &json::is_string);
  if (!protocol.language.empty()) {
    protocol.time_factor = fields.get<double>("time_factor", &json::is_number);
  }
  protocol.limit_includes_prompt =
      fields.get_if_there<bool>("limit_includes_prompt", &json::is_boolean);
  protocol.release = fields.get_if_there<std::string>("release", &json::is_string);
  protocol.option_order = fields.get_if_there<std::string>("option_order", &json::is_string);
  protocol.option_seed =
      fields.get_if_there<std::uint64_t>("option_seed", &json::is_number_unsigned);
  if (!protocol.option_order.empty() && !with_option_order(protocol, protocol.option_order)) {
    problem = "option_order";
  }
  protocol.sampling.temperature = sampling.get<double>("temperature", &json::is_number);
  protocol.sampling.top_p = sampling.get<double>("top_p", &json::is_number);
  protocol.sampling.max_tokens = sampling.get<int>("max_tokens", &json::is_number_integer);
  const json top_k = fields.object("sampling").value("top_k", json());
  if (top_k.is_number_integer()) {
    protocol.sampling.top_k = top_k.get<int>();
  } else if (!top_k.is_null()) {
    problem = "top_k";
  }
  const auto metrics = root.find("metrics");
  if (metrics == root.end() || !metrics->is_array()) {
    problem = "metrics";
  } else {
    for (const json& metric : *metrics) {
      if (!metric.is_string()) {
        problem = "metrics";
        break;
      }
      protocol.metrics.push_back(metric.get<std::string>());
    }
  }
  if (!problem.empty()) return Error(ErrorCode::corrupt, "field \"" + problem + "\"");
  return protocol;
}

}  // namespace proctor::tasks
