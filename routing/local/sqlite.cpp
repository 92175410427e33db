#include "routing/local/sqlite.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sitegate::sqlite {
namespace {

constexpr int kPrimaryCode = 0xff;  // what a code and its extended forms share

std::string_view cure_of(int code) {
  switch (code & kPrimaryCode) {
    case SQLITE_BUSY:
      return "another process holds its lock: end that one, or wait for it, and try again";
    case SQLITE_FULL:
      return "make room on its disk";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return "let this user read and write the database, its journal and its directory";
    case SQLITE_IOERR:
      return "look at its disk, which is full, read-only or failing";
    case SQLITE_TOOBIG:
      return "raise limits.body to what it was when the task was stored";
    case SQLITE_NOMEM:
      return "give this machine more memory";
    default:
      return "if it is damaged, restore it from a backup, or move it away to begin with an empty "
             "store";
  }
}

Error failure(int code, const char* words) {
  return make_error(ErrorCode::StoreUnavailable, {},
                    "SQLite: " + std::string(words) + " (" + std::to_string(code) + "); " +
                        std::string(cure_of(code)));
}

Error failure_of(sqlite3* handle) {
  return failure(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

/// Of a progress handler: not 0 ends what runs.
int is_late(void* limit) {
  const auto now = std::chrono::steady_clock::now();
  return now >= *static_cast<std::chrono::steady_clock::time_point*>(limit) ? 1 : 0;
}

int nap(void* patience, int times_waited) {
  constexpr int kNapMilliseconds = 1;
  if (std::chrono::milliseconds(times_waited * kNapMilliseconds) >=
      *static_cast<const std::chrono::milliseconds*>(patience))
    return 0;
  sqlite3_sleep(kNapMilliseconds);
  return 1;
}

}  // namespace

Statement& Statement::note(int code) noexcept {
  if (bind_failure_ == SQLITE_OK)
    bind_failure_ = code;
  return *this;
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  return note(sqlite3_bind_int64(statement_.get(), parameter, value));
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // An empty view may have a null pointer, which SQLite would take for NULL.
  return note(sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(),
                                  text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::bind(int parameter, std::span<const std::uint8_t> blob) {
  return note(
      sqlite3_bind_blob64(statement_.get(), parameter, blob.data(), blob.size(), SQLITE_STATIC));
}

Statement& Statement::bind_or_null(int parameter, std::string_view text) {
  return text.empty() ? note(sqlite3_bind_null(statement_.get(), parameter))
                      : bind(parameter, text);
}

Result<bool> Statement::step() {
  if (bind_failure_ != SQLITE_OK)
    return failure(bind_failure_, sqlite3_errstr(bind_failure_));
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE)
    return false;
  return failure_of(sqlite3_db_handle(statement_.get()));
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bind_failure_ = SQLITE_OK;
}

Result<void> Statement::run() {
  const ResetAtEnd reset_at_end(*this);
  for (;;) {
    SITEGATE_TRY(const bool row, step());
    if (!row)
      return {};
  }
}

std::int64_t Statement::changes() const noexcept {
  return sqlite3_changes64(sqlite3_db_handle(statement_.get()));
}

std::string_view Statement::text(int column) const noexcept {
  const auto* octets = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return octets == nullptr ? std::string_view{}
                           : std::string_view(octets, static_cast<std::size_t>(size));
}

std::int64_t Statement::integer(int column) const noexcept {
  return sqlite3_column_int64(statement_.get(), column);
}

Result<Connection> Connection::open(const std::filesystem::path& file, Mode mode) {
  const int flags = (mode == Mode::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Connection connection;
  connection.handle_.reset(handle);  // to be closed after a failure, too
  if (code != SQLITE_OK)
    return handle == nullptr ? failure(code, sqlite3_errstr(code)) : failure_of(handle);
  return connection;
}

void Connection::wait_for_locks(std::chrono::milliseconds limit) {
  patience_ = std::make_unique<std::chrono::milliseconds>(limit);
  sqlite3_busy_handler(handle_.get(), nap, patience_.get());
}

void Connection::interrupt_at(std::chrono::steady_clock::time_point limit) {
  constexpr int kSteps = 4000;  // of SQLite's machine, between two looks at the clock
  limit_ = std::make_unique<std::chrono::steady_clock::time_point>(limit);
  sqlite3_progress_handler(handle_.get(), kSteps, is_late, limit_.get());
}

Result<void> Connection::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure_of(handle_.get());
  return {};
}

Result<std::int64_t> Connection::integer(const char* sql) {
  SITEGATE_TRY(Statement statement, prepare(sql));
  SITEGATE_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<std::string> Connection::text(const char* sql) {
  SITEGATE_TRY(Statement statement, prepare(sql));
  SITEGATE_TRY(const bool row, statement.step());
  return row ? std::string(statement.text(0)) : std::string{};
}

std::filesystem::path Connection::file() const {
  return sqlite3_db_filename(handle_.get(), "main");
}

bool Connection::was_busy() const noexcept {
  return (sqlite3_extended_errcode(handle_.get()) & kPrimaryCode) == SQLITE_BUSY;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK)
    return failure_of(handle_.get());
  return Statement(statement);
}

void Connection::limit_length(std::size_t octets) noexcept {
  constexpr std::size_t kMost = std::numeric_limits<int>::max();
  sqlite3_limit(handle_.get(), SQLITE_LIMIT_LENGTH, static_cast<int>(std::min(octets, kMost)));
}

Result<Transaction> Transaction::begin(Connection& connection) {
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun)
    return std::move(begun).error();
  return Transaction(connection);
}

Transaction::~Transaction() {
  // Some failures (disk full, I/O) have rolled it back already.
  if (connection_ != nullptr && connection_->in_transaction())
    static_cast<void>(connection_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  return connection_->execute("COMMIT");
}

}  // namespace sitegate::sqlite
