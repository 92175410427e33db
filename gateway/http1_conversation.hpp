#pragma once
// HTTP/1.1 with a caller: requests in order, one at a time (RFC 9112).

#include "gateway/caller_side.hpp"
#include "gateway/finish_request.hpp"
#include "gateway/reply_head.hpp"

namespace sitegate {

class Http1Conversation final : public Conversation {
 public:
  explicit Http1Conversation(const CallerSide& side) : side_(side), stream_(side.stream) {}

  Awaitable<bool> run() override;
  void finish() noexcept override;

 private:
  class Body;

  bool begin_rest(Milliseconds at_most = Milliseconds::max());
  bool fall_asleep();
  StreamEnd end_rest(StreamEnd end);
  Awaitable<bool> serve_next();
  Awaitable<bool> serve_request(std::size_t size);
  Awaitable<> refuse(const Error& error, std::string_view head);
  Awaitable<SentReply> send(ApiReply reply, bool with_body, HeadOptions options);

  bool has_begun() const noexcept;
  Milliseconds patience(Milliseconds usual) const noexcept;
  const LimitSettings& limits() const noexcept { return side_.limits(); }
  void limit_to(Milliseconds time) noexcept {
    stream_.set_limit(std::chrono::steady_clock::now() + time);
  }

  const CallerSide& side_;
  Stream& stream_;
  std::string in_;       // octets that came and are not used up
  bool waiting_ = true;  // nothing of a next request has come
  bool slept_ = false;   // in this rest no coroutine has waited for a while
  bool served_ = false;  // a request has been answered
  bool finishing_ = false;
  SteadyTime rests_until_ = SteadyTime::max();
};

}  // namespace sitegate
