#pragma once
// `site1` speaks to `theirs`: a signer, and the directory that believes it.

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "auth/digest.hpp"
#include "auth/sealer.hpp"
#include "auth/statement.hpp"
#include "tests/support/certificates.hpp"

namespace sitegate::test {

class SignedSites : public testing::Test {
 protected:
  SignedSites() {
    const auto keys = make_key_pair();
    signer_ = StatementSigner::load(files_.file("key", keys.private_pem), problems_);
    PeerSettings peer;
    peer.name = "site1";
    peer.certificate_san = "sitegate:site:site1";
    peer.statement_key = files_.file("pub", keys.public_pem);
    peer.accept_users = {"*"};
    peer.roles = {{"AUDITOR", "AUDITOR"}};
    peers_ = PeerDirectory::load({peer}, problems_);
    EXPECT_TRUE(signer_ && peers_) << problems_.to_string();
  }

  static ClientCertificate certificate(std::string_view which = "ours") {
    return {sha256(which), {"sitegate:site:site1"}, {}};
  }
  static Viewer viewer(std::string user, std::vector<std::string> roles = {"EVERYONE"}) {
    return {std::move(user), "Org1", std::move(roles)};
  }

  TempDirectory files_;
  Problems problems_;
  std::optional<StatementSigner> signer_;
  std::optional<PeerDirectory> peers_;
  const Sealer sealer_{{std::string(Sealer::kKeyOctets, 'k')}};
};

}  // namespace sitegate::test
