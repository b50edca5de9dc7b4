#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "http/sender.h"
#include "model/alert.h"
#include "model/alerting_settings.h"

/// Telling a receiver of a flink-auditd's configuration from the command line.
namespace auditor::cli {

/// A receiver and the settings that it is part of.
struct ChosenReceiver {
  model::AlertingSettings alerting;
  model::ReceiverSettings receiver;
};

/// The receiver `name` of the configuration in `file`; where `name` is empty, the only one. Errors:
/// those of the configuration; `usage`, with the names that there are.
base::Result<ChosenReceiver> find_receiver(const std::string& file, const std::string& name);

/// What goes out for a message: several requests, for some kinds.
base::Result<std::vector<http::Outgoing>> compose(const model::Message& message,
                                                  const ChosenReceiver& chosen);

/// Sends them in order, and waits. Gives what was answered last, in words. Errors: `network` and
/// the like; `http_status` where the receiver refused one. No secret is in either.
base::Result<std::string> send(std::vector<http::Outgoing> parts, const ChosenReceiver& chosen);

/// What would be sent, for people: secrets are "…".
std::string describe(const http::Outgoing& part, const model::ReceiverSettings& receiver);

}  // namespace auditor::cli
