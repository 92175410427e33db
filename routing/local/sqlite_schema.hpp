#pragma once
// The tables and how they came to be: each version of the schema is one migration further.

#include "routing/local/sqlite.hpp"

namespace sitegate::sqlite {

/// What `user_version` says when every migration has been made.
std::int64_t newest_schema() noexcept;

/// Brings the schema up to date, one transaction a migration. Several processes may do this at
/// once.
Result<void> migrate(Connection& connection);

}  // namespace sitegate::sqlite
