#pragma once

#include <span>
#include <string>
#include <string_view>

#include "alerts/receivers.h"

namespace auditor::alerts {

/// What a form is made of.
struct FormInput {
  const model::Message& message;
  const model::ReceiverSettings& receiver;
  const model::AlertingSettings& settings;
  base::Timestamp now;
};

/// A kind of receiver: one row.
struct ReceiverForm {
  model::ReceiverKind kind;
  Rendered (*render)(const FormInput&);
  bool digests = true;      ///< is told of posture
  bool deployments = true;  ///< is told of deployments
};

Rendered render_webhook(const FormInput& input);
Rendered render_alertmanager(const FormInput& input);
Rendered render_pagerduty(const FormInput& input);
Rendered render_slack(const FormInput& input);
Rendered render_mattermost(const FormInput& input);
Rendered render_teams(const FormInput& input);
Rendered render_opsgenie(const FormInput& input);
Rendered render_email(const FormInput& input);

inline constexpr std::string_view json_type = "application/json";

}  // namespace auditor::alerts
