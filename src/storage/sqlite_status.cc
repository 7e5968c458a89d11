#include "storage/sqlite_status.h"

#include <cstddef>
#include <string>

#include "sqlite3.h"
#include "storage/checksum_vfs.h"

namespace archivolt {
namespace {

struct CodeRow {
  int sqlite_code;  // Extended, or primary: a row of a primary code stands for all its extended
                    // ones.
  ErrorCode code;
  const char* message;
};

// Extended codes come before their primary one: the first row that fits is used.
constexpr CodeRow kRows[] = {
    {SQLITE_CONSTRAINT_UNIQUE, ErrorCode::ALREADY_EXISTS,
     "A row with the same unique values exists already. Change them or update that row."},
    {SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode::ALREADY_EXISTS,
     "A row with the same key exists already. Change the key or update that row."},
    {SQLITE_CONSTRAINT_ROWID, ErrorCode::ALREADY_EXISTS,
     "A row with the same key exists already. Change the key or update that row."},
    {SQLITE_CONSTRAINT_FOREIGNKEY, ErrorCode::CONSTRAINT,
     "A row refers to one that does not exist, or is still referred to. Write or delete that one "
     "first."},
    {SQLITE_CONSTRAINT_NOTNULL, ErrorCode::CONSTRAINT,
     "A required value is missing. Give the column a value."},
    {SQLITE_CONSTRAINT_CHECK, ErrorCode::CONSTRAINT,
     "A value breaks a rule of the table. Correct the value."},
    {SQLITE_CONSTRAINT_TRIGGER, ErrorCode::CONSTRAINT,
     "The write breaks a rule of the schema. Correct it."},
    {SQLITE_CONSTRAINT_DATATYPE, ErrorCode::CONSTRAINT,
     "A value has the wrong type for its column. Convert it first."},
    {SQLITE_CONSTRAINT, ErrorCode::CONSTRAINT,
     "The write breaks a rule of the schema. Correct it."},
    {SQLITE_FULL, ErrorCode::QUOTA_EXCEEDED,
     "Storage is full; nothing was kept of the transaction. Free space and repeat it."},
    {SQLITE_IOERR_NOMEM, ErrorCode::OUT_OF_MEMORY,
     "The engine cannot get more memory. Close other work or use a smaller input."},
    {SQLITE_NOMEM, ErrorCode::OUT_OF_MEMORY,
     "The engine cannot get more memory. Close other work or use a smaller input."},
    {SQLITE_IOERR_DATA, ErrorCode::CORRUPTION,
     "A page of the file does not match its checksum. Export what can be read, restore a backup."},
    {SQLITE_IOERR_CORRUPTFS, ErrorCode::CORRUPTION,
     "The file system reports damage. Export what can be read, restore a backup."},
    {SQLITE_CORRUPT, ErrorCode::CORRUPTION,
     "The file is damaged. Export what can be read, restore a backup."},
    {SQLITE_NOTADB, ErrorCode::CORRUPTION,
     "The file is not a database, is damaged at its start, or is sealed with a passphrase."},
    {SQLITE_BUSY_SNAPSHOT, ErrorCode::CONFLICT,
     "Another writer came first. Run the transaction again."},
    {SQLITE_BUSY, ErrorCode::BUSY,
     "Another tab or process holds the file. Try again in a moment or close it there."},
    {SQLITE_LOCKED, ErrorCode::BUSY,
     "A statement that still runs holds the table. Finish it, then repeat the call."},
    {SQLITE_READONLY, ErrorCode::FAILED_PRECONDITION,
     "The database is open for reading only. Open it for writing first."},
    {SQLITE_INTERRUPT, ErrorCode::CANCELLED, "The operation was cancelled."},
    {SQLITE_ABORT, ErrorCode::FAILED_PRECONDITION,
     "The transaction in which the statement ran was rolled back. Run it again."},
    {SQLITE_TOOBIG, ErrorCode::INVALID_ARGUMENT,
     "A text, a blob, a row or the SQL is too long. Split it."},
    {SQLITE_MISMATCH, ErrorCode::INVALID_ARGUMENT,
     "A value has the wrong type for its place. Convert it first."},
    {SQLITE_RANGE, ErrorCode::INVALID_ARGUMENT,
     "There is no parameter with this index. Use 1 to the number of parameters."},
    {SQLITE_AUTH, ErrorCode::INVALID_ARGUMENT,
     "This kind of SQL is not allowed here. Use SELECT to read, INSERT, UPDATE or DELETE to "
     "write."},
    {SQLITE_CANTOPEN, ErrorCode::IO_ERROR,
     "The file cannot be opened. Check that its folder exists and may be written."},
    {SQLITE_IOERR, ErrorCode::IO_ERROR,
     "Reading or writing storage failed; the transaction was rolled back. Repeat it."},
    {SQLITE_ERROR, ErrorCode::INVALID_ARGUMENT, "The SQL is not valid. Correct the statement."},
};

const CodeRow* FindRow(int extended_code) {
  for (const CodeRow& row : kRows) {
    if (row.sqlite_code == extended_code) return &row;
  }
  for (const CodeRow& row : kRows) {
    if (row.sqlite_code == (extended_code & 0xff)) return &row;
  }
  return nullptr;
}

// What SQLite says when a column may not be read.
constexpr std::string_view kSecretRead = "access to ";

std::string_view After(std::string_view text, std::string_view prefix) {
  const size_t at = text.find(prefix);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + prefix.size());
}

// "users.email" or "members.team, members.user" -> table "users", column "email" or "team, user".
Status WithColumns(Status status, std::string_view list) {
  std::string columns;
  std::string_view table;
  while (!list.empty()) {
    const size_t comma = list.find(", ");
    const std::string_view item = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 2);
    const size_t dot = item.find('.');
    if (dot == std::string_view::npos) return status;
    table = item.substr(0, dot);
    if (!columns.empty()) columns += ", ";
    columns += item.substr(dot + 1);
  }
  if (table.empty()) return status;
  Status named(status.code(), status.message() + " (" + std::string(table) + ": " + columns + ")");
  return std::move(named).With("table", std::string(table)).With("column", std::move(columns));
}

