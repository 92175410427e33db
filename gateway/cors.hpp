#pragma once
// What web pages of other origins may do (Fetch, "HTTP extensions"; CONTRACT 0.1 "Order of
// checks").

#include "config/settings.hpp"
#include "contract/api_message.hpp"

namespace sitegate {

/// Adds to any answer of a listener for callers what its browser needs to hand it to the page, when
/// the request's Origin is a configured one, and what it asked for when the request is a preflight
/// (then `reply` is the answer to OPTIONS, with its Allow). Nobody else gets more than
/// `Vary: Origin`; without configured origins, on peers and admin listeners nothing is added.
///
/// Credentials are not allowed: tokens travel in fields that a page sets itself, and there are no
/// cookies, so there is nothing that a page could use without knowing it.
void add_cors_fields(ApiReply& reply, const ApiRequest& request, const CorsSettings& cors);

}  // namespace sitegate
