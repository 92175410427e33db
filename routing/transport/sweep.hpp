#pragma once
// Time limits without a timer per operation: whoever may be late stands in one list per worker, and
// one coarse tick closes what is (DESIGN section 5). A limit is kept to within one tick.

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include "contract/async.hpp"
#include "contract/deadline.hpp"

namespace sitegate {

/// Something with a time limit. Belongs to one worker; leaves the list when it is destroyed.
class Sweepable : public boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Sweepable(const Sweepable&) = delete;
  Sweepable& operator=(const Sweepable&) = delete;

  void set_limit(SteadyTime at) noexcept { limit_ = at; }
  void clear_limit() noexcept { limit_ = SteadyTime::max(); }
  SteadyTime limit() const noexcept { return limit_; }

 protected:
  Sweepable() = default;
  ~Sweepable() = default;

 private:
  friend class Sweep;
  /// The limit has passed; it is cleared before the call. Must not destroy anything in the list.
  virtual void on_late() noexcept = 0;

  SteadyTime limit_ = SteadyTime::max();
};

class Sweep {
 public:
  static constexpr Milliseconds kTick{50};

  explicit Sweep(const WorkerExecutor& worker) : timer_(worker) {}

  void add(Sweepable& entry) { entries_.push_back(entry); }

  /// Begins to tick. Work is outstanding on the worker until stop().
  void start();
  void stop();

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;
  using List = boost::intrusive::list<Sweepable, boost::intrusive::constant_time_size<false>>;

  void tick();

  Timer timer_;
  List entries_;
  bool stopped_ = false;
};

}  // namespace sitegate
