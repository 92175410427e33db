// The messages of a lookup, without stores and without sockets: heads, HTTP/2, TLS, what is said to
// a site and what it answers.

#include <span>

#include "auth/statement_cache.hpp"
#include "contract/json_scan.hpp"
#include "routing/remote/delegation.hpp"
#include "routing/remote/remote_protocol.hpp"
#include "routing/transport/head_limits.hpp"
#include "routing/transport/http2_session.hpp"
#include "routing/transport/tls_context.hpp"
#include "routing/transport/tls_engine.hpp"
#include "tests/bench/steps.hpp"

namespace sitegate::bench {
namespace {

using benchmark::State;

const std::string kToken(43, 't');

std::string answer_text(const std::string& document) {
  return "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: "
         "application/json;charset=UTF-8\r\nContent-Length: " +
         std::to_string(document.size()) +
         "\r\nCache-Control: private, no-cache\r\nVary: Accept, Accept-Encoding, Origin, "
         "X-VCAV-Auth, Authorization\r\noperationID: 9d5c0a3e-0b7e-4f6e-9a52-6f1f4a5e0c11\r\n"
         "X-Request-Id: 9d5c0a3e-0b7e-4f6e-9a52-6f1f4a5e0c11\r\nX-Content-Type-Options: "
         "nosniff\r\n\r\n";
}

// ---- HTTP/1.1 ----

void head_scan(State& state) {
  const auto text = request_text(kTaskId, "site1", kToken);
  const auto bounds = head_limits(LimitSettings{});
  measure(state, [&] { return HeadScanner().scan(text, bounds).size; });
}
BENCHMARK(head_scan);

void head_parse(State& state) {
  const auto text = request_text(kTaskId, "site1", kToken);
  measure(state, [&] { return parse_request_head(text); });
}
BENCHMARK(head_parse);

void head_parse_of_answer(State& state) {
  const auto text = answer_text(document_of(kTaskId, "site2"));
  HttpFault fault;
  measure(state, [&] { return parse_answer_head(text, fault); });
}
BENCHMARK(head_parse_of_answer);

// ---- HTTP/2, as gateways speak it to each other ----

SiteRequest question() {
  auto request = lookup_request({.id = *TaskId::parse(kTaskId),
                                 .remote_name = "site2",
                                 .host = "site2.example:8048",
                                 .local_site = "site1",
                                 .operation_id = "9d5c0a3e-0b7e-4f6e-9a52-6f1f4a5e0c11"});
  add_statement(request, std::string(500, 's'));
  return request;
}

/// One end of a connection. What comes in is made a request of, or an answer.
class End final : public Http2Session::Events {
 public:
  explicit End(Http2Session::Role role)
      : session(role,
                {.streams = 1000,
                 .stream_window = 1024 * 1024,
                 .window = 8 * 1024 * 1024,
                 .head = head_limits(LimitSettings{}),
                 .table = 64 * 1024},
                *this) {}

  void take_output(std::string& out) { session.take_output(out, std::string::npos); }

  Http2Session session;

 private:
  void on_head(Http2Session::StreamId, Http2Head head, bool) override {
    if (head.status != 0)
      return;
    head.fields.add("host", head.authority);
    auto made = make_request_head(std::move(head.method), head.path, std::move(head.fields), 1);
    require(made.has_value(), "a question was not understood");
  }
  void on_content(Http2Session::StreamId stream, std::string_view octets) override {
    content_.assign(octets);
    session.consume(stream, octets.size());
  }
  void on_message_end(Http2Session::StreamId) override {}
  void on_stream_end(Http2Session::StreamId, Http2Error error) override {
    require(error == Http2Error::NoError, "a stream was reset");
  }
  void on_sent(Http2Session::StreamId, std::size_t, bool) override {}
  void on_pong() override {}

