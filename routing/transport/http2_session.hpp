#pragma once
// HTTP/2 (RFC 9113) without a socket: octets that came in, events and octets to be sent out.
//
// The only place that drives nghttp2, for callers' connections and for links to sites alike. It
// does no I/O and knows no Asio. What a session wants to say collects until take_output(): the
// connection takes everything of one turn of its loop and sends it at once. Not thread-safe;
// belongs to one worker.
//
// Against floods (RFC 9113 10.5, CHECKLIST 37): the streams that may be open, the size of a head
// and the number of its fields, octets that lie unread (windows) and frames that ask for nothing
// (RST_STREAM, SETTINGS, PING, PRIORITY, empty DATA) are bounded by `Http2Limits`; CONTINUATION
// frames, entries of a SETTINGS frame and answers that wait to be sent by nghttp2 (8, 32, 1,000).

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "contract/deadline.hpp"
#include "contract/header_fields.hpp"
#include "routing/transport/http_head.hpp"

struct nghttp2_session;

namespace sitegate {

struct Http2Limits {
  std::uint32_t streams = 100;          ///< that the other side may have open
  std::uint32_t stream_window = 65535;  ///< octets of a body that may lie unread
  std::uint32_t window = 1048576;       ///< of all bodies of the connection together
  std::size_t control_frames = 1000;    ///< in ten seconds, beside one for each answer
  HeadLimits head{};
  std::uint32_t table = 4096;  ///< octets of fields that are remembered, each way (RFC 7541)
};

/// Error codes of RFC 9113 section 7 that somebody here tells apart.
enum class Http2Error : std::uint32_t {
  NoError = 0x0,
  ProtocolError = 0x1,
  InternalError = 0x2,
  RefusedStream = 0x7,
  Cancel = 0x8,
  EnhanceYourCalm = 0xb
};

/// A head without its pseudo-fields, which have members of their own. Names are in lower case.
struct Http2Head {
  std::string method, path, authority;  ///< of a request
  int status = 0;                       ///< of an answer
  HeaderFields fields;
  /// Over a limit, or a field that is none: what came after it was not kept. Framing itself is
  /// nghttp2's to judge, which resets such a stream.
  std::optional<HttpFault> fault;
};

using Http2Field = std::pair<std::string_view, std::string_view>;

class Http2Session {
 public:
  using StreamId = std::int32_t;
  enum class Role : std::uint8_t { Client, Server };

  /// Called from within feed() and take_output(); may submit, reset and consume, but not feed.
  class Events {
   public:
    virtual void on_head(StreamId stream, Http2Head head, bool ends) = 0;
    virtual void on_content(StreamId stream, std::string_view octets) = 0;
    /// The other side's message is whole.
    virtual void on_message_end(StreamId stream) = 0;
    /// Nothing more comes of it. Other than NoError: reset, by either side.
    virtual void on_stream_end(StreamId stream, Http2Error error) = 0;
    /// Octets of this stream are in the output. `ends`: its last ones.
    virtual void on_sent(StreamId stream, std::size_t octets, bool ends) = 0;
    virtual void on_pong() = 0;
    /// Its first SETTINGS came: room() is what it grants.
    virtual void on_settings() {}

   protected:
    ~Events() = default;
  };

  /// `events` outlives the session. The first output is the connection preface.
  Http2Session(Role role, const Http2Limits& limits, Events& events);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  /// Octets from the wire. What is wrong with them is answered in the output (GOAWAY); `why_over`
  /// is for the log.
  void feed(std::string_view octets);

  /// Appends what is to be sent, until `out` holds `most` octets or there is nothing more now.
  void take_output(std::string& out, std::size_t most);
  bool has_output() const noexcept;
  /// Frames that wait to be sent.
  std::size_t backlog() const noexcept;
  /// Nothing of it can be sent before the other side grants more (its windows).
  bool waits_for_window(StreamId stream) const noexcept;

  /// Nothing more is said or expected: the connection can be closed.
  bool is_over() const noexcept;
  const std::string& why_over() const noexcept { return why_over_; }

  /// Client. How many more streams the other side would take now; 0 before its SETTINGS and after
  /// its GOAWAY.
  std::size_t room() const noexcept;
  /// Client. Pseudo-fields first; 0: no stream can be opened (any more).
  StreamId submit_request(std::span<const Http2Field> fields, std::string body);
  /// Server. The whole answer; false: the stream is gone.
  bool submit_reply(StreamId stream, int status, std::span<const Http2Field> fields,
                    std::string body);

  /// Server. 100 Continue.
  void submit_continue(StreamId stream);

  /// Octets of on_content that are used up: the other side may send as many more.
  void consume(StreamId stream, std::size_t octets);
  void reset(StreamId stream, Http2Error error);
  void ping();

  /// Server. Says that the end is near; what is on its way still counts (RFC 9113 6.8).
  void announce_end();
  /// Says that no new streams are taken; those that are open go on.
  void go_away();

 private:
  struct Stream;
  struct Callbacks;
  struct Handlers;
  struct Free {
    void operator()(nghttp2_session* session) const noexcept;
  };

  /// False: so much too large that it is not worth reading to its end.
  bool read_field(Stream& stream, std::string_view name, std::string_view value, bool valid);
  bool is_flooded();
  void break_off(Http2Error error, std::string why);

  const Role role_;
  const Http2Limits limits_;
  Events& events_;
  std::unordered_map<StreamId, std::unique_ptr<Stream>> streams_;
  std::size_t control_frames_ = 0;
  std::size_t answered_ = 0;
  SteadyTime counting_since_;
  bool goes_away_ = false;
  bool knows_settings_ = false;
  bool broken_ = false;
  std::string why_over_;
  std::unique_ptr<nghttp2_session, Free> session_;
};

}  // namespace sitegate
