#pragma once
// The connections of a link: which of them rest, and for how long they are kept.

#include <boost/intrusive/list.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <random>

#include "routing/transport/stream.hpp"

namespace sitegate {

/// A connection to a site. From its birth on it stands in the list of its link, so that whatever
/// runs on it can be stopped.
struct LinkConnection
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  LinkConnection(WorkerIo& io, Socket socket, std::optional<TlsEngine> engine)
      : stream(io, std::move(socket), std::move(engine)) {}

  Stream stream;
  SteadyTime too_old = SteadyTime::max();  ///< from then on it takes no lookup
  SteadyTime rests_since{};
};
using LinkConnectionPtr = std::unique_ptr<LinkConnection>;
using LinkConnections =
    boost::intrusive::list<LinkConnection, boost::intrusive::constant_time_size<false>>;

/// Those that rest. Time is an argument everywhere.
class KeptConnections {
 public:
  /// `most` rest at once, no longer than `idle`.
  KeptConnections(Milliseconds idle, std::size_t most) : idle_(idle), most_(most) {}

  /// The most recently used one that is still good; null: there is none.
  LinkConnectionPtr take(SteadyTime now);

  /// Keeps it for the next lookup, unless its last one closed it.
  void keep(LinkConnectionPtr connection, SteadyTime now);

  /// Closes what has rested too long, is too old, or was ended by the site.
  void tidy(SteadyTime now);

  /// Closes those of which nothing was heard since `then`.
  void drop_silent_since(SteadyTime then);

  /// How many will still be good at `then`, as far as it depends on us.
  std::size_t lasting_until(SteadyTime then) const;

  std::size_t size() const noexcept { return resting_.size(); }
  void clear() noexcept { resting_.clear(); }

 private:
  SteadyTime end_of(const LinkConnection& connection) const;
  bool is_good(LinkConnection& connection, SteadyTime now) const;

  Milliseconds idle_;
  std::size_t most_;
  std::deque<LinkConnectionPtr> resting_;  // the least recently used in front
};

/// Times that differ a little, so that what began together does not end together (PAINS 27).
class Spread {
 public:
  /// Between four fifths of `time` and all of it.
  Milliseconds of(Milliseconds time);

 private:
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace sitegate
