#include "routing/transport/name_resolver.hpp"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace sitegate {
namespace {

constexpr std::size_t kMaxAddresses = 4;  // tried of one name

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

NameResolver::Answer NameResolver::ask_system(const std::string& host, std::uint16_t port) {
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

/// What a look-up's thread knows of the worker: nothing any more, once `owner` is null.
struct NameResolver::Mailbox {
  std::mutex mutex;
  NameResolver* owner;
};

NameResolver::NameResolver(const WorkerExecutor& worker, std::string host, std::uint16_t port,
                           Times times, LookUp look_up)
    : worker_(worker),
      host_(std::move(host)),
      port_(port),
      times_(times),
      look_up_(std::move(look_up)),
      mailbox_(std::make_shared<Mailbox>()) {
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
  tell({{}, "the gateway is shutting down"});
}

Awaitable<std::optional<NameResolver::Answer>> NameResolver::resolve(Deadline deadline) {
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(host_, error);
  if (!error)
    co_return Answer{{{literal, port_}}, {}};
  if (closed_)
    co_return Answer{{}, "the gateway is shutting down"};
  if (now() < believed_until_)
    co_return known_;
  auto handoff = std::make_shared<Handoff<Answer>>(worker_);
  waiting_.push_back(handoff);
  if (!under_way_)
    begin_look_up();
  const bool has_older = !known_.endpoints.empty();
  const auto limit =
      has_older ? deadline.sooner_of(Deadline::after(times_.patience, began_)) : deadline;
  auto answer = co_await handoff->wait(limit);
  std::erase(waiting_, handoff);
  if (!answer && has_older)
    co_return known_;
  co_return answer;
}

void NameResolver::doubt() noexcept {
  believed_until_ = std::min(believed_until_, looked_up_ + times_.pause);
}

void NameResolver::begin_look_up() {
  began_ = now();
  auto work = [mailbox = mailbox_, worker = worker_, look_up = look_up_, host = host_,
               port = port_] {
    Answer answer;
    try {
      answer = look_up(host, port);
    } catch (const std::exception& thrown) {
      answer.why = host + ": " + thrown.what();
    }
    const std::lock_guard lock(mailbox->mutex);
    if (mailbox->owner == nullptr)
      return;
    auto bring = [mailbox, answer = std::move(answer)]() mutable {
      if (mailbox->owner != nullptr)
        mailbox->owner->deliver(std::move(answer));
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

void NameResolver::deliver(Answer answer) {
  under_way_ = false;
  looked_up_ = now();
  const bool found = !answer.endpoints.empty();
  believed_until_ = looked_up_ + (found ? times_.fresh : times_.pause);
  if (found || known_.endpoints.empty())
    known_ = std::move(answer);
  tell(known_);
}

void NameResolver::tell(const Answer& answer) {
  for (const auto& handoff : std::exchange(waiting_, {})) handoff->complete(answer);
}

}  // namespace sitegate
