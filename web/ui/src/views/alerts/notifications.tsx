import { post } from "../../api/client.ts";
import { useLatest, usePolled } from "../../api/poll.ts";
import type { Notification, NotificationPage } from "../../api/types.ts";
import { byNeed } from "../../lib/alerts.ts";
import { plural } from "../../lib/format.ts";
import { Ago, At, Card, StateChip, Waiting } from "../../ui/parts.tsx";
import { useChange } from "../change.tsx";
import { Failure } from "../failure.tsx";

const shown = 20;
const path = "/api/v1/notifications";

/** Dead letters, then what is on its way, then what was delivered of late. */
export function Notifications() {
  const dead = usePolled<NotificationPage>(`${path}?state=dead&limit=${shown}`);
  const others = usePolled<NotificationPage>(`${path}?state=waiting&state=delivered&limit=${shown}`);
  const deadPage = useLatest(dead.document);
  const page = useLatest(others.document);
  const { change, say, notice } = useChange();
  const retry = (notification: Notification) =>
    void change(
      () => post(`${path}/${encodeURIComponent(notification.id)}/retry`),
      "",
      () => say("It is sent again."),
    );
  const rows = byNeed([...(deadPage?.notifications ?? []), ...(page?.notifications ?? [])]);
  const more = Boolean(deadPage?.next || page?.next);
  const error = dead.error ?? others.error;
  return (
    <Card
      title="Notifications"
      note={
        deadPage &&
        deadPage.notifications.length > 0 &&
        `${deadPage.notifications.length}${deadPage.next ? " and more" : ""} dead`
      }
    >
      {notice}
      {(!deadPage || !page) && (error ? <Failure error={error} what="notifications" /> : <Waiting height={160} />)}
      {deadPage && page && rows.length === 0 && <p class="muted">Nothing was told yet.</p>}
      <ul class="list flat">
        {rows.map((notification) => (
          <Row key={notification.id} notification={notification} retry={retry} />
        ))}
      </ul>
      {more && (
        <p class="muted gap">
          The latest; <code>{path}</code> has all.
        </p>
      )}
    </Card>
  );
}

function Row({ notification, retry }: { notification: Notification; retry: (notification: Notification) => void }) {
  const { state, attempts } = notification;
  const title = notification.title ?? "A message";
  return (
    <li>
      <State notification={notification} />
      <p>
        {title}
        <span class="sub">
          to {notification.receiver} · <At time={notification.created_at} />
          {state === "delivered" && notification.delivered_at && (
            <>
              , delivered <Ago time={notification.delivered_at} />
            </>
          )}
          {state === "waiting" && attempts > 0 && notification.next_attempt_at && (
            <>
              , next try <At time={notification.next_attempt_at} />
            </>
          )}
          {(attempts > 1 || state !== "delivered") && ` · ${plural(attempts, "attempt")}`}
          {" · "}
          <a href={`${path}/${encodeURIComponent(notification.id)}`}>JSON</a>
        </span>
        {state !== "delivered" && notification.last_error && <span class="sub">{notification.last_error}</span>}
      </p>
      {state === "dead" ? (
        <button
          class="btn"
          type="button"
          aria-label={`Send again to ${notification.receiver}: ${title}`}
          onClick={() => retry(notification)}
        >
          Send again
        </button>
      ) : (
        <span />
      )}
    </li>
  );
}

function State({ notification: { state } }: { notification: Notification }) {
  if (state === "dead") {
    return (
      <StateChip icon="red" tone="critical">
        dead
      </StateChip>
    );
  }
  return <StateChip icon={state === "delivered" ? "ok" : "pending"}>{state}</StateChip>;
}
