#pragma once
// The papers of the sites of a test: certificates, statement keys, users. Made once per process.

#include <map>
#include <string>
#include <string_view>

#include "tests/support/certificates.hpp"

namespace sitegate::test {

/// One password for all users: a hash costs tens of milliseconds.
inline constexpr std::string_view kPassword = "correct-horse-7";

/// What a site proves itself with.
struct SitePapers {
  Credential credential;  ///< SAN siteN.sitegate.test and sitegate:site:siteN
  KeyPair statement;
  FileRef certificate;
  FileRef key;
  FileRef statement_key;     ///< private
  FileRef statement_public;  ///< for its peers
};

/// `NAME.sitegate.test`.
std::string tls_name_of(std::string_view site);

/// Tests run on one thread: so does this.
class Papers {
 public:
  static Papers& all();

  const SitePapers& of(const std::string& site);
  const Authority& authority() const { return authority_; }
  const Authority& foreign_authority() const { return foreign_; }
  const FileRef& authority_file() const { return authority_file_; }
  const FileRef& users_file() const { return users_file_; }
  FileRef file(std::string_view name, std::string_view contents);

 private:
  Papers();

  TempDirectory directory_;
  Authority authority_{"authority of the sites"};
  Authority foreign_{"authority of somebody else"};
  FileRef authority_file_;
  FileRef users_file_;
  std::map<std::string, SitePapers> sites_;
};

}  // namespace sitegate::test