  std::string content_;
};

struct Http2Lookup {
  Http2Session::StreamId stream = 0;
  std::string octets;
  std::string document = document_of(kTaskId, "site2");
};

void http2(State& state, std::size_t timed) {
  End client(Http2Session::Role::Client), server(Http2Session::Role::Server);
  const auto carry = [](End& from, End& to) {
    std::string octets;
    from.take_output(octets);
    to.session.feed(octets);
  };
  carry(client, server);
  carry(server, client);
  const auto request = question();
  const std::vector<Http2Field> answer{{"date", "Thu, 01 Jan 2026 00:00:00 GMT"},
                                       {"content-type", "application/json;charset=UTF-8"},
                                       {"cache-control", "private, no-cache"},
                                       {"operationID", "9d5c0a3e-0b7e-4f6e-9a52-6f1f4a5e0c11"},
                                       {"X-Request-Id", "9d5c0a3e-0b7e-4f6e-9a52-6f1f4a5e0c11"},
                                       {"X-Content-Type-Options", "nosniff"}};
  const auto ready = [](Http2Lookup& lookup) {
    lookup.octets.clear();
    lookup.octets.reserve(4096);  // a connection has one buffer for all of a turn
  };
  const auto ask = [&](Http2Lookup& lookup) {
    std::vector<Http2Field> fields{{":method", request.method},
                                   {":scheme", "https"},
                                   {":authority", request.host},
                                   {":path", request.target}};
    for (const auto& [name, value] : request.fields) fields.emplace_back(name, value);
    lookup.stream = client.session.submit_request(fields, {});
    client.take_output(lookup.octets);
  };
  const auto hear = [&](Http2Lookup& lookup) { server.session.feed(lookup.octets); };
  const auto reply = [&](Http2Lookup& lookup) {
    const bool taken =
        server.session.submit_reply(lookup.stream, 200, answer, std::move(lookup.document));
    require(taken, "no stream for a reply");
    server.take_output(lookup.octets);
  };
  const auto learn = [&](Http2Lookup& lookup) { client.session.feed(lookup.octets); };
  const auto settle = [&](Http2Lookup&) {
    carry(client, server);
    carry(server, client);
  };
  measure_stage<Http2Lookup>(state, timed, {ready, ask, hear, ready, reply, learn, settle});
}
BENCHMARK_CAPTURE(http2, write_question, 1);
BENCHMARK_CAPTURE(http2, read_question, 2);
BENCHMARK_CAPTURE(http2, write_answer, 4);
BENCHMARK_CAPTURE(http2, read_answer, 5);

// ---- TLS ----

/// Both ends of a connection, their handshake behind them.
struct TlsPair {
  TlsPair() {
    Problems problems;
    const test::Authority ca("bench CA");
    const auto own = ca.issue({.dns = {"site1.example"}, .purpose = test::Purpose::Server});
    ListenerSettings listener;
    listener.kind = ListenerKind::Callers;
    listener.certificate = files.file("crt", own.certificate_pem);
    listener.key = files.file("key", own.key_pem);
    const auto theirs = ca.issue({.purpose = test::Purpose::Client});
    RemoteSiteSettings site;
    site.tls_name = "site1.example";
    site.trust.ca = files.file("ca", ca.certificate_pem());
    site.client_certificate = files.file("client.crt", theirs.certificate_pem);
    site.client_key = files.file("client.key", theirs.key_pem);
    server_context = make_server_context(listener, make_ticket_keys(), problems);
    client_context = make_client_context(site, problems);
    require(problems.empty(), problems.to_string());
    server = TlsEngine::server(server_context.get());
    client = TlsEngine::client(client_context.get(), site.tls_name);
    for (bool done = false; !done;) {
      const bool client_is_done = client->handshake() == TlsStatus::Ok;
      carry(*client, *server);
      done = server->handshake() == TlsStatus::Ok && client_is_done;
      carry(*server, *client);
    }
  }

  void carry(TlsEngine& from, TlsEngine& to) {
    wire = from.output();
    from.sent(wire.size());
    to.feed(std::as_bytes(std::span(wire)));
  }

