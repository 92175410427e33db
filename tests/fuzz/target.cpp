// A request's target: path and query, and what gateway/ reads from them. Boost.URL is the second
// opinion on what RFC 3986 allows and what an escape means.

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "contract/site_name.hpp"
#include "gateway/parse_task_query.hpp"
#include "gateway/query.hpp"
#include "routing/remote/list_protocol.hpp"
#include "routing/transport/http_grammar.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace sitegate::fuzz {
namespace {

std::string encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out.append({'%', kDigits[octet >> 4U], kDigits[octet & 15U]});
  }
  return out;
}

void check_path(std::string_view path) {
  const auto segments = path_segments(path);
  const auto slashes = std::count(path.begin(), path.end(), '/');
  require(segments.size() == static_cast<std::size_t>(slashes), "a segment behind every slash");
  std::string again;
  for (const auto& segment : segments) again += '/' + encode(segment);
  require(path_segments(again) == segments, "segments are decoded once");

  const auto collapsed = collapse_slashes(path);
  require(collapsed.find("//") == std::string::npos, "no empty segment is left");
  require(collapse_slashes(collapsed) == collapsed, "collapsed once is collapsed");
}

void check_query(std::string_view query, const boost::urls::url_view& second_opinion) {
  const auto parameters = query_parameters(query);
  std::string again;
  for (const auto& [name, value] : parameters) again += '&' + encode(name) + '=' + encode(value);
  for (const auto& [name, value] : parameters)
    require(!name.empty() || query.find('=') != std::string_view::npos,
            "no parameter from nothing");
  if (std::none_of(parameters.begin(), parameters.end(),
                   [](const auto& p) { return p.first.empty(); }))
    require(query_parameters(again) == parameters, "parameters are decoded once");

  std::vector<std::pair<std::string, std::string>> theirs;
  for (auto parameter : second_opinion.encoded_params()) {
    if (parameter.key.empty() && !parameter.has_value)
      continue;  // nothing between two ampersands
    boost::urls::encoding_opts options;
    options.space_as_plus = true;
    const auto decoded = [&](boost::urls::pct_string_view text) {
      std::string out;
      text.decode(options, boost::urls::string_token::assign_to(out));
      return out;
    };
    theirs.emplace_back(decoded(parameter.key), decoded(parameter.value));
  }
  require(theirs == parameters, "Boost.URL reads the same parameters");

  if (const auto site = parse_site(query); site && *site) {
    require(is_site_name(**site), "a site's name has its grammar");
    const auto given = std::count_if(parameters.begin(), parameters.end(),
                                     [](const auto& p) { return p.first == "site"; });
    require(given == 1, "a site is given once");
  }
}

/// What a site is asked in a caller's place, without its own name there.
std::string question_of(const TaskQuery& query) {
  const auto request = list_request({.query = query,
                                     .remote_name = "x",
                                     .host = "x",
                                     .local_site = "x",
                                     .operation_id = "x",
                                     .max_body = 1});
  require(is_target_text(request.target), "a site is asked with a target");
  return request.target.substr(request.target.find('&') + 1);
}

void check_task_query(std::string_view query) {
  constexpr std::size_t kMaxLimit = 1000;
  const auto asked = parse_task_query(query, kMaxLimit);
  if (!asked) {
    require(message_of(asked.error()).size() < 2048, "a refusal is short");
    return;
  }
  require(asked->limit >= 1 && asked->limit <= kMaxLimit, "a page has its bounds");
  const auto question = question_of(*asked);
  const auto there = parse_task_query(question, kMaxLimit);
  require(there.has_value(), "what we ask, another gateway understands");
  require(question_of(*there) == question, "and asks the same");
}

}  // namespace
}  // namespace sitegate::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sitegate;
  using fuzz::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  is_host_and_port(text);
  if (const auto id = parse_task_id(text))
    require(TaskId::parse(id->to_string()) == *id, "an id has one text form");

  const auto decoded = percent_decode(text, false);
  require(!decoded || percent_decode(fuzz::encode(*decoded), false) == *decoded, "decoded once");
  if (!text.starts_with('/'))
    return 0;
  const auto url = boost::urls::parse_origin_form({text.data(), text.size()});
  require(is_target_text(text) == url.has_value(), "Boost.URL agrees on what a target may hold");
  if (!url)
    return 0;
  require(decoded.has_value(), "a target's escapes are whole");
  const auto mark = text.find('?');
  fuzz::check_path(text.substr(0, mark));
  const auto query = mark == std::string_view::npos ? "" : text.substr(mark + 1);
  fuzz::check_query(query, *url);
  fuzz::check_task_query(query);
  return 0;
}
