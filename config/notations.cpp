#include "config/notations.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "contract/hex.hpp"

namespace sitegate {
namespace {

std::optional<boost::asio::ip::address> parse_ip(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text, error);
  return error ? std::nullopt : std::optional(address);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || stop != end || error != std::errc{}) {
    return std::nullopt;
  }
  return port;
}

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/// Of a URL that is nothing but those two.
std::optional<HostPort> host_and_port(const boost::urls::url_view& url, std::uint16_t usual_port,
                                      std::string& why) {
  const boost::urls::string_view path = url.encoded_path();
  const std::uint16_t port = url.has_port() && !url.port().empty() ? url.port_number() : usual_port;
  // encoded_host_address() is the host without brackets; percent signs make it no host name.
  const boost::urls::string_view address = url.encoded_host_address();
  std::string host = lower_case({address.data(), address.size()});
  if (url.has_userinfo()) {
    why = "holds a user name";
  } else if (!path.empty() && path != "/") {
    why = "holds a path";
  } else if (url.has_query()) {
    why = "holds a query";
  } else if (url.has_fragment()) {
    why = "holds a fragment";
  } else if (url.host_type() == boost::urls::host_type::ipvfuture || !is_host(host)) {
    why = "has no valid host";
  } else if (port == 0) {
    why = "has no valid port";
  } else {
    return HostPort{std::move(host), port};
  }
  return std::nullopt;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return result;
}

std::optional<HostPort> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) {
    host = host.substr(1, host.size() - 2);
  }
  const auto address = parse_ip(host);
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port || address->is_v6() != brackets) {
    return std::nullopt;
  }
  return HostPort{address->to_string(), *port};
}

bool collide(const HostPort& a, const HostPort& b) {
  if (a.port != b.port || a.port == 0) {
    return false;
  }
  const auto first = parse_ip(a.host);
  const auto second = parse_ip(b.host);
  if (!first || !second) {
    return false;
  }
  if (first->is_v6() !=
      second->is_v6()) {  // [::] takes IPv4 too, where Linux is not told otherwise
    return (first->is_v6() ? first : second)->is_unspecified();
  }
  return *first == *second || first->is_unspecified() || second->is_unspecified();
}

bool is_host(std::string_view text) {
  if (parse_ip(text)) {
    return true;
  }
  if (text.empty() || text.size() > 253) {
    return false;
  }
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('.', start), text.size());
    const std::string_view label = text.substr(start, end - start);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), is_label_char)) {
      return false;
    }
    start = end + 1;
  }
  // A last label of digits alone makes it a mistyped IPv4 address (RFC 3696 section 2).
  const std::string_view last = text.substr(text.rfind('.') + 1);
  return !std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<HostPort> parse_site_url(std::string_view text, std::string& why) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) {
    why = "is not a URL";
    return std::nullopt;
  }
  if (parsed->scheme_id() != boost::urls::scheme::https) {
    why = "is not https";
    return std::nullopt;
  }
  return host_and_port(*parsed, 443, why);
}

std::optional<std::string> parse_origin(std::string_view text, std::string& why) {
  if (text == "*") {
    why = "stands for everybody";
    return std::nullopt;
  }
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) {
    why = text == "null" ? "is what any page can send" : "is no origin";
    return std::nullopt;
  }
  const bool https = parsed->scheme_id() == boost::urls::scheme::https;
  if (!https && parsed->scheme_id() != boost::urls::scheme::http) {
    why = "is neither https nor http";
    return std::nullopt;
  }
  const std::uint16_t usual = https ? 443 : 80;
  const auto place = host_and_port(*parsed, usual, why);
  if (!place) {
    return std::nullopt;
  }
  const auto address = parse_ip(place->host);
  std::string origin = https ? "https://" : "http://";
  origin += !address ? place->host
                     : (address->is_v6() ? "[" + address->to_string() + "]" : address->to_string());
  return place->port == usual ? origin : origin + ":" + std::to_string(place->port);
}

std::optional<std::string> parse_pin(std::string_view text) {
  constexpr std::string_view kPrefix = "SHA-256:";
  constexpr std::size_t kOctets = 32;
  if (!text.starts_with(kPrefix)) {
    return std::nullopt;
  }
  text.remove_prefix(kPrefix.size());
  const bool colons = text.size() == 3 * kOctets - 1;
  if (!colons && text.size() != 2 * kOctets) {
    return std::nullopt;
  }
  const std::size_t step = colons ? 3 : 2;
  std::string octets;
  for (std::size_t at = 0; at < text.size(); at += step) {
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    const bool separated = !colons || at + 2 == text.size() || text[at + 2] == ':';
    if (high < 0 || low < 0 || !separated) {
      return std::nullopt;
    }
    octets += static_cast<char>(high * 16 + low);
  }
  return octets;
}

std::string pin_text(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text = "SHA-256";
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    text.append({':', kDigits[octet >> 4U], kDigits[octet & 0xFU]});
  }
  return text;
}

}  // namespace sitegate
