#pragma once
// One worker: one thread, one io_context, its own listeners, links and caches. It never blocks and
// never waits for another worker (DESIGN section 1, decision 9).

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "gateway/caller_connection.hpp"
#include "gateway/logs.hpp"
#include "gateway/services.hpp"
#include "routing/transport/worker_io.hpp"

struct ssl_ctx_st;

namespace sitegate {

/// A socket that listens, and what is spoken on it. The context is shared by the workers.
struct Listening {
  ListenerKind kind;
  asio::ip::tcp protocol;
  int descriptor;       ///< handed over to the worker
  ssl_ctx_st* context;  ///< null: plain HTTP
};

/// Connections of callers and peers of the whole process, against their limit. Shared by the
/// workers because the limit is the process's; two relaxed additions per connection.
struct ConnectionCount {
  std::size_t limit;
  std::atomic<std::size_t> open{0};
};

class Worker {
 public:
  using MakeServices = std::function<Services(WorkerIo&, WorkerExecutor)>;

  Worker(const MakeServices& make_services, Logs& logs, ConnectionCount& connections);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Before run().
  void listen(const Listening& listening);

  /// Until finish() was called and everything has come to its end. The thread is the caller's.
  void run();

  /// From any thread: no new connections, requests under way finish, within `limits.shutdown`.
  void finish();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, WorkerExecutor>;
  struct Door {
    Acceptor acceptor;
    ListenerKind kind;
    ssl_ctx_st* context;
  };

  Awaitable<> accept(Door& door);
  void welcome(Door& door, Socket socket);
  void complain(std::string_view what);
  Awaitable<> finish_all();

  asio::io_context io_;
  WorkerIo wire_;
  Services services_;
  Logs& logs_;
  ConnectionCount& connections_;
  std::vector<std::unique_ptr<Door>> doors_;
  ConnectionList open_;
  SteadyTime complained_{};  // of full limits and failed accepts: once a second is enough
};

}  // namespace sitegate
