#include "gateway/http2_body.hpp"

#include <utility>

namespace sitegate {

Async<std::string> Http2Body::read_all(std::size_t limit) {
  const auto too_large = [&] {
    return make_error(ErrorCode::PayloadTooLarge, {std::to_string(limit)});
  };
  waiting_.set_limit(std::chrono::steady_clock::now() + time_);
  if (announced_ > limit)
    co_return too_large();
  wanted_ = true;
  if (continue_is_due_) {  // RFC 9110 10.1.1: only now, when all checks before have passed
    channel_.session().submit_continue(stream_);
    channel_.flush_soon();
  }
  take_in();
  for (;;) {
    if (content_.size() > limit)
      co_return too_large();
    if (gone_)
      co_return make_error(ErrorCode::BadRequest, {"the stream ended within the body"});
    if (whole_)
      co_return std::move(content_);
    if (!co_await waiting_.wait())
      co_return make_error(ErrorCode::RequestTimeout, {"its body took too long"});
  }
}

void Http2Body::announce(const RequestHead& head) noexcept {
  announced_ = head.framing.length;
  continue_is_due_ = head.expects_continue;
}

void Http2Body::add(std::string_view octets) {
  content_.append(octets);
  unread_ += octets.size();
  if (wanted_)
    take_in();
  waiting_.wake();
}

void Http2Body::end() noexcept {
  whole_ = true;
  waiting_.wake();
}

void Http2Body::lose() noexcept {
  gone_ = true;
  waiting_.wake();
}

void Http2Body::drop() {
  take_in();
  content_.clear();
}

void Http2Body::take_in() {
  if (unread_ == 0)
    return;
  channel_.session().consume(stream_, std::exchange(unread_, 0));
  channel_.flush_soon();
}

}  // namespace sitegate
