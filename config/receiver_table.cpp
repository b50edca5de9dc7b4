#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "base/url.h"
#include "config/alerting_table.h"
#include "config/cluster_table.h"

namespace auditor::config {

namespace {

using base::Result;
using model::ReceiverKind;
using model::ReceiverSettings;

constexpr double second = 1'000;
constexpr double minute = 60 * second;

/// What a kind of receiver needs, and which rows are not for all.
struct KindRule {
  ReceiverKind kind;
  std::string_view word;
  bool needs_url = true;
  bool secret_url = true;  ///< who has the URL may send
  bool mail = false;
  bool needs_key = false;
  std::array<std::string_view, 8> rows{};  ///< beside those that all have
};

constexpr std::array<KindRule, 9> rules{{
    {.kind = ReceiverKind::webhook,
     .word = "webhook",
     .secret_url = false,
     .rows = {"auth", "tls", "signing_secrets", "signing_secret_files"}},
    {.kind = ReceiverKind::alertmanager,
     .word = "alertmanager",
     .secret_url = false,
     .rows = {"auth", "tls"}},
    {.kind = ReceiverKind::pagerduty,
     .word = "pagerduty",
     .needs_url = false,
     .secret_url = false,
     .needs_key = true,
     .rows = {"key", "key_file"}},
    {.kind = ReceiverKind::slack, .word = "slack"},
    {.kind = ReceiverKind::mattermost, .word = "mattermost", .rows = {"channel", "tls"}},
    {.kind = ReceiverKind::teams, .word = "teams"},
    {.kind = ReceiverKind::opsgenie,
     .word = "opsgenie",
     .needs_url = false,
     .secret_url = false,
     .needs_key = true,
     .rows = {"key", "key_file"}},
    {.kind = ReceiverKind::oncall, .word = "oncall", .rows = {"tls"}},
    {.kind = ReceiverKind::email,
     .word = "email",
     .secret_url = false,
     .mail = true,
     .rows = {"from", "to", "user", "password", "password_file"}},
}};

/// Rows that belong to some kinds alone.
constexpr std::array<std::string_view, 12> special{
    "auth", "tls", "key",  "key_file", "signing_secrets", "signing_secret_files",
    "from", "to",  "user", "password", "password_file",   "channel"};

bool takes(const KindRule& rule, std::string_view row) {
  return std::ranges::find(rule.rows, row) != rule.rows.end();
}

Result<void> refuse_foreign_rows(const Reader& reader, const Node& node, const KindRule& rule) {
  for (const Member& member : node.members) {
    const std::string& name = member.key.scalar;
    if (std::ranges::find(special, name) == special.end() || takes(rule, name)) {
      continue;
    }
    std::vector<std::string> kinds;
    for (const KindRule& other : rules) {
      if (takes(other, name)) {
        kinds.emplace_back(other.word);
      }
    }
    return reader.error(member.key, fmt::format("{} is not for a receiver of kind {}, but for {}",
                                                name, rule.word, base::join(kinds, ", ")));
  }
  return {};
}

/// The URL as a request takes it. What it says when wrong does not repeat it: it may be a secret.
Result<std::string> checked_url(const Reader& reader, const Node& place, const KindRule& rule,
                                std::string_view text) {
  const std::string shown =
      place.written.empty() && !rule.secret_url ? std::string(text) : place.written;
  const std::size_t scheme = text.find("://");
  const std::string_view name = text.substr(0, std::min(scheme, text.size()));
  const bool fits =
      rule.mail ? name == "smtp" || name == "smtps" : name == "http" || name == "https";
  if (scheme == std::string_view::npos || !fits) {
    return reader.error(place, rule.mail ? "url: the server of email is smtp://HOST:PORT (with "
                                           "STARTTLS) or smtps://HOST:PORT"
                                         : "url: it must begin with https:// or http://");
  }
  const std::size_t query = std::min(text.find('?'), text.size());
  const std::string_view rest = text.substr(query);
  const bool clean = std::ranges::all_of(rest, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!clean || rest.find('#') != std::string_view::npos) {
    return reader.error(place, "url: a query may hold no space, control character or #; encode it");
  }
  // The address of a server of mail is held to the same rules.
  const std::string http =
      fmt::format("{}{}", rule.mail ? "http" : name, text.substr(scheme, query - scheme));
  const base::UrlWording wording{
      .what = "a receiver's URL",
      .credentials = rule.mail ? "use user and password_file" : "use the settings under auth",
      .shown = shown.empty() ? std::string_view("…") : shown};
  auto url = base::normalize_base_url(http, wording);
  if (!url) {
    return reader.error(place, fmt::format("url: {}", url.error().message));
  }
  if (rule.mail) {
    url = fmt::format("{}{}", name, url->substr(url->find("://")));
  }
  const bool slash = text.substr(0, query).ends_with('/') && rule.secret_url;
  return fmt::format("{}{}{}", *url, slash ? "/" : "", rest);
}

Result<void> finish_url(const Reader& reader, const Node& node, const KindRule& rule,
                        ReceiverSettings& into) {
  const bool given = node.has("url") || node.has("url_file");
  if (!given) {
    return rule.needs_url
               ? reader.error(node, rule.mail ? std::string("email lacks url: the server, such as "
                                                            "smtps://mail.example.com:465")
                                              : fmt::format("{} lacks {}", rule.word,
                                                            rule.secret_url ? "url_file" : "url"))
               : Result<void>{};
  }
  if (rule.secret_url) {
    if (auto written = refuse_written_secret(reader, node, "url"); !written) {
      return written;
    }
  }
  if (into.url.empty()) {
    return {};  // in a file that is not looked at
  }
  const Node* place = node.find(node.has("url") ? "url" : "url_file");
  auto url = checked_url(reader, *place, rule, into.url);
  if (!url) {
    return tl::unexpected(url.error());
  }
  into.url = std::move(*url);
  return {};
}

bool is_address(std::string_view text) {
  const std::size_t open = text.rfind('<');
  std::string_view bare = text;
  if (open != std::string_view::npos) {
    if (!text.ends_with('>')) {
      return false;
    }
    bare = text.substr(open + 1, text.size() - open - 2);
  }
  const std::size_t at = bare.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < bare.size() &&
         bare.find('@', at + 1) == std::string_view::npos && std::ranges::all_of(bare, [](char c) {
           return c > ' ' && c != '\x7f' && c != '<' && c != '>' && c != ',' && c != ';';
         });
}

Result<void> finish_mail(const Reader& reader, const Node& node, const ReceiverSettings& into) {
  for (const char* needed : {"from", "to"}) {
    if (!node.has(needed)) {
      return reader.error(node, fmt::format("email lacks {}", needed));
    }
  }
  if (!is_address(into.from)) {
    return reader.error(*node.find("from"),
                        fmt::format("from: \"{}\" is no address, such as auditor@example.com or "
                                    "Flink Auditor <auditor@example.com>",
                                    base::printable(into.from)));
  }
  const Node& to = *node.find("to");
  if (into.to.empty() && !to.pruned) {
    return reader.error(to, "to is empty");
  }
  for (std::size_t i = 0; i < into.to.size(); ++i) {
    if (!is_address(into.to[i])) {
      return reader.error(to.items[i],
                          fmt::format("to: \"{}\" is no address, such as team@example.com",
                                      base::printable(into.to[i])));
    }
  }
  const bool password = node.has("password") || node.has("password_file");
  if (node.has("user") != password) {
    return reader.error(node, "user and password_file belong together: give both or none");
  }
  return refuse_written_secret(reader, node, "password");
}

Result<void> finish_receiver(const Reader& reader, const Node& node, ReceiverSettings& into) {
  const KindRule& rule = *std::ranges::find(rules, into.kind, &KindRule::kind);
  if (auto fits = refuse_foreign_rows(reader, node, rule); !fits) {
    return fits;
  }
  if (auto url = finish_url(reader, node, rule, into); !url) {
    return url;
  }
  if (rule.needs_key && !node.has("key") && !node.has("key_file")) {
    return reader.error(
        node, fmt::format("{} lacks key_file: the file with its {}", rule.word,
                          into.kind == ReceiverKind::pagerduty ? "routing key" : "API key"));
  }
  if (auto key = refuse_written_secret(reader, node, "key"); !key) {
    return key;
  }
  return rule.mail ? finish_mail(reader, node, into) : Result<void>{};
}

/// Standard Webhooks: "whsec_" and 24 to 64 bytes in base64.
bool is_signing_secret(std::string_view text) {
  constexpr std::string_view prefix = "whsec_";
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  const std::size_t digits = std::min(text.find('='), text.size());
  const std::string_view padding = text.substr(digits);
  const bool clean = std::ranges::all_of(text.substr(0, digits), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
  const std::size_t bytes = digits * 3 / 4;
  return clean && (padding.empty() || padding == "=" || padding == "==") &&
         (padding.empty() ? digits % 4 != 1 : text.size() % 4 == 0) && bytes >= 24 && bytes <= 64;
}

Result<void> add_signing_secret(const Reader& reader, const Node& node, std::string secret,
                                ReceiverSettings& into) {
  if (!is_signing_secret(secret)) {
    return reader.error(node,
                        "a signing secret is whsec_ and 24 to 64 random bytes in base64; make one: "
                        "echo whsec_$(openssl rand -base64 32)");
  }
  into.signing_secrets.push_back(std::move(secret));
  return {};
}

Result<void> read_signing_secrets(const Reader& reader, const Setting& setting, const Node& node,
                                  ReceiverSettings& into) {
  std::vector<std::string> texts;
  if (auto read = read_value(reader, setting, node, texts); !read) {
    return read;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (node.items[i].written.empty()) {
      return reader.error(node.items[i],
                          "signing_secrets: a secret is written in the file: give "
                          "signing_secret_files, or ${VAR} from the environment");
    }
    if (auto added = add_signing_secret(reader, node.items[i], std::move(texts[i]), into); !added) {
      return added;
    }
  }
  return {};
}

Result<void> read_signing_secret_files(const Reader& reader, const Setting& setting,
                                       const Node& node, ReceiverSettings& into) {
  std::vector<std::string> paths;
  if (auto read = read_value(reader, setting, node, paths); !read) {
    return read;
  }
  for (std::size_t i = 0; i < paths.size() && reader.read_files; ++i) {
    auto secret = read_secret_file(reader, setting, node.items[i]);
    if (!secret) {
      return tl::unexpected(secret.error());
    }
    if (auto added = add_signing_secret(reader, node.items[i], std::move(*secret), into); !added) {
      return added;
    }
  }
  return {};
}

void add_identity(Table<ReceiverSettings>& table) {
  add_value(table,
            {.name = "name",
             .help = "What routes call it; shown with what it is sent.",
             .example = "on-call",
             .required = true},
            &ReceiverSettings::name);
  std::vector<std::pair<std::string, ReceiverKind>> kinds;
  kinds.reserve(rules.size());
  for (const KindRule& rule : rules) {
    kinds.emplace_back(rule.word, rule.kind);
  }
  add_choice(
      table,
      {.name = "kind",
       .help = "What it is. webhook gets Alertmanager's payload, version 4; alertmanager is "
               "Alertmanager itself; teams is a workflow's webhook; oncall is Grafana OnCall.",
       .example = "slack",
       .required = true},
      &ReceiverSettings::kind, kinds);
  table.settings.back().otherwise.clear();
  add_secret(table,
             {.name = "url",
              .help = "Where it listens. A secret for slack, mattermost, teams and oncall, so only "
                      "from url_file or ${VAR} there; smtp:// or smtps:// and host for email; for "
                      "pagerduty and opsgenie only where it is not the usual one, such as "
                      "https://api.eu.opsgenie.com.",
              .example = "https://example.com/hook"},
             &ReceiverSettings::url);
  add_secret(table,
             {.name = "key",
              .help = "PagerDuty's routing (integration) key, or Opsgenie's API key.",
              .example = "${PAGERDUTY_KEY}"},
             &ReceiverSettings::key);
}

void add_access(Table<ReceiverSettings>& table) {
  add_section(table, {.name = "auth", .help = "Credentials for webhook and alertmanager."},
              &ReceiverSettings::access, auth_table(), reset_auth);
  add_section(
      table,
      {.name = "tls", .help = "Certificates for webhook, alertmanager, mattermost and oncall."},
      &ReceiverSettings::access, tls_table(), reset_tls);
  table.add({.name = "signing_secrets",
             .help = "What a webhook's requests are signed with (Standard Webhooks 1.0), each "
                     "whsec_…; several while they are changed, the newest first.",
             .example = "[\"${SIGNING_SECRET}\"]",
             .kind = Kind::texts,
             .excludes = {"signing_secret_files"},
             .secret = true},
            {.read = read_signing_secrets});
  table.add({.name = "signing_secret_files",
             .help = "The same from files, each with one secret as its one line.",
             .example = "[secrets/signing]",
             .kind = Kind::texts,
             .excludes = {"signing_secrets"}},
            {.read = read_signing_secret_files});
}

void add_mail(Table<ReceiverSettings>& table) {
  add_value(table,
            {.name = "channel",
             .help = "Of mattermost, where it is not the webhook's own.",
             .example = "flink-alerts"},
            &ReceiverSettings::channel);
  add_value(table,
            {.name = "from",
             .help = "Of email: who it comes from.",
             .example = "Flink Auditor <auditor@example.com>"},
            &ReceiverSettings::from);
  add_value(table,
            {.name = "to",
             .help = "Of email: whom it goes to.",
             .example = "[team@example.com]",
             .kind = Kind::texts},
            &ReceiverSettings::to);
  table.settings.back().otherwise.clear();
  add_value(table, {.name = "user", .help = "Of email: who signs in.", .example = "auditor"},
            &ReceiverSettings::user);
  add_secret(table,
             {.name = "password", .help = "Of email: the password.", .example = "${SMTP_PASSWORD}"},
             &ReceiverSettings::password);
}

}  // namespace

Table<ReceiverSettings> receiver_table() {
  Table<ReceiverSettings> table;
  add_identity(table);
  add_access(table);
  add_mail(table);
  add_value(table,
            {.name = "send_resolved",
             .help = "false: it is not told that an alert is over.",
             .kind = Kind::boolean},
            &ReceiverSettings::send_resolved);
  add_value(table,
            {.name = "max_alerts",
             .help = "Alerts in one message; of the rest it tells how many they are. Kinds that "
                     "track each alert (alertmanager, pagerduty, opsgenie) get all.",
             .kind = Kind::count,
             .minimum = 1,
             .maximum = 1'000},
            &ReceiverSettings::max_alerts);
  add_value(table,
            {.name = "in_flight",
             .help = "Requests to it at one time.",
             .kind = Kind::count,
             .minimum = 1,
             .maximum = 64},
            &ReceiverSettings::in_flight);
  add_value(table,
            {.name = "timeout",
             .help = "How long one request may take.",
             .kind = Kind::duration,
             .minimum = second,
             .maximum = minute},
            &ReceiverSettings::timeout);
  table.finish = finish_receiver;
  return table;
}

Result<void> refuse_written_secret(const Reader& reader, const Node& mapping,
                                   std::string_view name) {
  const Node* node = mapping.find(name);
  if (node == nullptr || node->kind == Node::Kind::null || !node->written.empty()) {
    return {};
  }
  return reader.error(*node,
                      fmt::format("{0} is a secret and stands in the file: give {0}_file, or "
                                  "${{VAR}} from the environment",
                                  name));
}

}  // namespace auditor::config
