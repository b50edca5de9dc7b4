import { post } from "../../api/client.ts";
import type { Receiver, ReceiverList } from "../../api/types.ts";
import { count, plural } from "../../lib/format.ts";
import { Ago, Card, StateChip } from "../../ui/parts.tsx";
import { useChange } from "../change.tsx";

/** How it goes with each who is told. */
export function Receivers({ list }: { list: ReceiverList }) {
  const { change, busy, notice } = useChange();
  const digest = () => void change(() => post("/api/v1/digest"), "The digest is on its way.");
  return (
    <Card
      title="Receivers"
      note="since the daemon's start"
      end={
        list.receivers.length > 0 && (
          <button class="btn" type="button" disabled={busy} onClick={digest}>
            Send the digest
          </button>
        )
      }
    >
      {notice}
      {list.receivers.length === 0 && (
        <p class="muted">
          None. <code>alerting.receivers</code> names them.
        </p>
      )}
      <ul class="list flat aside">
        {list.receivers.map((receiver) => (
          <Row key={receiver.name} receiver={receiver} />
        ))}
      </ul>
    </Card>
  );
}

function Row({ receiver }: { receiver: Receiver }) {
  return (
    <li>
      <State receiver={receiver} />
      <p>
        <b>{receiver.name}</b> <span class="muted">{receiver.kind}</span>
        <span class="sub">
          {count(receiver.delivered)} delivered, {count(receiver.dead)} dead,{" "}
          {plural(receiver.attempts_failed, "attempt")} failed
          {receiver.waiting > 0 && `, ${count(receiver.waiting)} waiting`}
          {receiver.oldest_waiting && (
            <>
              , the oldest from <Ago time={receiver.oldest_waiting} />
            </>
          )}
        </span>
        {receiver.stopped && <span class="sub">Stopped: {receiver.stopped}. A reload tries it again.</span>}
        {receiver.last_error && !receiver.stopped && <span class="sub">Last error: {receiver.last_error}</span>}
      </p>
    </li>
  );
}

function State({ receiver }: { receiver: Receiver }) {
  if (receiver.stopped) {
    return (
      <StateChip icon="red" tone="critical">
        stopped
      </StateChip>
    );
  }
  if (receiver.waiting > 0) return <StateChip icon="pending">waiting</StateChip>;
  return (
    <StateChip icon="green" tone="ok">
      {receiver.delivered > 0 ? "delivers" : "idle"}
    </StateChip>
  );
}
