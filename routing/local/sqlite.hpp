#pragma once
// A thin layer over SQLite's C API: owners for its handles, and every failure a `Result` with
// StoreUnavailable; its `detail` is SQLite's own words and what an operator can do. Nothing here
// knows a table.
//
// A connection and its statements belong to one thread at a time (opened with
// SQLITE_OPEN_NOMUTEX). Statements must go before their connection.

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "contract/result.hpp"

namespace sitegate::sqlite {

/// A prepared statement. Parameters and columns are numbered as SQLite does: parameters from 1,
/// columns from 0.
class Statement {
 public:
  Statement() = default;

  /// Binding cannot fail by itself: a failure is reported by the next `step`. Text and blobs are
  /// not copied; they must live until `reset`.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::span<const std::uint8_t> blob);
  /// NULL when the text is empty: absent values sort and filter apart from all others.
  Statement& bind_or_null(int parameter, std::string_view text);

  /// true: a row is there to be read; false: done.
  Result<bool> step();

  /// Ready for the next use; ends the read that this statement was part of.
  void reset() noexcept;

  /// Steps a statement that returns no rows, then resets it.
  Result<void> run();

  /// How many rows the last `run` inserted, changed or removed.
  std::int64_t changes() const noexcept;

  /// Valid until the next `step` or `reset`. NULL reads as empty and 0.
  std::string_view text(int column) const noexcept;
  std::int64_t integer(int column) const noexcept;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement& note(int code) noexcept;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_failure_ = SQLITE_OK;
};

/// Resets a statement at the end of a scope, however that is left.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

class Connection {
 public:
  enum class Mode : std::uint8_t { ReadOnly, ReadWrite };

  Connection() = default;

  /// Opens a file that exists; never creates one.
  static Result<Connection> open(const std::filesystem::path& file, Mode mode);

  /// Its absolute path.
  std::filesystem::path file() const;

  /// How long a call may wait for another connection's lock. It asks again every millisecond:
  /// SQLite's own handler backs off to 100 ms and starves beside a stream of short transactions.
  void wait_for_locks(std::chrono::milliseconds limit);

  /// One or more statements without parameters; rows are passed over.
  Result<void> execute(const char* sql);

  /// The first column of the first row; 0 or empty when there is none.
  Result<std::int64_t> integer(const char* sql);
  Result<std::string> text(const char* sql);

  /// Did the last call fail because of another connection's lock?
  bool was_busy() const noexcept;

  Result<Statement> prepare(std::string_view sql);

  /// A step that runs later than this ends with a failure; `max()`: none does.
  void interrupt_at(std::chrono::steady_clock::time_point limit);

  /// No row, string or statement may be longer than this many octets.
  void limit_length(std::size_t octets) noexcept;

  bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  // At fixed addresses, for the callbacks.
  std::unique_ptr<std::chrono::milliseconds> patience_;
  std::unique_ptr<std::chrono::steady_clock::time_point> limit_;
};

/// A transaction that takes the write lock at once, and is rolled back unless it is committed.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, {})) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace sitegate::sqlite
