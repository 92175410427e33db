#include "routing/transport/http_grammar.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "contract/hex.hpp"
#include "contract/octet_set.hpp"

namespace sitegate {
namespace {

// RFC 3986 2.2, 2.3, 3.3 and 3.4; in a path and query also whole escapes.
constexpr OctetSet kUnreserved([](char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
});
constexpr OctetSet kRegName([](char c) {
  return kUnreserved.has(c) || std::string_view("!$&'()*+,;=").find(c) != std::string_view::npos;
});
constexpr OctetSet kTarget([](char c) {
  return kRegName.has(c) || std::string_view(":@/?").find(c) != std::string_view::npos;
});
// What stands for itself in a path's segment, in a query's parameter.
constexpr OctetSet kNoEscape([](char c) { return c != '%'; });
constexpr OctetSet kNoEscapeOrPlus([](char c) { return c != '%' && c != '+'; });

bool is_escape_at(std::string_view text, std::size_t i) noexcept {
  return i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
}

bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5)
    return false;
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9')
      return false;
    port = port * 10 + (c - '0');
  }
  return port <= 65535;
}

bool is_reg_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 255)
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (!is_escape_at(text, i))
        return false;
      i += 2;
    } else if (!kRegName.has(c)) {
      return false;
    }
  }
  return true;
}

bool is_ipv6(std::string_view text) noexcept {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos)
    return false;
  text.copy(terminated, text.size());
  ::in6_addr address;
  return ::inet_pton(AF_INET6, terminated, &address) == 1;
}

}  // namespace

bool is_target_text(std::string_view text) noexcept {
  for (;;) {
    text.remove_prefix(kTarget.prefix(text));
    if (text.empty())
      return true;
    if (text.front() != '%' || !is_escape_at(text, 0))
      return false;
    text.remove_prefix(3);
  }
}

bool is_host_and_port(std::string_view text) noexcept {
  std::string_view host = text;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1)))
      return false;
    rest = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    if (!is_reg_name(host))
      return false;
    if (colon != std::string_view::npos)
      rest = text.substr(colon);
  }
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

std::string collapse_slashes(std::string_view path) {
  if (path.find("//") == std::string_view::npos)
    return std::string(path);
  std::string out;
  out.reserve(path.size());
  for (const char c : path)
    if (c != '/' || out.empty() || out.back() != '/')
      out += c;
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  const auto& plain = plus_is_space ? kNoEscapeOrPlus : kNoEscape;
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const auto n = plain.prefix(text);
    out += text.substr(0, n);
    text.remove_prefix(n);
    if (text.empty())
      return out;
    if (text.front() == '+') {
      out += ' ';
      text.remove_prefix(1);
      continue;
    }
    if (!is_escape_at(text, 0))
      return std::nullopt;
    out += static_cast<char>(hex_value(text[1]) << 4 | hex_value(text[2]));
    text.remove_prefix(3);
  }
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (kUnreserved.has(c))
      out += c;
    else
      out.append({'%', kHex[octet >> 4], kHex[octet & 15]});
  }
  return out;
}

std::vector<std::string> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.empty() || path.front() != '/')
    return segments;
  segments.reserve(static_cast<std::size_t>(std::ranges::count(path, '/')));
  path.remove_prefix(1);
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(percent_decode(path.substr(0, slash), false).value_or(""));
    if (slash == std::string_view::npos)
      return segments;
    path.remove_prefix(slash + 1);
  }
}

std::vector<std::pair<std::string, std::string>> query_parameters(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const auto pair = query.substr(0, ampersand);
    query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    const auto value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    parameters.emplace_back(percent_decode(pair.substr(0, equals), true).value_or(""),
                            percent_decode(value, true).value_or(""));
  }
  return parameters;
}

}  // namespace sitegate
