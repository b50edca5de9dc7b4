#include <fmt/format.h>

#include "base/text.h"
#include "checks/facts.h"

namespace auditor::checks {

namespace {

using model::Configuration;

/// The host of a URL, lower case, IPv6 without brackets.
std::string host_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    url.remove_prefix(at + 1);
  }
  if (url.starts_with('[')) {
    return base::to_lower(url.substr(1, url.find(']') - 1));
  }
  return base::to_lower(url.substr(0, url.find(':')));
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

/// Up to 1.20 REST falls back to the switch for all of Flink's TLS.
constexpr model::ConfigurationKey tls_before_2{
    {{{"security.ssl.rest.enabled"}, {"security.ssl.enabled"}, {}}}};

void evaluate(const Context& context, const Options& /*options*/, Verdicts& out) {
  const std::string target = base::to_lower(context.target());
  const bool is_url = target.starts_with("http://") || target.starts_with("https://");
  if (is_url && is_loopback(host_of(target))) {
    out.not_applicable(context.cluster(), "the audited address is on loopback");
    return;
  }
  if (target.starts_with("https://")) {
    out.pass(context.cluster(), "the audited address is encrypted",
             {{"audited address", "https", "", "https", std::nullopt, std::nullopt}});
    return;
  }
  const auto& configuration = context.get<Configuration>();
  const auto* bind = configuration.find(model::keys::rest_bind_address);
  if (!is_url && bind != nullptr && is_loopback(base::to_lower(base::trim(bind->value)))) {
    out.not_applicable(context.cluster(), "REST listens on loopback only");
    return;
  }
  const model::FlinkVersion version = context.version();
  const model::ConfigurationKey& key =
      version.at_least(2, 0) ? model::keys::rest_tls : tls_before_2;
  std::vector<model::Evidence> evidence{context.evidence(key, "true")};
  const auto tls = configuration.flag(key, false);
  if (tls == true) {
    out.pass(context.cluster(), "REST speaks TLS", std::move(evidence));
    return;
  }
  if (!tls || !is_url) {
    out.unknown(
        context.cluster(),
        tls ? base::Wording("Flink itself speaks no TLS, and the recording does not name the "
                            "address: a proxy may encrypt it")
            : base::Wording("the value of the REST TLS key is neither true nor false"),
        std::move(evidence));
    return;
  }
  evidence.push_back({"audited address", "http", "", "https", std::nullopt, std::nullopt});
  out.fail(
      context.cluster(),
      {.message = "REST is not encrypted: job names, configuration, logs and uploaded jars can "
                  "be read and changed by who is on the way",
       .evidence = std::move(evidence),
       .remediation = fmt::format(
           "A network policy or firewall rule that admits only who needs the port comes first, "
           "and may be enough. Then a TLS proxy or ingress in front, or in {}:\n{}"
           "    security.ssl.rest.keystore: /path/rest.keystore\n"
           "    security.ssl.rest.truststore: /path/rest.truststore\n"
           "with the passwords of both. Probes, ingress, operator and every client must change "
           "with it, or they lose the cluster; it takes effect with a restart of the JobManager.",
           configuration_file(version),
           configuration_line(model::keys::rest_tls, version, "true"))});
}

}  // namespace

extern constinit const Check rest_unencrypted{.info = {.id = "rest-unencrypted",
                                                       .title = "The REST API is not encrypted",
                                                       .practice = "exposure",
                                                       .scope = model::SubjectKind::cluster,
                                                       .severity = model::Severity::info,
                                                       .confidence = model::Confidence::certain,
                                                       .needs = model::Resource::configuration,
                                                       .uses = model::Resource::cluster},
                                              .evaluate = evaluate};

}  // namespace auditor::checks
