#pragma once
// What several tests of this room need: throw-away files, fresh keys, other people's tools.

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "config/problems.hpp"
#include "config/settings.hpp"

namespace sitegate::test {

/// A fresh directory, removed with everything in it.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "unit_auth.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::filesystem::path file(const std::string& name) const { return path_ / name; }
  FileRef ref(const std::string& name) const { return {file(name), {"test.yaml", 1, 1, name}}; }
  FileRef write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return ref(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Runs a command line in this directory; its exit status.
  int run(const std::string& command) const {
    const std::string line = "cd '" + path_.string() + "' && { " + command + "; } >run.log 2>&1";
    return std::system(line.c_str());
  }

 private:
  std::filesystem::path path_;
};

/// Writes NAME.key and NAME.pub in PEM.
inline void make_key(const TempDir& directory, const std::string& name,
                     const char* curve = "P-256") {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen(curve), EVP_PKEY_free);
  const auto write = [&](const char* suffix, auto&& put) {
    const std::string path = directory.file(name + suffix).string();
    const std::unique_ptr<FILE, int (*)(FILE*)> out(std::fopen(path.c_str(), "w"), std::fclose);
    if (!key || !out || put(out.get()) != 1)
      throw std::runtime_error("cannot make the key " + path);
  };
  write(".key", [&](FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  write(".pub", [&](FILE* out) { return PEM_write_PUBKEY(out, key.get()); });
}

}  // namespace sitegate::test
