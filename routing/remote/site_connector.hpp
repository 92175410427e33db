#pragma once
// New connections to one site: its name looked up, an address of it found that works, TLS finished
// and the site's identity verified. Which connections are kept is kept_connections' business.

#include "config/settings.hpp"
#include "routing/remote/kept_connections.hpp"
#include "routing/remote/link.hpp"
#include "routing/transport/name_resolver.hpp"

namespace sitegate {

class SiteConnector {
 public:
  /// New connections join `connections` before anything is awaited on them. All arguments outlive
  /// this.
  SiteConnector(WorkerIo& io, const RemoteSiteSettings& settings, ssl_ctx_st* context,
                LinkConnections& connections, NameResolver::LookUp look_up);

  /// Within `timeouts.connect` and before `deadline`. Of several addresses each gets its share of
  /// that time; the one that worked last comes first. `cancellation`, null or not, ends it early.
  Awaitable<boost::system::result<LinkConnectionPtr, LinkFailure>> connect(
      Deadline deadline, LookupTrace& trace, Cancellation* cancellation);

  /// Whoever waits for a name or is about to try an address ends as ShuttingDown.
  void close() noexcept;

 private:
  Awaitable<boost::system::result<LinkConnectionPtr, LinkFailure>> connect_to(
      const asio::ip::tcp::endpoint& endpoint, Deadline limit, LookupTrace& trace,
      Cancellation* cancellation);

  WorkerIo& io_;
  const RemoteSiteSettings& settings_;
  ssl_ctx_st* context_;
  LinkConnections& connections_;
  NameResolver resolver_;
  Spread spread_;
  std::optional<asio::ip::tcp::endpoint> worked_;
  bool closed_ = false;
};

}  // namespace sitegate