  const test::TempDirectory files;
  std::string wire;  // what was fed last is read in place
  TlsContext server_context, client_context;
  std::optional<TlsEngine> server, client;
};

struct Record {
  std::string octets;
};

/// Records of one size, from the server to the client: both ends do the same.
void tls(State& state, std::size_t timed, std::size_t size) {
  TlsPair pair;
  std::vector<char> plain(16 * 1024);
  const std::string content(size, 'x');
  const auto ready = [&](Record& record) { record.octets.reserve(size + 128); };
  const auto write = [&](Record& record) {
    require(pair.server->write(content) == TlsStatus::Ok, "TLS cannot write");
    record.octets = pair.server->output();
    pair.server->sent(record.octets.size());
  };
  const auto read = [&](Record& record) {
    pair.client->feed(std::as_bytes(std::span(record.octets)));
    std::size_t produced = 0;
    while (pair.client->read(plain, produced) == TlsStatus::Ok) benchmark::ClobberMemory();
  };
  measure_stage<Record>(state, timed, {ready, write, read});
}
BENCHMARK_CAPTURE(tls, write_answer, 1, 1400);
BENCHMARK_CAPTURE(tls, read_answer, 2, 1400);
BENCHMARK_CAPTURE(tls, write_question, 1, 200);
BENCHMARK_CAPTURE(tls, read_question, 2, 200);

// ---- what is said to a site ----

void site_question(State& state) {
  measure(state, question);
}
BENCHMARK(site_question);

void site_answer_check(State& state) {
  const auto id = *TaskId::parse(kTaskId);
  const auto document = document_of(kTaskId, "site2");
  HttpFault fault;
  const auto head = parse_answer_head(answer_text(document), fault);
  require(head.has_value(), fault.what);
  const auto come = [&](SiteAnswer& answer) { answer = {head->status, head->fields, document}; };
  const auto check = [&](SiteAnswer& answer) {
    const auto checked = read_lookup_answer("site2", id, std::move(answer), {});
    require(checked.has_value(), "an answer was discarded");
  };
  measure_stage<SiteAnswer>(state, 1, {come, check});
}
BENCHMARK(site_answer_check);

void json_scan(State& state) {
  const auto document = document_of(kTaskId, "site2");
  const auto ignore = [](const JsonMember&) {};
  measure(state, [&] { return scan_json_object(document, {}, ignore); });
}
BENCHMARK(json_scan);

// ---- who asks ----

constexpr std::int64_t kNow = 1'700'000'000;

void statement_sign(State& state) {
  const SignedSites sites;
  const auto claims = sites.claims(kNow);
  measure(state, [&] { return sites.signer->sign(claims); });
}
BENCHMARK(statement_sign);

void statement_remembered(State& state) {
  const SignedSites sites;
  Delegation delegation(*sites.signer, "site1", "site2", sites.certificate.thumbprint);
  measure(state, [&] { return delegation.statement_for(sites.viewer, kNow); });
}
BENCHMARK(statement_remembered);

void statement_check(State& state) {
  const SignedSites sites;
  const auto token = sites.signer->sign(sites.claims(kNow)).value();
  require(sites.peers->check(token, sites.certificate, "site2", kNow).has_value(), "a statement");
  measure(state, [&] { return sites.peers->check(token, sites.certificate, "site2", kNow); });
}
BENCHMARK(statement_check);

void statement_check_remembered(State& state) {
  const SignedSites sites;
  const auto token = sites.signer->sign(sites.claims(kNow)).value();
  StatementCache statements(*sites.peers, "site2");
  require(statements.accept(token, sites.certificate, kNow).has_value(), "a statement");
  measure(state, [&] { return statements.accept(token, sites.certificate, kNow); });
}
BENCHMARK(statement_check_remembered);

}  // namespace
}  // namespace sitegate::bench
