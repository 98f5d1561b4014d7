#include "harness/hub/rows.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "harness/files/json_text.h"
#include "harness/files/output_file.h"
#include "harness/hub/repository.h"

namespace proctor::harness::hub {
namespace {

using backends::ExchangeAnswer;
using backends::ExchangeRequest;
using nlohmann::json;

constexpr std::size_t kMostRows = 100;  // of one answer
constexpr int kDeepest = 64;            // of a value in another; copying and writing JSON recurse
constexpr std::chrono::milliseconds kBetweenRequests(250);

// A page of rows, or that they were too many for one.
struct Page {
  bool too_big = false;
  json rows = json::array();
  std::size_t total = 0;
  std::string commit{};
};

Error nonsense(const std::string& url, const std::string& what) {
  return Error(ErrorCode::corrupt, fmt::format("{}: {}", url, what));
}

// No object for what is none, and for what is nested so deep that handling it would end the stack.
json parse_answer(const std::string& text) {
  bool too_deep = false;
  json value = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > kDeepest;
        return !too_deep;
      },
      false);
  return too_deep ? json() : value;
}

// What the service says of the dataset's commit goes into files of ours: it must be one.
std::string commit_in(const ExchangeAnswer& answer) {
  const std::string commit(answer.header("x-revision").value_or(""));
  return is_commit(commit) ? commit : "";
}

Result<void> check_split(HubClient& client, const RowsSource& source) {
  const std::string url = fmt::format("{}/splits?dataset={}", client.settings().rows_endpoint,
                                      url_escaped(source.dataset));
  const Result<ExchangeAnswer> answer = client.get(url);
  if (!answer) return answer.error();
  const json object = parse_answer(answer->body);
  const json splits = object.is_object() ? object.value("splits", json()) : json();
  if (!splits.is_array()) return nonsense(url, "there is no list in \"splits\"");
  std::string there_are;
  for (const json& split : splits) {
    if (!split.is_object()) return nonsense(url, "an entry of \"splits\" is no object");
    const json config = split.value("config", json());
    const json name = split.value("split", json());
    if (config == source.config && name == source.split) return {};
    there_are += fmt::format("{}{} {}", there_are.empty() ? "" : ", ", config.dump(), name.dump());
  }
  return Error(ErrorCode::not_found,
               fmt::format("{}: no split \"{}\" of \"{}\"; there are {}", source.dataset,
                           source.split, source.config, there_are));
}

// A row without what the service adds to it. Errors: corrupt.
Result<json> bare_row(const std::string& url, json& entry, std::size_t index) {
  if (!entry.is_object() || !entry.contains("row") || !entry["row"].is_object()) {
    return nonsense(url, fmt::format("row {} is no object", index));
  }
  if (entry.value("row_idx", json()) != index) {
    return nonsense(url, fmt::format("expected row {}, found row {}", index,
                                     entry.value("row_idx", json()).dump()));
  }
  const json cut = entry.value("truncated_cells", json::array());
  if (!cut.is_array() || !cut.empty()) {
    return nonsense(url, fmt::format("row {}: the service cut cells short: {}", index, cut.dump()));
  }
  return std::move(entry["row"]);
}

Result<Page> parse_page(const std::string& url, const ExchangeAnswer& answer, std::size_t offset) {
  json object = parse_answer(answer.body);
  if (!object.is_object()) return nonsense(url, "this is no JSON object that can be read");
  const json total = object.value("num_rows_total", json());
  if (!total.is_number_unsigned()) return nonsense(url, "there is no \"num_rows_total\"");
  if (object.value("partial", json(false)) != false) {
    return nonsense(url, "the service holds only a part of this split");
  }
  if (!object.contains("rows") || !object["rows"].is_array()) {
    return nonsense(url, "there is no list in \"rows\"");
  }
  Page page{.total = total.get<std::size_t>(), .commit = commit_in(answer)};
  for (json& entry : object["rows"]) {
    Result<json> row = bare_row(url, entry, offset + page.rows.size());
    if (!row) return row.error();
    page.rows.push_back(std::move(*row));
  }
  return page;
}

Result<Page> ask_for_page(HubClient& client, const RowsSource& source, std::size_t offset,
                          std::size_t length) {
  const std::string url =
      fmt::format("{}/rows?dataset={}&config={}&split={}&offset={}&length={}",
                  client.settings().rows_endpoint, url_escaped(source.dataset),
                  url_escaped(source.config), url_escaped(source.split), offset, length);
  const Result<ExchangeAnswer> answer = client.ask([&] { return ExchangeRequest{.url = url}; });
  if (!answer) return answer.error();
  if (answer->header("x-error-code") == "TooBigContentError" && length > 1) {
    return Page{.too_big = true};
  }
  if (!answer->succeeded()) return refusal(client.settings(), url, *answer);
  return parse_page(url, *answer, offset);
}

// Whether a page goes on where the ones before it ended. Errors: corrupt.
Result<void> check_page(const RowsSource& source, const Page& page, const FetchedRows& before,
                        std::size_t total) {
  const auto wrong = [&](const std::string& what) {
    return Error(ErrorCode::corrupt, fmt::format("{}: {}", source.dataset, what));
  };
  const bool first = before.rows == 0;
  if (!first && (page.total != total || page.commit != before.commit)) {
    return wrong("it changed while it was fetched; fetch it again");
  }
  if (page.rows.empty() || before.rows + page.rows.size() > page.total) {
    return wrong(fmt::format("the service has {} rows, and sent {} after {}", page.total,
                             page.rows.size(), before.rows));
  }
  return {};
}

}  // namespace

Result<FetchedRows> fetch_rows(HubClient& client, const RowsSource& source,
                               const std::filesystem::path& path, const OnRows& on_rows) {
  if (const Result<void> there = check_split(client, source); !there) return there.error();
  Result<OutputFile> file = OutputFile::create(path);
  if (!file) return file.error();
  FetchedRows fetched;
  std::size_t total = 0;
  std::size_t length = kMostRows;
  while (fetched.rows == 0 || fetched.rows < total) {
    const Result<Page> page = ask_for_page(client, source, fetched.rows, length);
    if (!page) return page.error();
    if (page->too_big) {
      length = (length + 1) / 2;
      continue;
    }
    if (const Result<void> sound = check_page(source, *page, fetched, total); !sound) {
      return sound.error();
    }
    for (const json& row : page->rows) {
      const std::string line = compact_json(row) + "\n";
      if (std::fwrite(line.data(), 1, line.size(), file->stream()) != line.size()) {
        return file_error(path.string(), "cannot write");
      }
    }
    total = page->total;
    fetched.commit = page->commit;
    fetched.rows += page->rows.size();
    on_rows(fetched.rows, total);
    if (const Result<void> waited = client.wait(kBetweenRequests); !waited) return waited.error();
  }
  if (const Result<void> kept = file->keep(); !kept) return kept.error();
  return fetched;
}

}  // namespace proctor::harness::hub
