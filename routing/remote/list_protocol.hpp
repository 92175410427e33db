#pragma once
// What is said to a site about a list, and what its answer becomes (CONTRACT 0.3, rows "on a
// list"). Pure, as remote_protocol.

#include <string_view>

#include "contract/json_scan.hpp"
#include "contract/result.hpp"
#include "contract/task_query.hpp"
#include "routing/remote/link.hpp"

namespace sitegate {

struct ListRequest {
  const TaskQuery& query;
  std::string_view remote_name;  ///< what the site calls itself
  std::string_view host;         ///< for Host
  std::string_view local_site;   ///< for Via
  std::string_view operation_id;
  std::size_t max_body;  ///< octets of the answer
};

/// The request, but the statement.
SiteRequest list_request(const ListRequest& list);

/// The tasks, each byte for byte (QUEUED apart: see read_lookup_answer); or what the answer means.
/// A site that sends more than was asked for, or what are no tasks, is SiteProtocolError. `total`
/// is made to agree with what came, so that a client that pages until `total` ends (row 71).
Result<TaskPage> read_list_answer(std::string_view site, const TaskQuery& query,
                                  const SiteAnswer& answer, const JsonLimits& limits,
                                  bool shows_queued);

}  // namespace sitegate
