#pragma once
// The database file of a site: creating, recognising, migrating and opening it.
//
// A database that is damaged, not sitegate's or made by a newer version is refused with an error
// (StoreUnavailable) whose `detail` says what is wrong and what to do; nothing is ever recreated
// silently. Format: `application_id` names the program, `user_version` counts the migrations.

#include <filesystem>

#include "config/settings.hpp"
#include "routing/local/sqlite.hpp"

namespace sitegate::sqlite {

/// 'SGat'; shown by file(1) and `PRAGMA application_id`.
inline constexpr std::int64_t kApplicationId = 0x53476174;

struct OpenDatabase {
  Connection connection;
  bool is_new;  ///< it held nothing, not even its tables
};

/// For reading and writing: creates what is missing (directories 0700, file 0600), brings the
/// schema up to date, one transaction a migration, and sets WAL with synchronous FULL, so that what
/// is committed survives a power cut. Blocks; several processes may do this at once.
Result<OpenDatabase> open_to_write(const StoreSettings& settings);

/// A failure of the store while starting, in the words of a configuration problem; the detail of
/// `error` says what to do.
Error unusable(const StoreSettings& settings, const Error& error);

/// For a worker's lookups, after `open_to_write` has succeeded: never waits for a lock. Reads
/// through a cache of 8 MiB and never through a memory map: a file that is cut, or a device that
/// fails, under a map ends the process, and with it all that needs no store. Rows larger than
/// `max_row` octets are an error.
Result<Connection> open_to_read(const std::filesystem::path& file, std::size_t max_row);

}  // namespace sitegate::sqlite
