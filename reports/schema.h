// The store's tables; their page is reports/STORE.md.
#pragma once

#include <cstdint>

namespace proctor::reports {

constexpr std::int64_t kApplicationId = 0x70726374;  // "prct", in the header of every store
constexpr std::int64_t kFormatVersion = 3;

constexpr const char* kSchema = R"sql(
CREATE TABLE run(
  id INTEGER PRIMARY KEY,
  status TEXT NOT NULL CHECK(status IN ('open', 'complete', 'incomplete')),
  created_at TEXT NOT NULL,
  finished_at TEXT,
  model TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  seed INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  config TEXT NOT NULL,
  version TEXT NOT NULL,
  host TEXT NOT NULL
) STRICT;
CREATE INDEX run_by_plan ON run(fingerprint, seed);

CREATE TABLE dataset(
  id INTEGER PRIMARY KEY,
  task TEXT NOT NULL,
  hash TEXT NOT NULL,
  questions INTEGER NOT NULL,
  UNIQUE(task, hash, questions)
) STRICT;

CREATE TABLE question(
  dataset INTEGER NOT NULL REFERENCES dataset(id),
  ordinal INTEGER NOT NULL,
  question_id TEXT NOT NULL,
  text TEXT NOT NULL,
  gold TEXT NOT NULL,
  attributes TEXT NOT NULL,
  PRIMARY KEY(dataset, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_task(
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id),
  ordinal INTEGER NOT NULL,
  task TEXT NOT NULL,
  dataset INTEGER NOT NULL REFERENCES dataset(id),
  protocol TEXT NOT NULL,
  protocol_hash TEXT NOT NULL,
  protocol_json TEXT NOT NULL,
  grader TEXT NOT NULL,
  repeats INTEGER NOT NULL,
  first_sample INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  UNIQUE(run, ordinal)
) STRICT;

CREATE TABLE sample(
  id INTEGER PRIMARY KEY,
  run_task INTEGER NOT NULL REFERENCES run_task(id),
  question INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(
    state IN ('planned', 'in_flight', 'generated', 'scored', 'ungraded', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  reason TEXT
) STRICT;

CREATE TABLE generation(
  sample INTEGER PRIMARY KEY REFERENCES sample(id),
  finish TEXT NOT NULL,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  reasoning_tokens INTEGER,
  cached_tokens INTEGER,
  first_token_ms INTEGER NOT NULL,
  total_ms INTEGER NOT NULL,
  served_by TEXT NOT NULL,
  text BLOB NOT NULL,
  reasoning BLOB
) STRICT;

CREATE TABLE score(
  sample INTEGER PRIMARY KEY REFERENCES sample(id),
  verdict TEXT NOT NULL CHECK(verdict IN ('correct', 'wrong', 'no_answer', 'undecided')),
  extracted TEXT NOT NULL,
  canonical TEXT NOT NULL,
  span_begin INTEGER,
  span_end INTEGER,
  thinking TEXT NOT NULL CHECK(thinking IN ('closed', 'unclosed', 'empty', 'absent')),
  explanation TEXT NOT NULL,
  grader TEXT NOT NULL
) STRICT;
)sql";

// What a format has and the one before it has not. Only tables were added, so that an older file
// becomes one of today's by having them, and is read as if it had them, empty.
struct FormatStep {
  std::int64_t version;
  const char* tables;
  const char* missing;  // the same tables, of one connection alone
};

constexpr FormatStep kFormatSteps[] = {
    {2, R"sql(
CREATE TABLE reply_traits(
  sample INTEGER PRIMARY KEY REFERENCES sample(id),
  hash INTEGER NOT NULL,
  text_bytes INTEGER NOT NULL,
  reasoning_bytes INTEGER NOT NULL,
  thinking_bytes INTEGER NOT NULL,
  loops INTEGER NOT NULL,
  mixes_scripts INTEGER NOT NULL
) STRICT;

CREATE TABLE attachment_body(
  hash TEXT PRIMARY KEY,
  body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment(
  run_task INTEGER NOT NULL REFERENCES run_task(id),
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL REFERENCES attachment_body(hash),
  PRIMARY KEY(run_task, ordinal)
) STRICT, WITHOUT ROWID;
)sql",
     R"sql(
CREATE TEMP TABLE reply_traits(
  sample INTEGER PRIMARY KEY, hash, text_bytes, reasoning_bytes, thinking_bytes, loops,
  mixes_scripts);
CREATE TEMP TABLE attachment_body(hash PRIMARY KEY, body);
CREATE TEMP TABLE attachment(run_task, ordinal, name, body);
)sql"},
    {3, R"sql(
CREATE TABLE cached_reply(
  sample INTEGER PRIMARY KEY REFERENCES sample(id)
) STRICT;

CREATE TABLE batch(
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id),
  key TEXT NOT NULL UNIQUE,
  file TEXT NOT NULL,
  service_id TEXT,
  begun INTEGER NOT NULL,
  requests TEXT NOT NULL,
  ended TEXT
) STRICT;
)sql",
     R"sql(
CREATE TEMP TABLE cached_reply(sample INTEGER PRIMARY KEY);
CREATE TEMP TABLE batch(
  id INTEGER PRIMARY KEY, run, key, file, service_id, begun, requests, ended);
)sql"},
};

}  // namespace proctor::reports
