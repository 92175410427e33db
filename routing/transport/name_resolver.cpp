#include "routing/transport/name_resolver.hpp"

#include <netdb.h>

#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace sitegate {
namespace {

constexpr std::size_t kMaxAddresses = 4;  // tried of one name

NameResolver::Answer ask_system(const std::string& host, std::uint16_t port) {
  ::addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ::addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    return {{}, host + ": " + ::gai_strerror(error)};
  const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  NameResolver::Answer answer;
  for (const auto* entry = found; entry != nullptr && answer.endpoints.size() < kMaxAddresses;
       entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity())
      continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    answer.endpoints.push_back(endpoint);
  }
  if (answer.endpoints.empty())
    answer.why = host + ": it has no address";
  return answer;
}

}  // namespace

/// What a look-up's thread knows of the worker: nothing any more, once `owner` is null.
struct NameResolver::Mailbox {
  std::mutex mutex;
  NameResolver* owner;
};

NameResolver::NameResolver(const WorkerExecutor& worker, std::string host, std::uint16_t port)
    : worker_(worker), host_(std::move(host)), port_(port), mailbox_(std::make_shared<Mailbox>()) {
  mailbox_->owner = this;
}

NameResolver::~NameResolver() {
  close();
}

void NameResolver::close() noexcept {
  closed_ = true;
  {
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->owner = nullptr;
  }
  deliver({{}, "the gateway is shutting down"});
}

Awaitable<std::optional<NameResolver::Answer>> NameResolver::resolve(Deadline deadline) {
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(host_, error);
  if (!error)
    co_return Answer{{{literal, port_}}, {}};
  if (closed_)
    co_return Answer{{}, "the gateway is shutting down"};
  auto handoff = std::make_shared<Handoff<Answer>>(worker_);
  waiting_.push_back(handoff);
  if (!under_way_)
    look_up();
  auto answer = co_await handoff->wait(deadline);
  std::erase(waiting_, handoff);
  co_return answer;
}

void NameResolver::look_up() {
  auto work = [mailbox = mailbox_, worker = worker_, host = host_, port = port_] {
    Answer answer;
    try {
      answer = ask_system(host, port);
    } catch (const std::exception& thrown) {
      answer.why = host + ": " + thrown.what();
    }
    const std::lock_guard lock(mailbox->mutex);
    if (mailbox->owner == nullptr)
      return;
    auto bring = [mailbox, answer = std::move(answer)] {
      if (mailbox->owner != nullptr)
        mailbox->owner->deliver(answer);
    };
    asio::post(worker, std::move(bring));
  };
  try {
    // tidy-allow(thread-detach): getaddrinfo cannot be ended; its mailbox outlives us
    std::thread(std::move(work)).detach();
    under_way_ = true;
  } catch (const std::system_error& no_thread) {
    deliver({{}, std::string("no thread for the look-up: ") + no_thread.what()});
  }
}

void NameResolver::deliver(const Answer& answer) {
  under_way_ = false;
  for (const auto& handoff : std::exchange(waiting_, {})) handoff->complete(answer);
}

}  // namespace sitegate
