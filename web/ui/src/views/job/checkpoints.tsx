import type { JobGraph, Timeline } from "../../api/types.ts";
import { summary } from "../../lib/checkpoints.ts";
import { duration } from "../../lib/format.ts";
import { Card, Fold, Void } from "../../ui/parts.tsx";
import { Chart } from "./checkpoint_chart.tsx";
import { CheckpointTable, PhaseTable } from "./checkpoint_tables.tsx";

const hour = 3_600_000;
/** 0: the latest ones, whenever they were. */
const ranges = [0, hour, 6 * hour, 24 * hour, 7 * 24 * hour];

interface Props {
  timeline: Timeline;
  graph: JobGraph | null;
  range?: number;
  onRange?: (range: number) => void; // without it there is only what is there, and nothing of restarts and deployments
}

/** Checkpoints by phase, with size, restarts and deployments on the same axis. */
export function CheckpointCard({ timeline, graph, range, onRange }: Props) {
  const checkpoints = timeline.checkpoints;
  const chooser = onRange && (
    <label class="sel">
      <span>Range</span>
      <select value={range} onChange={(event) => onRange(Number(event.currentTarget.value))}>
        {ranges.map((one) => (
          <option key={one} value={one}>
            {one === 0 ? "latest" : duration(one)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Card title={onRange ? "Checkpoints, restarts and deployments" : "Checkpoints"} end={chooser}>
      {checkpoints.length === 0 ? (
        <NoCheckpoints graph={graph} />
      ) : (
        <>
          <p class="say" id="checkpoints-say">
            {summary(checkpoints)}
          </p>
          <div class="gap only-wide">
            <Chart timeline={timeline} graph={graph} width={956} most={90} lanes={Boolean(onRange)} />
          </div>
          <div class="gap only-narrow">
            <Chart timeline={timeline} graph={graph} width={328} most={24} lanes={Boolean(onRange)} />
          </div>
          {checkpoints.some((one) => one.status === "COMPLETED") && <PhaseTable checkpoints={checkpoints} />}
          <Fold title="Show every checkpoint as table">
            <CheckpointTable checkpoints={checkpoints} />
          </Fold>
        </>
      )}
    </Card>
  );
}

function NoCheckpoints({ graph }: { graph: JobGraph | null }) {
  if (graph?.checkpointing && graph.checkpointing.interval_ms === null) {
    return <Void title="None: periodic checkpointing is off">Without checkpoints a failure loses the state.</Void>;
  }
  return <Void title="No checkpoint was seen in this time">They appear as the daemon sees them.</Void>;
}
