#include "routing/transport/http_grammar.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "contract/hex.hpp"

namespace sitegate {
namespace {

constexpr bool is_alnum(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::string_view kUnreservedMarks = "-._~";
constexpr std::string_view kSubDelims = "!$&'()*+,;=";

constexpr auto kTargetOctets = [] {
  std::array<bool, 256> allowed{};
  for (int c = 0; c < 256; ++c)
    allowed[static_cast<std::size_t>(c)] = is_alnum(static_cast<char>(c));
  for (const auto set : {kUnreservedMarks, kSubDelims, std::string_view(":@/?%")})
    for (const char c : set) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}();

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
    } else if (!is_alnum(c) && kUnreservedMarks.find(c) == std::string_view::npos &&
               kSubDelims.find(c) == std::string_view::npos) {
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
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kTargetOctets[static_cast<unsigned char>(text[i])])
      return false;
    if (text[i] == '%' && !is_escape_at(text, i))
      return false;
  }
  return true;
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
  std::string out;
  out.reserve(path.size());
  for (const char c : path)
    if (c != '/' || out.empty() || out.back() != '/')
      out += c;
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (!is_escape_at(text, i))
        return std::nullopt;
      out += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain)
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
