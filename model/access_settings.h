#pragma once

#include <string>
#include <vector>

namespace auditor::model {

/// How to reach a cluster, a discovery service or a receiver, and with what credentials. Secrets
/// are resolved: the files have been read.
struct AccessSettings {
  std::string bearer_token;
  std::string basic_user;
  std::string basic_password;
  std::vector<std::string> headers;  ///< whole lines, "Name: value"
  std::string ca_file;
  std::string client_certificate_file;
  std::string client_key_file;

  friend bool operator==(const AccessSettings&, const AccessSettings&) = default;
};

}  // namespace auditor::model
