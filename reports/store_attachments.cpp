#include "reports/store_attachments.h"

#include <string>
#include <utility>

#include "harness/core/sha256.h"

namespace proctor::reports {

Result<void> insert_attachments(const Database& database, Compressor& compressor,
                                std::int64_t run_task, std::span<const Attachment> attachments) {
  Result<Statement> body = database.prepare("INSERT OR IGNORE INTO attachment_body VALUES(?, ?)");
  if (!body) return body.error();
  Result<Statement> insert = database.prepare("INSERT INTO attachment VALUES(?, ?, ?, ?)");
  if (!insert) return insert.error();
  std::int64_t ordinal = 0;
  for (const Attachment& attachment : attachments) {
    const std::string hash = sha256_hex(attachment.body);
    const std::string frame(compressor.compress(attachment.body));
    const Result<void> kept = body->bind(1, hash).bind_blob(2, frame).run();
    if (!kept) return kept;
    insert->bind(1, run_task).bind(2, ordinal++);
    const Result<void> attached = insert->bind(3, attachment.name).bind(4, hash).run();
    if (!attached) return attached;
  }
  return {};
}

Result<std::vector<Attachment>> load_attachments(const Database& database,
                                                 const Compressor& compressor,
                                                 std::int64_t run_task) {
  Result<Statement> select = database.prepare(
      "SELECT a.name, a.body, b.body FROM attachment a "
      "LEFT JOIN attachment_body b ON b.hash = a.body WHERE a.run_task=? ORDER BY a.ordinal");
  if (!select) return select.error();
  select->bind(1, run_task);
  std::vector<Attachment> attachments;
  while (true) {
    const Result<bool> row = select->next();
    if (!row) return row.error();
    if (!*row) return attachments;
    const std::string name = select->text(0);
    Result<std::string> body = compressor.decompress(select->blob(2));
    if (!body) return body.error().within("attachment " + name);
    if (sha256_hex(*body) != select->text(1)) {
      return Error(ErrorCode::corrupt, "attachment " + name + ": another text than its hash says");
    }
    attachments.push_back({name, std::move(*body)});
  }
}

}  // namespace proctor::reports
