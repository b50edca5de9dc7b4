#include "alerts/target.h"

namespace auditor::alerts {

http::Target target_of(const std::string& url, const model::AccessSettings& access,
                       const http::Limits& limits) {
  http::Target target;
  target.base_url = url;
  target.bearer_token = access.bearer_token;
  target.basic_user = access.basic_user;
  target.basic_password = access.basic_password;
  target.headers = access.headers;
  target.ca_file = access.ca_file;
  target.client_certificate = access.client_certificate_file;
  target.client_key = access.client_key_file;
  target.limits = limits;
  return target;
}

}  // namespace auditor::alerts
