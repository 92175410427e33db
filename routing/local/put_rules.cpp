#include "routing/local/put_rules.hpp"

namespace sitegate {
namespace {

Error conflict(std::string reason) {
  return make_error(ErrorCode::Conflict, {std::move(reason)});
}

}  // namespace

Result<PutOutcome> decide_put(const TaskRecord& stored, const TaskRecord& sent) {
  if (sent.document == stored.document)
    return PutOutcome::Unchanged;
  // The owner first: the words of all that follows are about the stored task.
  if (sent.user != stored.user)
    return conflict("its 'user' cannot change");
  if (stored.state == "SUCCEEDED" || stored.state == "FAILED")
    return conflict("it is finished (" + stored.state + "), and finished is final");
  if (sent.site != stored.site)
    return conflict("its 'site' cannot change");
  if (sent.start_time != stored.start_time)
    return conflict("its 'startTime' is " + std::to_string(stored.start_time) +
                    " and cannot change");
  if (sent.last_updated < stored.last_updated)
    return conflict("'lastUpdated' " + std::to_string(sent.last_updated) +
                    " is older than the stored " + std::to_string(stored.last_updated));
  if (sent.last_updated == stored.last_updated)
    return conflict("another document with the same 'lastUpdated' " +
                    std::to_string(stored.last_updated) + " is stored");
  return PutOutcome::Replaced;
}

Result<PutOutcome> decide_import(const TaskRecord& stored, const TaskRecord& sent) {
  const bool same_task =
      sent.user == stored.user && sent.site == stored.site && sent.start_time == stored.start_time;
  if (same_task && sent.last_updated < stored.last_updated)
    return PutOutcome::Superseded;
  return decide_put(stored, sent);
}

}  // namespace sitegate
