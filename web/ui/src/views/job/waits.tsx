import type { Checkpoint, CheckpointSummary } from "../../api/types.ts";
import { phaseSentence, phaseShares, placeOf, timesOf, waitedFor } from "../../lib/critical_path.ts";
import { duration, percent, plural } from "../../lib/format.ts";
import { Card, Fold, ScrollX } from "../../ui/parts.tsx";

/** What most checkpoints waited for: phase and place. */
export function WaitsCard(props: { checkpoints: Checkpoint[]; summary: CheckpointSummary | null }) {
  const { checkpoints, summary } = props;
  if (!checkpoints.some((one) => one.status === "COMPLETED")) return null;
  const waited = waitedFor(checkpoints);
  if (!summary || waited.length === 0) {
    return (
      <Card title="What checkpoints wait for">
        <p class="muted">
          Not known of these: it takes a look at a checkpoint's subtasks, and of quick ones it is not kept.
        </p>
      </Card>
    );
  }
  const shares = phaseShares(waited);
  return (
    <Card title="What checkpoints wait for">
      <p class="say" id="waits-say">
        {phaseSentence(summary, shares)}
      </p>
      <PhaseBar shares={shares} />
      <ul class="key">
        {shares.map((part) => (
          <li key={part.id}>
            <svg class="sw" aria-hidden="true">
              <rect class={`ph-${part.id}`} width="12" height="12" />
            </svg>
            {part.name} {percent(part.share)}
          </li>
        ))}
      </ul>
      <dl class="facts gap">
        <dt>Vertex</dt>
        <dd>
          <b>{summary.vertex_name}</b>
          {timesOf(summary.vertex_times, summary.checkpoints)}
        </dd>
        <dt>Subtask</dt>
        <dd>
          <b>{summary.subtask}</b>
          {timesOf(summary.subtask_times, summary.vertex_times)}
        </dd>
        {summary.host && (
          <>
            <dt>Host</dt>
            <dd>
              <b>{summary.host}</b>
              {timesOf(summary.host_times, summary.checkpoints)}
            </dd>
          </>
        )}
      </dl>
      <Fold title={`Show ${waited.length === 1 ? "it" : `all ${plural(waited.length, "checkpoint")}`}`}>
        <ScrollX label="What each checkpoint waited for">
          <table class="tbl">
            <thead>
              <tr>
                <th scope="col">Checkpoint</th>
                <th scope="col" class="num">
                  Took
                </th>
                <th scope="col">Waited for</th>
                <th scope="col">Longest phase</th>
              </tr>
            </thead>
            <tbody>
              {[...waited].reverse().map(({ id, triggered_at, critical_path: path }) => (
                <tr key={`${id} ${triggered_at}`}>
                  <th scope="row">#{id}</th>
                  <td class="num">{duration(path.duration_ms)}</td>
                  <td>{placeOf(path)}</td>
                  <td>{path.longest_phase}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      </Fold>
    </Card>
  );
}

const width = 400;

function PhaseBar({ shares }: { shares: { id: string; share: number }[] }) {
  let left = 0;
  return (
    <svg
      class="phase-bar"
      viewBox={`0 0 ${width} 14`}
      preserveAspectRatio="none"
      role="img"
      aria-labelledby="waits-say"
    >
      {shares.map(({ id, share }) => {
        left += share * width;
        return <rect key={id} class={`ph-${id}`} x={left - share * width} width={share * width} height="14" />;
      })}
    </svg>
  );
}
