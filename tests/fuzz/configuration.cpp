// A configuration file that nobody wrote: it is taken, or every problem has its place and its cure.

#include "config/load_settings.hpp"
#include "contract/site_name.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace sitegate::fuzz {
namespace {

void check_problem(const Problem& problem, std::string_view text) {
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  require(problem.origin.file == "fuzz.yaml", "a problem of this file");
  require(problem.origin.line >= 0 && problem.origin.line <= lines, "a line that is there");
  require(problem.origin.line == 0 || problem.origin.column >= 1, "a column");
  require(!problem.what.empty() && !problem.cure.empty(), "what is wrong, and the cure");
}

void check_settings(const Settings& settings) {
  require(is_site_name(settings.site.name), "the site's name");
  require(!settings.listeners.empty(), "a listener");
  for (const auto& listener : settings.listeners) {
    require(!listener.address.empty(), "an address to listen on");
    require(listener.kind == ListenerKind::Admin || !listener.key.path.empty(), "TLS");
    require((listener.kind == ListenerKind::Peers) == listener.client_ca.has_value(), "client_ca");
  }
  for (const auto& site : settings.sites) {
    require(is_site_name(site.name) && is_site_name(site.remote_name), "a remote site's names");
    require(site.name != settings.site.name, "not the local site");
    require(!site.host.empty() && site.port != 0, "where it is");
    require(site.trust.ca || !site.trust.pins.empty(), "a reason to trust it");
    require(site.connect_timeout <= site.total_timeout, "time to connect");
  }
  for (const auto& peer : settings.peers)
    require(!peer.accept_users.empty(), "a peer that may speak for nobody is a mistake");
  require(settings.limits.head >= settings.limits.request_line, "a line is part of its head");
  require(settings.limits.head >= settings.limits.field, "a field is part of its head");
  require(settings.sessions.idle.count() > 0 && settings.sessions.per_user > 0, "sessions");
}

}  // namespace
}  // namespace sitegate::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sitegate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Problems problems;
  const auto settings =
      load_settings_from_text(text, SITEGATE_TEST_DATA "/golden/config", problems, "fuzz.yaml");
  fuzz::require(settings.has_value() == problems.empty(), "settings, or problems");
  for (const auto& problem : problems.list()) fuzz::check_problem(problem, text);
  const auto report = problems.to_string();
  fuzz::require(std::count(report.begin(), report.end(), '\n') ==
                    static_cast<std::ptrdiff_t>(problems.size()),
                "one line for each problem");
  if (settings)
    fuzz::check_settings(*settings);
  return 0;
}
