#include "alerts/receivers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "alerts/forms.h"

namespace auditor::alerts {

namespace {

using model::Message;
using model::ReceiverKind;

/// Those that wake people get neither digests nor, but for PagerDuty's change events, deployments.
constexpr std::array<ReceiverForm, 9> forms{{
    {.kind = ReceiverKind::webhook, .render = render_webhook},
    {.kind = ReceiverKind::alertmanager,
     .render = render_alertmanager,
     .digests = false,
     .deployments = false},
    {.kind = ReceiverKind::pagerduty, .render = render_pagerduty, .digests = false},
    {.kind = ReceiverKind::slack, .render = render_slack},
    {.kind = ReceiverKind::mattermost, .render = render_mattermost},
    {.kind = ReceiverKind::teams, .render = render_teams},
    {.kind = ReceiverKind::opsgenie,
     .render = render_opsgenie,
     .digests = false,
     .deployments = false},
    // Takes the webhook's payload by an integration of kind Alertmanager.
    {.kind = ReceiverKind::oncall,
     .render = render_webhook,
     .digests = false,
     .deployments = false},
    {.kind = ReceiverKind::email, .render = render_email},
}};

}  // namespace

Rendered render(const Message& message, const model::ReceiverSettings& receiver,
                const model::AlertingSettings& settings, base::Timestamp now) {
  const auto form = std::ranges::find(forms, receiver.kind, &ReceiverForm::kind);
  const bool told = form != forms.end() &&
                    (message.kind != Message::Kind::digest || form->digests) &&
                    (message.kind != Message::Kind::deployment || form->deployments);
  return told ? form->render({message, receiver, settings, now}) : Rendered{};
}

Message test_message(const std::string& receiver, base::Timestamp now) {
  Message message;
  message.kind = Message::Kind::test;
  message.receiver = receiver;
  message.group_key = "test";
  message.at = now;
  message.title = "Test: Flink Auditor reaches this receiver";
  message.text =
      "This is a test message of Flink Auditor. Nothing is wrong, and there is nothing to do.";
  return message;
}

std::string cut(std::string_view text, std::size_t bytes) {
  constexpr std::string_view mark = "…";
  if (text.size() <= bytes) {
    return std::string(text);
  }
  if (bytes < mark.size()) {
    return {};
  }
  std::size_t end = bytes - mark.size();
  const auto continues = [&text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && continues(end)) {
    --end;
  }
  std::string shorter(text.substr(0, end));
  shorter += mark;
  return shorter;
}

}  // namespace auditor::alerts