Status WithUniqueNames(Status status, std::string_view message) {
  const std::string_view failed = After(message, "constraint failed: ");
  constexpr std::string_view kIndex = "index '";
  if (failed.starts_with(kIndex)) {
    const std::string_view index = failed.substr(kIndex.size());
    return std::move(status).With("constraint", std::string(index.substr(0, index.rfind('\''))));
  }
  return WithColumns(std::move(status), failed);
}

// "cannot store TEXT value in INTEGER column users.age".
Status WithDatatype(Status status, std::string_view message) {
  const std::string_view wanted = After(message, " value in ");
  const size_t space = wanted.find(" column ");
  if (space == std::string_view::npos) return status;
  Status named = WithColumns(std::move(status), wanted.substr(space + 8));
  return std::move(named).With("constraint", std::string(wanted.substr(0, space)));
}

// "stories.title|not blank|must hold more than blanks": column, rule and what is expected, in the
// form that the core's triggers raise.
Status BrokenRule(std::string_view message) {
  const size_t rule_at = message.find('|');
  const std::string_view column = message.substr(0, rule_at);
  const std::string_view rest = message.substr(rule_at + 1);
  const size_t text_at = rest.find('|');
  const std::string_view rule = rest.substr(0, text_at);
  std::string text(column);
  if (text_at != std::string_view::npos) text.append(" ").append(rest.substr(text_at + 1));
  Status status(rule == "unique" ? ErrorCode::ALREADY_EXISTS : ErrorCode::CONSTRAINT, text + ".");
  const size_t dot = column.find('.');
  return std::move(status)
      .With("table", std::string(column.substr(0, dot)))
      .With("column", std::string(dot == std::string_view::npos ? "" : column.substr(dot + 1)))
      .With("rule", std::string(rule));
}

Status WithConstraintNames(Status status, int extended_code, std::string_view message) {
  constexpr size_t kMaxRule = 200;
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return std::move(WithUniqueNames(std::move(status), message)).With("rule", "unique");
    case SQLITE_CONSTRAINT_NOTNULL:
      return std::move(WithColumns(std::move(status), After(message, "constraint failed: ")))
          .With("rule", "not null");
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return std::move(status).With("rule", "foreign key");
    case SQLITE_CONSTRAINT_CHECK:
      // The constraint's name, or its expression in the words of the schema.
      return std::move(status)
          .With("constraint",
                std::string(After(message, "constraint failed: ").substr(0, kMaxRule)))
          .With("rule", "check");
    case SQLITE_CONSTRAINT_TRIGGER:
      if (message.find('|') != std::string_view::npos) return BrokenRule(message);
      return std::move(status)
          .With("constraint", std::string(message.substr(0, kMaxRule)))
          .With("rule", "trigger");
    case SQLITE_CONSTRAINT_DATATYPE:
      return std::move(WithDatatype(std::move(status), message)).With("rule", "datatype");
    default:
      return status;
  }
}

