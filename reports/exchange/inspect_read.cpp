#include "reports/exchange/inspect_read.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "harness/core/whole_file.h"
#include "reports/exchange/inspect_sample.h"
#include "reports/exchange/json_text.h"
#include "reports/exchange/zip.h"

namespace proctor::reports::exchange {
namespace {

using nlohmann::json;

constexpr std::string_view kSamples = "samples/";
constexpr std::string_view kShell = "/sample.json";

// inspect's times are in UTC, and say so by an offset of nothing.
std::string utc_time(const std::string& time) {
  constexpr std::size_t kSeconds = std::string_view("2026-11-22T17:57:59").size();
  return time.ends_with("+00:00") ? time.substr(0, kSeconds) + "Z" : time;
}

// What the header says of the run as a whole.
ForeignLog read_log(const json& header, const std::string& scorer) {
  const json eval = header.value("eval", json::object());
  const json none = json::object();
  ForeignLog log;
  log.task = text_at(eval, "task");
  log.task = log.task.substr(log.task.rfind('/') + 1);  // without the package that it is from
  log.model = text_at(eval, "model");
  log.created_at = utc_time(text_at(eval, "created"));
  log.grader = "inspect " + (scorer.empty() ? "unscored" : scorer);
  log.recipe = plain_json({{"generate_config", eval.value("model_generate_config", none)},
                           {"task_args", eval.value("task_args", none)},
                           {"plan", header.value("plan", none)}});
  return log;
}

// Whose scores to take: those asked for, else those of the log's first scorer.
std::string scorer_of(const json& header, std::string_view wanted) {
  if (!wanted.empty()) return std::string(wanted);
  const json scorers = header.value("eval", json::object()).value("scorers", json());
  return scorers.is_array() && !scorers.empty() ? text_at(scorers[0], "name") : std::string();
}

AttachmentOf attachments_within(const json& sample) {
  return [&sample](const std::string& key) -> std::optional<std::string> {
    const auto attachments = sample.find("attachments");
    if (attachments == sample.end() || !attachments->is_object()) return std::nullopt;
    const auto found = attachments->find(key);
    if (found == attachments->end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
}

// The attachments of a sample in pieces: FOLDER/attachments/START.json, each a list of texts of
// which the first has the index START.
class AttachmentPieces {
 public:
  AttachmentPieces(const ZipReader& zip, const std::string& folder) : zip_(zip) {
    const std::string prefix = folder + "/attachments/";
    for (const std::string& name : zip.names()) {
      if (!name.starts_with(prefix)) continue;
      if (const auto start = number(std::string_view(name).substr(prefix.size()))) {
        pieces_[*start] = name;
      }
    }
  }

  std::optional<std::string> text(const std::string& key) {
    const std::optional<std::size_t> index = number(key);
    if (!index) return std::nullopt;
    auto piece = pieces_.upper_bound(*index);
    if (piece == pieces_.begin()) return std::nullopt;
    --piece;
    if (loaded_ != piece->second) {
      const Result<std::string> bytes = zip_.read(piece->second);
      const Result<json> texts = bytes ? parse_python_json(*bytes) : Result<json>(bytes.error());
      if (!texts) return std::nullopt;
      texts_ = *texts;
      loaded_ = piece->second;
    }
    const std::size_t place = *index - piece->first;
    if (!texts_.is_array() || place >= texts_.size() || !texts_[place].is_string()) {
      return std::nullopt;
    }
    return texts_[place].get<std::string>();
  }

 private:
  // The number that a text begins with.
  static std::optional<std::size_t> number(std::string_view text) {
    std::size_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() ? std::optional(value) : std::nullopt;
  }

  const ZipReader& zip_;
  std::map<std::size_t, std::string> pieces_;
  std::string loaded_;
  json texts_;
};

Result<json> read_member(const ZipReader& zip, const std::string& name) {
  const Result<std::string> bytes = zip.read(name);
  if (!bytes) return bytes.error();
  Result<json> value = parse_python_json(*bytes);
  if (!value) return value.error().within(name);
  if (!value->is_object()) return Error(ErrorCode::invalid_input, name + ": not a JSON object");
  return value;
}

Result<void> visit_member(const ZipReader& zip, const std::string& name, std::string_view scorer,
                          const ForeignVisitor& visitor) {
  const bool pieces = name.ends_with(kShell);
  const bool whole = !pieces && name.find('/', kSamples.size()) == std::string::npos;
  const bool nested = !pieces && !whole && name.find("_epoch_") > name.rfind('/');
  if (!name.starts_with(kSamples) || !name.ends_with(".json") || !(pieces || whole || nested)) {
    return {};
  }
  Result<json> sample = read_member(zip, name);
  if (!sample) return sample.error();
  AttachmentOf attachment = attachments_within(*sample);
  std::optional<AttachmentPieces> outside;
  if (pieces) {
    const std::string folder = name.substr(0, name.size() - kShell.size());
    outside.emplace(zip, folder);
    attachment = [&outside](const std::string& key) { return outside->text(key); };
    const std::string metadata = folder + "/metadata.json";
    if (zip.has(metadata)) {
      Result<json> read = read_member(zip, metadata);
      if (!read) return read.error();
      (*sample)["metadata"] = std::move(*read);
    }
  }
  Result<ForeignSample> read = read_inspect_sample(*sample, scorer, attachment);
  if (!read) return read.error().within(name);
  const Result<void> visited = visitor(std::move(*read));
  if (!visited) return visited.error().within(name);
  return {};
}

Result<ForeignLog> visit_archive(const std::filesystem::path& file, std::string_view scorer,
                                 const ForeignVisitor& visitor) {
  const Result<ZipReader> zip = ZipReader::open(file);
  if (!zip) return zip.error();
  // An unfinished log has the beginning of its header only.
  const char* header_name = zip->has("header.json") ? "header.json" : "_journal/start.json";
  const Result<json> header = read_member(*zip, header_name);
  if (!header) return header.error();
  const std::string name_of_scorer = scorer_of(*header, scorer);
  for (const std::string& name : zip->names()) {
    const Result<void> visited = visit_member(*zip, name, name_of_scorer, visitor);
    if (!visited) return visited.error();
  }
  return read_log(*header, name_of_scorer);
}

Result<ForeignLog> visit_document(std::string_view text, std::string_view scorer,
                                  const ForeignVisitor& visitor) {
  const Result<json> log = parse_python_json(text);
  if (!log) return log.error();
  const auto samples = log->is_object() ? log->find("samples") : log->end();
  if (!log->is_object() || samples == log->end() || !samples->is_array()) {
    return Error(ErrorCode::invalid_input, "field \"samples\": expected a list");
  }
  const std::string name_of_scorer = scorer_of(*log, scorer);
  for (const json& sample : *samples) {
    Result<ForeignSample> read =
        read_inspect_sample(sample, name_of_scorer, attachments_within(sample));
    if (!read) return read.error();
    const Result<void> visited = visitor(std::move(*read));
    if (!visited) return visited.error();
  }
  return read_log(*log, name_of_scorer);
}

}  // namespace

Result<ForeignLog> visit_inspect(const std::filesystem::path& file, std::string_view scorer,
                                 const ForeignVisitor& visitor) {
  const auto visit = [&]() -> Result<ForeignLog> {
    if (file.extension() != ".json") return visit_archive(file, scorer, visitor);
    const Result<std::string> text = read_whole_file(file);
    if (!text) return Error(text.error().code(), "cannot be read");
    return visit_document(*text, scorer, visitor);
  };
  Result<ForeignLog> log = visit();
  if (!log) return log.error().within(file.string());
  return log;
}

}  // namespace proctor::reports::exchange
