#pragma once
// What the certificate of a client says, once its chain has been verified.

#include "contract/api_message.hpp"

struct x509_st;

namespace sitegate {

ClientCertificate client_certificate(const x509_st* leaf);

}  // namespace sitegate
