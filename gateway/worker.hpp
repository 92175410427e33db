#pragma once
// One worker: one thread, one io_context, its own listeners, links and caches. It never blocks and
// never waits for another worker (DESIGN section 1, decision 9).

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "gateway/caller_connection.hpp"
#include "gateway/descriptors.hpp"
#include "gateway/logs.hpp"
#include "gateway/services.hpp"
#include "routing/transport/worker_io.hpp"

struct ssl_ctx_st;

namespace sitegate {

/// A socket that listens, and what is spoken on it. The context is shared by the workers.
struct Listening {
  const ListenerSettings& listener;  ///< outlives the worker
  asio::ip::tcp protocol;
  int descriptor;       ///< handed over to the worker
  ssl_ctx_st* context;  ///< null: plain HTTP
};

class Worker {
 public:
  using MakeServices = std::function<Services(WorkerIo&, WorkerExecutor)>;

  Worker(const MakeServices& make_services, Logs& logs, ConnectionPlaces& places);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Before run().
  Result<void> listen(const Listening& listening);

  /// Until finish() was called and everything has come to its end. The thread is the caller's.
  void run();

  /// From any thread: sessions at other sites get a sign of life.
  void keep_alive_at_sites(std::vector<ExtensionsPtr> due);

  /// From any thread: no new connections but those that wait already; requests under way finish,
  /// within `limits.shutdown`.
  void finish();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, WorkerExecutor>;
  struct Door {
    Acceptor acceptor;
    const ListenerSettings& listener;
    ssl_ctx_st* context;
  };

  Awaitable<> accept(Door& door);
  boost::system::error_code accept_one(Door& door);
  void admit(Door& door, Socket socket, const asio::ip::tcp::endpoint& from);
  void welcome(Door& door, Socket socket, const asio::ip::tcp::endpoint& from);
  void serve(Door& door, Socket socket, Entrance entrance);
  void take_waiting(Door& door);
  void turn_waiting_away(Door& door);
  Awaitable<> finish_all();

  asio::io_context io_;
  WorkerIo wire_;
  Services services_;
  Logs& logs_;
  ConnectionPlaces& places_;
  SpareDescriptor spare_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::size_t accepting_ = 0;  // doors whose accept() runs
  ConnectionList open_;
  bool finishing_ = false;
};

}  // namespace sitegate
