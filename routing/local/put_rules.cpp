#include "routing/local/put_rules.hpp"

namespace sitegate {
namespace {

bool is_final(std::string_view state) {
  return state == "SUCCEEDED" || state == "FAILED";
}

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
  if (is_final(stored.state))
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
  // Without a time nobody knows which is older; and no running state is later than a final one.
  const bool older = sent.last_updated >= 0 && sent.last_updated < stored.last_updated;
  if (same_task && older && (is_final(stored.state) || !is_final(sent.state)))
    return PutOutcome::Superseded;
  return decide_put(stored, sent);
}

}  // namespace sitegate
