// An imitation of the Hugging Face hub on loopback: its list of files, the addresses of files,
// which for large ones lead on to another server, and the service that gives out rows.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/hub/settings.h"
#include "tests/support/fake_server.h"

namespace proctor::harness::hub {

struct FakeFile {
  std::string path;
  std::string content;
  bool large = false;                        // kept elsewhere, named by its SHA-256
  std::optional<std::uint64_t> said_size{};  // instead of the true one
};

struct FakeRepository {
  std::string commit = std::string(40, 'c');
  std::vector<FakeFile> files{};
  std::string token{};  // without it, 401 or 403 as the hub says; empty: anybody may read
};

// Rows as datasets-server gives them out.
struct FakeRows {
  std::string config = "default";
  std::string split = "train";
  std::vector<nlohmann::json> rows{};
  std::string commit = std::string(40, 'd');
  std::size_t most_rows = 100;  // of one answer; more is TooBigContentError
  nlohmann::json truncated_cells = nlohmann::json::array();  // of the last row
  bool partial = false;
};

class FakeHub {
 public:
  FakeHub();

  // "models/ORG/NAME" or "datasets/ORG/NAME"; known under its commit and as "main".
  std::map<std::string, FakeRepository> repositories;
  std::map<std::string, FakeRows> rows;
  // What becomes of an answer that carries a file's bytes or rows; empty: it is sent as it is.
  std::function<support::Answer(const support::HttpRequest& request, support::Answer whole)> meddle;

  // To be reached at, without pauses worth mentioning.
  HubSettings settings(const std::filesystem::path& cache = {}) const;

  // "PATH", with " range FIRST-" and " token TOKEN" where the request had them, in order. "storage
  // " stands before those for large files' bytes. Once a fetch is over.
  std::vector<std::string> log() const;

 private:
  support::Answer answer_hub(const support::HttpRequest& request);
  support::Answer answer_storage(const support::HttpRequest& request);
  support::Answer answer_list(const std::string& path);
  support::Answer answer_file(const support::HttpRequest& request);
  support::Answer answer_rows(const std::string& path);
  support::Answer with_bytes(const support::HttpRequest& request, const std::string& content);
  void note(const std::string& prefix, const support::HttpRequest& request);
  const FakeRepository* repository_at(const std::string& path) const;

  mutable std::mutex mutex_;
  std::vector<std::string> log_;  // guarded by mutex_
  support::FakeServer storage_;
  support::FakeServer hub_;
};

}  // namespace proctor::harness::hub
