#include "tests/integration/support/site_papers.hpp"

#include "auth/password.hpp"

namespace sitegate::test {
namespace {

struct Account {
  std::string_view name;
  std::string_view roles;
};

// Names that a careless comparison would take for one another stand beside the four of the demo.
constexpr Account kAccounts[] = {
    {"root", "[ADMINISTRATORS]"},
    {"replicator", "[TASK_PRODUCER]"},
    {"admin1@Org1", "[]"},
    {"admin1@Org2", "[]"},
    {"admin1", "[]"},
    {"Admin1@Org1", "[]"},
    {"admin1@org1", "[]"},
    {"admin1@Org1@Org2", "[]"},
};

std::string users_yaml() {
  const auto hash = hash_password(kPassword);
  std::string text = "users:\n";
  for (const auto& account : kAccounts)
    text.append("  ")
        .append(account.name)
        .append(":\n    roles: ")
        .append(account.roles)
        .append("\n    password_hash: ")
        .append(hash)
        .append("\n");
  return text;
}

}  // namespace

std::string tls_name_of(std::string_view site) {
  return std::string(site) + ".sitegate.test";
}

Papers& Papers::all() {
  static Papers papers;
  return papers;
}

Papers::Papers()
    : authority_file_(directory_.file("ca.crt", authority_.certificate_pem())),
      users_file_(directory_.file("users.yaml", users_yaml())) {}

const SitePapers& Papers::of(const std::string& site) {
  if (const auto found = sites_.find(site); found != sites_.end())
    return found->second;
  SitePapers papers;
  papers.credential =
      authority_.issue({.dns = {tls_name_of(site)}, .uri = {"sitegate:site:" + site}});
  papers.statement = make_key_pair();
  papers.certificate = file(site + ".crt", papers.credential.certificate_pem);
  papers.key = file(site + ".key", papers.credential.key_pem);
  papers.statement_key = file(site + "-statement.key", papers.statement.private_pem);
  papers.statement_public = file(site + "-statement.pub", papers.statement.public_pem);
  return sites_.emplace(site, std::move(papers)).first->second;
}

FileRef Papers::file(std::string_view name, std::string_view contents) {
  return directory_.file(name, contents);
}

}  // namespace sitegate::test
