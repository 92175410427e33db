#include "routing/remote/remote_site.hpp"

#include <algorithm>

#include "routing/remote/list_protocol.hpp"
#include "routing/remote/remote_protocol.hpp"
#include "routing/remote/session_protocol.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kPageOfOthers = 100;  // tasks; whoever asks for more gets so many
constexpr int kRetryAfterCap = 1;           // seconds; a place becomes free quickly

/// A place among the lookups in flight at a site.
class Place {
 public:
  Place(std::atomic<std::size_t>& taken, std::size_t cap)
      : taken_(taken), granted_(taken.fetch_add(1, std::memory_order_relaxed) < cap) {}
  ~Place() { taken_.fetch_sub(1, std::memory_order_relaxed); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool granted() const noexcept { return granted_; }

 private:
  std::atomic<std::size_t>& taken_;
  bool granted_;
};

/// Host of a request there (RFC 9110 7.2): the name that its certificate must carry.
std::string host_field(const RemoteSiteSettings& settings) {
  const auto& name = settings.tls_name;
  auto host = name.find(':') == std::string::npos ? name : "[" + name + "]";
  return settings.port == 443 ? host : host + ":" + std::to_string(settings.port);
}

/// Is it an answer that the site could well give, if only to this caller?
bool is_own_word(ErrorCode code) {
  return code == ErrorCode::TaskNotFound || code == ErrorCode::Forbidden ||
         code == ErrorCode::BadUserInput || code == ErrorCode::BadRequest;
}

template <class T>
void note(SiteRecord& record, int status, const Result<T>& outcome) {
  if (outcome || is_own_word(outcome.error().code))
    record.answered();
  else
    record.answered_badly(status, outcome.error().code, unix_milliseconds());
}

}  // namespace

RemoteSite::RemoteSite(const RemoteSiteSettings& settings, std::string local_site,
                       const LimitSettings& limits, std::unique_ptr<Link> link,
                       SiteIdentity identity, std::shared_ptr<std::atomic<std::size_t>> in_flight,
                       std::shared_ptr<SiteRecord> record, SharedLookups* shared)
    : settings_(settings),
      local_site_(std::move(local_site)),
      host_(host_field(settings)),
      json_(limits.json),
      max_list_(limits.list_body),
      link_(std::move(link)),
      identity_(std::move(identity)),
      in_flight_(std::move(in_flight)),
      record_(std::move(record)),
      shared_(shared) {}

Async<std::string> RemoteSite::lookup(const Lookup& lookup, LookupTrace& trace) {
  // What others may end early is nobody else's answer.
  if (shared_ != nullptr && shared_->is_on() && lookup.cancellation == nullptr) {
    SITEGATE_CO_TRY(auto task, co_await look_up_together(lookup, trace));
    co_return std::move(task.document);
  }
  SITEGATE_CO_TRY(auto task, co_await look_up(lookup, trace));
  co_return std::move(task.document);
}

/// From what is kept, from who asks already, or from the site.
Async<SiteTask> RemoteSite::look_up_together(const Lookup& lookup, LookupTrace& trace) {
  const auto* extension = lookup.extensions ? lookup.extensions->at(settings_.name) : nullptr;
  const auto key = shared_key(settings_.name, lookup, extension);
  if (auto document = shared_->kept(key, std::chrono::steady_clock::now())) {
    trace.next_hop = settings_.name;
    trace.answered_from = AnsweredFrom::Kept;
    record_->counts.kept.fetch_add(1, std::memory_order_relaxed);
    co_return SiteTask{std::move(*document), true};
  }
  std::optional<SharedLookups::Leader> leader;
  const auto shown = key + (lookup.shows_queued ? "\nQUEUED" : "\n");
  if (shared_->is_led(shown)) {
    trace.next_hop = settings_.name;
    trace.phase = Phase::FirstByte;
    std::optional<Result<SiteTask>> outcome;
    const auto followed = co_await shared_->follow(shown, lookup.deadline, outcome, trace);
    if (followed == SharedLookups::Follow::Late) {
      const LinkFailure late{LinkFailure::Kind::Late, "no answer to the one who asked"};
      trace.proxy_error = proxy_error_of(late.kind);
      co_return error_of(late, settings_.name);
    }
    if (followed == SharedLookups::Follow::Told) {
      trace.answered_from = AnsweredFrom::Shared;
      record_->counts.shared.fetch_add(1, std::memory_order_relaxed);
      co_return std::move(*outcome);
    }
  } else if (shared_->shares()) {
    leader.emplace(*shared_, shown);
  }
  auto found = co_await look_up(lookup, trace);
  if (leader)
    leader->tell(found, trace);
  if (found && found->finished && shared_->keeps())
    shared_->keep(key, found->document, std::chrono::steady_clock::now());
  co_return found;
}

/// The site itself is asked.
Async<SiteTask> RemoteSite::look_up(const Lookup& lookup, LookupTrace& trace) {
  record_->counts.site.fetch_add(1, std::memory_order_relaxed);
  auto request = lookup_request({.id = lookup.id,
                                 .remote_name = settings_.remote_name,
                                 .host = host_,
                                 .local_site = local_site_,
                                 .operation_id = lookup.operation_id});
  const Asker asker{lookup.viewer, lookup.extensions.get()};
  SITEGATE_CO_TRY(auto answer, co_await ask(std::move(request), &asker, lookup.deadline, trace,
                                            lookup.cancellation));
  const int status = answer.status;
  auto task =
      read_lookup_answer(settings_.name, lookup.id, std::move(answer), json_, lookup.shows_queued);
  if (!task)
    trace.proxy_error = proxy_error_of_answer(task.error());
  note(*record_, status, task);
  co_return task;
}