// Compile errors quote the SQL, where values may stand; only the forms that name an object of the
// schema are passed on.
Status DescribeSqlError(std::string_view message, int offset) {
  struct Form {
    std::string_view prefix;
    const char* advice;
    const char* detail;
  };
  static constexpr Form kForms[] = {
      {"no such table: ", "There is no such table", "table"},
      {"no such column: ", "There is no such column", "column"},
      {"no such function: ", "There is no such function", "function"},
      {"no such index: ", "There is no such index", "constraint"},
      {"ambiguous column name: ", "Say which table this column is of", "column"},
  };
  const CodeRow* row = FindRow(SQLITE_ERROR);
  Status status(row->code, row->message);
  for (const Form& form : kForms) {
    if (!message.starts_with(form.prefix)) continue;
    const std::string name(message.substr(form.prefix.size(), 100));
    status =
        Status(row->code, std::string(form.advice) + ": " + name + ".").With(form.detail, name);
    break;
  }
  // "table users has no column named x".
  const std::string_view missing = After(message, " has no column named ");
  constexpr std::string_view kTable = "table ";
  if (!missing.empty() && message.starts_with(kTable)) {
    const std::string column(missing.substr(0, 100));
    const std::string table(message.substr(kTable.size(), message.find(" has no") - kTable.size()));
    status = Status(row->code, "There is no such column: " + table + "." + column + ".")
                 .With("table", table)
                 .With("column", column);
  }
  if (message.starts_with("attempt to write a readonly database")) return status;
  if (offset >= 0) status = std::move(status).With("offset", int64_t{offset});
  return status;
}

// The table of an index, or an empty string.
std::string TableOfIndex(sqlite3* handle, const std::string& index) {
  sqlite3_stmt* statement = nullptr;
  std::string table;
  if (sqlite3_prepare_v2(handle,
                         "SELECT tbl_name FROM sqlite_schema WHERE type='index' AND name=?1", -1,
                         &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_text(statement, 1, index.data(), static_cast<int>(index.size()), SQLITE_TRANSIENT);
    if (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
      if (text != nullptr) table = text;
    }
  }
  sqlite3_finalize(statement);
  return table;
}

}  // namespace

Status MapSqliteError(int extended_code, std::string_view message, int offset) {
  const int primary = extended_code & 0xff;
  if (primary == SQLITE_OK || primary == SQLITE_ROW || primary == SQLITE_DONE) return Status::Ok();
  const CodeRow* row = FindRow(extended_code);
  Status status = row != nullptr
                      ? Status(row->code, row->message)
                      : Status::Internal("SQLite refused a call of Archivolt. Please report this.");
  if (primary == SQLITE_CONSTRAINT) {
    status = WithConstraintNames(std::move(status), extended_code, message);
  } else if (primary == SQLITE_ERROR) {
    status = DescribeSqlError(message, offset);
  } else if (primary == SQLITE_AUTH && message.starts_with(kSecretRead)) {
    const std::string column(After(message.substr(0, message.rfind(" is ")), kSecretRead));
    status = Status(row->code, column + " is a secret. Name other columns, or ask for secrets.")
                 .With("column", column);
  }
  return std::move(status).With("sqlite", int64_t{extended_code});
}

Status StatusFromConnection(sqlite3* handle, int result_code) {
  if (handle == nullptr) return MapSqliteError(result_code, "");
  const int extended = sqlite3_extended_errcode(handle);
  // The connection's code is of its latest call; when that was another one, the given code is all
  // there is.
  int code = (extended & 0xff) == (result_code & 0xff) ? extended : result_code;
  // Whoever has opened it has the right key: page 1 is damaged like any other.
  const bool tag_failed = (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) && ExpectsTags(handle);
  if (tag_failed) code = SQLITE_IOERR_DATA;
  Status status = MapSqliteError(code, sqlite3_errmsg(handle), sqlite3_error_offset(handle));
  if (code == SQLITE_IOERR_DATA) {
    const int64_t page = FailedChecksumPage(handle);
    if (page > 0) status = std::move(status).With("page", page);
  }
  const auto* constraint = status.Find("constraint");
  if (code == SQLITE_CONSTRAINT_UNIQUE && constraint != nullptr) {
    std::string table = TableOfIndex(handle, std::get<std::string>(*constraint));
    if (!table.empty()) status = std::move(status).With("table", std::move(table));
  }
  return status;
}

}  // namespace archivolt
