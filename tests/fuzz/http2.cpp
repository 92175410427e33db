// What a caller sends by HTTP/2, behind the preface. Whatever the pieces are in which it arrives,
// it means the same; heads keep their limits; what lies unread keeps within the windows.

#include "routing/transport/http2_session.hpp"

#include <map>

#include "tests/fuzz/fuzz.hpp"

namespace sitegate::fuzz {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view kSettings{"\0\0\0\4\0\0\0\0\0", 9};
constexpr std::size_t kWindow = 65535;

Http2Limits limits() {
  return {.streams = 4,
          .stream_window = kWindow,
          .window = kWindow,
          .control_frames = 20,
          .head = {.line = 64, .field = 128, .head = 256, .fields = 6}};
}

using StreamId = Http2Session::StreamId;

/// Answers every other request at once, and takes in every other body.
class Server final : public Http2Session::Events {
 public:
  Server() : session_(Http2Session::Role::Server, limits(), *this) {
    feed(kPreface);
    feed(kSettings);
  }

  void feed(std::string_view octets) { session_.feed(octets); }

  /// All that was said to it and by it.
  std::string end() {
    std::string out;
    session_.take_output(out, 1 << 20);
    for (const auto& [stream, size] : unread_) require(size <= kWindow, "no more than the window");
    // What ended it is not compared: nghttp2 counts a CONTINUATION again for each piece in which
    // its head comes, and reads on behind a GOAWAY what came with it.
    return session_.is_over() ? std::string() : log_;
  }

 private:
  void on_head(StreamId stream, Http2Head head, bool ends) override {
    require(open_++ < 4, "no more streams than are allowed");
    require(head.fields.size() <= 6, "no more fields than are allowed");
    std::size_t octets = head.method.size() + head.path.size() + head.authority.size();
    for (std::size_t i = 0; i < head.fields.size(); ++i)
      octets += head.fields.name(i).size() + head.fields.value(i).size();
    require(octets <= 256, "no larger head than is allowed");
    log_ += std::to_string(stream) + head.method + head.path + (ends ? "." : "+");
    if (head.fault)
      log_ += head.fault->what;
    else if (const auto made = make_request_head(head.method, head.path, std::move(head.fields), 1))
      require(made->path == "*" || made->path.starts_with('/'), "a path");
    if (stream % 4 == 1)
      session_.submit_reply(stream, 200, {}, "answer");
  }
  void on_content(StreamId stream, std::string_view octets) override {
    content_[stream] += octets;
    unread_[stream] += octets.size();
    if (stream % 8 > 4)
      session_.consume(stream, std::exchange(unread_[stream], 0));
  }
  void on_message_end(StreamId stream) override {
    log_ += std::to_string(stream) + '=' + std::to_string(content_[stream].size());
  }
  void on_stream_end(StreamId stream, Http2Error error) override {
    --open_;
    log_ += std::to_string(stream) + '!' + std::to_string(static_cast<int>(error));
  }
  void on_sent(StreamId, std::size_t, bool) override {}
  void on_pong() override {}

  Http2Session session_;
  std::string log_;
  std::map<StreamId, std::string> content_;
  std::map<StreamId, std::size_t> unread_;
  int open_ = 0;
};

}  // namespace
}  // namespace sitegate::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sitegate::fuzz;
  require_same_in_pieces(data, size, [](const auto& pieces) {
    Server server;
    for (const auto piece : pieces) server.feed(piece);
    return server.end();
  });
  return 0;
}