Async<TaskPage> RemoteSite::list(const ListQuestion& question, LookupTrace& trace) {
  if (settings_.auth == SiteAuth::Statement)
    co_return co_await list_page(question.query, question, trace);
  TaskPage whole;
  auto query = question.query;
  const auto end = query.offset + query.limit;
  std::size_t octets = 0;
  for (bool has_more = true; has_more && query.offset < end;) {
    query.limit = std::min(end - query.offset, kPageOfOthers);
    SITEGATE_CO_TRY(auto page, co_await list_page(query, question, trace));
    query.offset += page.documents.size();
    has_more = page.documents.size() == query.limit &&
               static_cast<std::int64_t>(query.offset) < page.total;
    whole.total = page.total;
    for (auto& document : page.documents) {
      octets += document.size();
      whole.documents.push_back(std::move(document));
    }
    std::ranges::move(page.keys, std::back_inserter(whole.keys));
    if (octets > max_list_)
      co_return discarded(settings_.name, "its pages are larger together than limits.list_body");
  }
  co_return whole;
}

Async<TaskPage> RemoteSite::list_page(const TaskQuery& query, const ListQuestion& question,
                                      LookupTrace& trace) {
  auto request = list_request({.query = query,
                               .remote_name = settings_.remote_name,
                               .host = host_,
                               .local_site = local_site_,
                               .operation_id = question.operation_id,
                               .max_body = max_list_});
  const Asker asker{question.viewer, question.extensions.get()};
  SITEGATE_CO_TRY(const auto answer,
                  co_await ask(std::move(request), &asker, question.deadline, trace));
  auto page = read_list_answer(settings_.name, query, answer, json_, question.shows_queued);
  if (!page)
    trace.proxy_error = proxy_error_of_answer(page.error());
  note(*record_, answer.status, page);
  co_return page;
}

Async<Extension> RemoteSite::open_session(SiteLogin login, LookupTrace& trace) {
  auto request = login_request(request_of(login.operation_id), std::move(login.body));
  SITEGATE_CO_TRY(const auto answer,
                  co_await ask(std::move(request), nullptr, login.deadline, trace));
  auto opened = read_login_answer(settings_.name, settings_.remote_name, login.type, answer);
  if (!opened)
    trace.proxy_error = proxy_error_of_answer(opened.error());
  if (!opened)  // which says nothing of the site: it may be the caller's own fault
    co_return std::move(opened).error();
  record_->answered();
  co_return Extension{settings_.name, std::move(opened->org),
                      identity_.seal(opened->token, login.session)};
}

Awaitable<bool> RemoteSite::keep_alive(const Asker& asker, std::string_view operation_id) {
  LookupTrace unseen;
  const auto answer = co_await ask(session_request(request_of(operation_id)), &asker,
                                   Deadline::after(settings_.total_timeout), unseen);
  if (answer && answer->status == 200)
    record_->answered();
  co_return answer || answer.error().code == ErrorCode::ExtensionNeeded;
}

Awaitable<> RemoteSite::end_session(const Asker& asker, std::string_view operation_id) {
  LookupTrace unseen;
  // Whether it was ended there or will end by itself: it is forgotten here.
  static_cast<void>(co_await ask(logout_request(request_of(operation_id)), &asker,
                                 Deadline::after(settings_.total_timeout), unseen));
}

Async<bool> RemoteSite::greet(std::string_view operation_id, Deadline deadline,
                              LookupTrace& trace) {
  SITEGATE_CO_TRY(const auto answer, co_await ask(session_request(request_of(operation_id)),
                                                  nullptr, deadline, trace));
  auto failure = read_site_failure(settings_.name, answer);
  if (answer.status == 200 || failure.code == ErrorCode::RemoteAuthenticationFailure) {
    record_->answered();
    co_return true;
  }
  record_->answered_badly(answer.status, failure.code, unix_milliseconds());
  co_return failure;
}

SiteRequest RemoteSite::request_of(std::string_view operation_id) const {
  return site_request(host_, local_site_, operation_id);
}

/// In the asker's name, or in nobody's (null), and the answer as the site gave it.
Async<SiteAnswer> RemoteSite::ask(SiteRequest request, const Asker* asker, Deadline deadline,
                                  LookupTrace& trace, Cancellation* cancellation) {
  trace.next_hop = settings_.name;
  trace.phase = Phase::Connect;
  const Place place(*in_flight_, settings_.max_in_flight);
  if (!place.granted()) {
    trace.proxy_error = "connection_limit_reached";
    auto error = make_error(ErrorCode::SiteUnavailable, {settings_.name}, "its cap is reached");
    error.retry_after = kRetryAfterCap;
    co_return error;
  }
  SiteIdentity::Proof proof;
  if (asker != nullptr) {
    trace.proxy_error = "proxy_internal_error";
    SITEGATE_CO_TRY(proof, identity_.prove(request, *asker, unix_milliseconds() / 1000));
    trace.proxy_error = {};
    trace.statement_id = proof.statement_id;
  }
  auto outcome = co_await link_->exchange(request, deadline, trace, cancellation);
  if (!outcome) {
    trace.proxy_error = proxy_error_of(outcome.error().kind);
    if (ended_by_site(outcome.error().kind))
      trace.ended_by = EndedBy::Site;
    if (!is_cancelled(cancellation))
      record_->failed(outcome.error().kind, unix_milliseconds());
    co_return error_of(outcome.error(), settings_.name);
  }
  trace.ended_by = EndedBy::Site;
  if (proof.extension != nullptr && is_session_over(*outcome)) {
    record_->answered();
    co_return identity_.lapse(*asker, *proof.extension);
  }
  co_return std::move(*outcome);
}

}  // namespace sitegate
