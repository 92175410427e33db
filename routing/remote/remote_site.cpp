#include "routing/remote/remote_site.hpp"

#include "routing/remote/list_protocol.hpp"
#include "routing/remote/remote_protocol.hpp"

namespace sitegate {
namespace {

constexpr int kRetryAfterCap = 1;  // seconds; a place becomes free quickly

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
                       Delegation delegation, std::shared_ptr<std::atomic<std::size_t>> in_flight,
                       std::shared_ptr<SiteRecord> record)
    : settings_(settings),
      local_site_(std::move(local_site)),
      host_(host_field(settings)),
      json_(limits.json),
      max_list_(limits.list_body),
      link_(std::move(link)),
      delegation_(std::move(delegation)),
      in_flight_(std::move(in_flight)),
      record_(std::move(record)) {}

Async<std::string> RemoteSite::lookup(const Lookup& lookup, LookupTrace& trace) {
  auto request = lookup_request({.id = lookup.id,
                                 .remote_name = settings_.remote_name,
                                 .host = host_,
                                 .local_site = local_site_,
                                 .operation_id = lookup.operation_id});
  SITEGATE_CO_TRY(auto answer, co_await ask(std::move(request), lookup.viewer, lookup.deadline,
                                            trace, lookup.cancellation));
  const int status = answer.status;
  auto document =
      read_lookup_answer(settings_.name, lookup.id, std::move(answer), json_, lookup.shows_queued);
  if (!document)
    trace.proxy_error = proxy_error_of_answer(document.error());
  note(*record_, status, document);
  co_return document;
}

Async<TaskPage> RemoteSite::list(const ListQuestion& question, LookupTrace& trace) {
  auto request = list_request({.query = question.query,
                               .remote_name = settings_.remote_name,
                               .host = host_,
                               .local_site = local_site_,
                               .operation_id = question.operation_id,
                               .max_body = max_list_});
  SITEGATE_CO_TRY(const auto answer, co_await ask(std::move(request), question.viewer,
                                                  question.deadline, trace, nullptr));
  auto page =
      read_list_answer(settings_.name, question.query, answer, json_, question.shows_queued);
  if (!page)
    trace.proxy_error = proxy_error_of_answer(page.error());
  note(*record_, answer.status, page);
  co_return page;
}

/// In the viewer's name, and the answer as the site gave it.
Async<SiteAnswer> RemoteSite::ask(SiteRequest request, const Viewer& viewer, Deadline deadline,
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
  trace.proxy_error = "proxy_internal_error";
  SITEGATE_CO_TRY(const auto statement,
                  delegation_.statement_for(viewer, unix_milliseconds() / 1000));
  trace.proxy_error = {};
  trace.statement_id = statement.id;
  add_statement(request, statement.token);
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
  co_return std::move(*outcome);
}

}  // namespace sitegate
