#pragma once
// Time limits without a timer per operation: whoever may be late stands in a list of the worker,
// and a coarse tick closes what is (DESIGN section 5). A limit is kept to within one tick.
//
// Most limits are far away, those of connections at rest above all. They are looked at once in a
// round, a share of them with each tick, so that a tick costs what is near and a twentieth of what
// is far.

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>

#include "contract/async.hpp"
#include "contract/deadline.hpp"

namespace sitegate {

class Sweep;

/// Something with a time limit. Belongs to one worker; leaves the list when it is destroyed.
class Sweepable : public boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Sweepable(const Sweepable&) = delete;
  Sweepable& operator=(const Sweepable&) = delete;

  inline void set_limit(SteadyTime at) noexcept;
  void clear_limit() noexcept { limit_ = SteadyTime::max(); }
  SteadyTime limit() const noexcept { return limit_; }

 protected:
  Sweepable() = default;
  ~Sweepable() = default;

 private:
  friend class Sweep;
  static constexpr std::uint8_t kNear = 0xFF;

  /// The limit has passed; it is cleared before the call. Must not destroy anything in the list.
  virtual void on_late() noexcept = 0;

  SteadyTime limit_ = SteadyTime::max();
  Sweep* sweep_ = nullptr;
  std::uint8_t share_ = kNear;  // of those that are far
};

class Sweep {
 public:
  static constexpr Milliseconds kTick{50};
  static constexpr std::size_t kShares = 20;
  static constexpr Milliseconds kRound = kTick * kShares;

  explicit Sweep(const WorkerExecutor& worker) : timer_(worker) {}

  void add(Sweepable& entry) noexcept;

  /// Begins to tick. Work is outstanding on the worker until stop().
  void start();
  void stop();

  /// What a tick does; for tests.
  void look(SteadyTime now) noexcept;

 private:
  friend class Sweepable;
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;
  using List = boost::intrusive::list<Sweepable, boost::intrusive::constant_time_size<false>>;

  /// Those of a share that are looked at less often: nothing of it is due before this.
  struct Share {
    List entries;
    SteadyTime near_until = SteadyTime::min();
  };

  void tick();
  std::uint8_t look_far(SteadyTime now) noexcept;
  void move(Sweepable& entry, List& to, std::uint8_t share) noexcept;

  Timer timer_;
  List near_;
  std::array<Share, kShares> far_;
  std::uint8_t next_ = 0;  // share to be looked at
  bool stopped_ = false;
};

inline void Sweepable::set_limit(SteadyTime at) noexcept {
  limit_ = at;
  if (share_ != kNear && at < sweep_->far_[share_].near_until)
    sweep_->move(*this, sweep_->near_, kNear);
}

}  // namespace sitegate
