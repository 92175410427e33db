#pragma once
// The body of a request that came by HTTP/2.

#include <string>
#include <string_view>

#include "contract/api_message.hpp"
#include "routing/transport/http2_channel.hpp"

namespace sitegate {

/// Taken in when it is wanted; until then it lies in the stream's window, which bounds it.
class Http2Body final : public BodySource {
 public:
  /// `time`: for the whole of it, once it is wanted. The arguments outlive the body.
  Http2Body(WorkerIo& io, Http2Channel& channel, Http2Session::StreamId stream, Milliseconds time)
      : channel_(channel), stream_(stream), time_(time), waiting_(io) {}

  Async<std::string> read_all(std::size_t limit) override;

  /// What the head said.
  void announce(const RequestHead& head) noexcept;

  /// What comes: octets, the end, or the end of the stream before that.
  void add(std::string_view octets);
  void end() noexcept;
  void lose() noexcept;

  /// What lies here is wanted by nobody any more.
  void drop();

  bool is_whole() const noexcept { return whole_; }

 private:
  void take_in();

  Http2Channel& channel_;
  Http2Session::StreamId stream_;
  Milliseconds time_;
  Waiting waiting_;
  std::string content_;
  std::size_t unread_ = 0;  // octets of it for which no window was given back
  std::uint64_t announced_ = 0;
  bool continue_is_due_ = false;
  bool wanted_ = false;
  bool whole_ = false;
  bool gone_ = false;
};

}  // namespace sitegate
