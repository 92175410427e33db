#pragma once
// HTTP/2 with a caller: requests at the same time, each as HTTP/1.1 would make it (RFC 9113).

#include <memory>
#include <unordered_map>
#include <vector>

#include "gateway/caller_side.hpp"
#include "gateway/finish_request.hpp"
#include "routing/transport/http2_channel.hpp"

namespace sitegate {

class Http2Conversation final : public Conversation, private Http2Channel::Events {
 public:
  explicit Http2Conversation(const CallerSide& side);

  Awaitable<bool> run() override;
  void finish() noexcept override;

 private:
  using StreamId = Http2Session::StreamId;
  struct Exchange;
  using ExchangePtr = std::shared_ptr<Exchange>;

  Result<RequestHead> request_head(Http2Head& head, bool ends) const;
  void refuse(const ExchangePtr& exchange, const Error& error);
  void begin(const ExchangePtr& exchange);
  Awaitable<> serve(ExchangePtr exchange);
  void send(Exchange& exchange, ApiReply reply);
  Exchange* find(StreamId stream) noexcept;
  void leave() noexcept;
  void rest() noexcept;

  void on_head(StreamId stream, Http2Head head, bool ends) override;
  void on_content(StreamId stream, std::string_view octets) override;
  void on_message_end(StreamId stream) override;
  void on_stream_end(StreamId stream, Http2Error error) override;
  void on_sent(StreamId stream, std::size_t octets, bool ends) override;
  void on_pong() override;
  void on_flushed(bool taken) override;

  const CallerSide& side_;
  Http2Channel channel_;
  std::unordered_map<StreamId, ExchangePtr> exchanges_;  // whose streams are open
  std::vector<ExchangePtr> ended_;                       // to be logged with the next flush
  std::size_t running_ = 0;                              // handlers, those of reset streams too
  Waiting handlers_ended_;
  bool finishing_ = false;
  bool leaving_ = false;  // the caller was told so
};

}  // namespace sitegate
