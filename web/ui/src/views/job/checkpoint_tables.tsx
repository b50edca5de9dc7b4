import type { Checkpoint } from "../../api/types.ts";
import { phases, phaseTable } from "../../lib/checkpoints.ts";
import { bytes, duration, percent } from "../../lib/format.ts";
import { At, Icon, ScrollX } from "../../ui/parts.tsx";

export function PhaseTable({ checkpoints }: { checkpoints: Checkpoint[] }) {
  const show = (value: number | null) => (value === null ? "not known" : duration(value));
  return (
    <table class="tbl phases">
      <thead>
        <tr>
          <th scope="col">Phase, slowest subtask</th>
          <th scope="col" class="num">
            Last
          </th>
          <th scope="col" class="num">
            Median
          </th>
          <th scope="col" class="num">
            p95
          </th>
          <th scope="col" class="num">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {phaseTable(checkpoints).map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <svg class="sw" aria-hidden="true">
                <rect class={`ph-${row.id}`} width="12" height="12" />
              </svg>{" "}
              {row.name}
            </th>
            <td class="num">{show(row.last)}</td>
            <td class="num">{show(row.median)}</td>
            <td class="num">{show(row.p95)}</td>
            <td class="num">{row.share === null ? "" : percent(row.share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function CheckpointTable({ checkpoints }: { checkpoints: Checkpoint[] }) {
  const show = (value: number | null) => (value === null ? "" : duration(value));
  return (
    <ScrollX label="Checkpoints">
      <table class="tbl">
        <thead>
          <tr>
            <th scope="col">Checkpoint</th>
            <th scope="col">Triggered, UTC</th>
            <th scope="col">Status</th>
            <th scope="col" class="num">
              Took
            </th>
            {phases.map(({ id, name }) => (
              <th key={id} scope="col" class="num">
                {name}
              </th>
            ))}
            <th scope="col" class="num">
              State
            </th>
          </tr>
        </thead>
        <tbody>
          {[...checkpoints].reverse().map((one) => (
            <tr key={`${one.id} ${one.triggered_at}`}>
              <th scope="row">#{one.id}</th>
              <td>
                <At time={one.triggered_at} />
              </td>
              <td>
                {one.status === "FAILED" && <Icon name="red" tone="critical" />} {one.status.toLowerCase()}
                {one.savepoint && " savepoint"}
                {one.failure && <span class="muted"> {one.failure}</span>}
              </td>
              <td class="num">{show(one.duration_ms)}</td>
              {phases.map(({ id, key }) => (
                <td key={id} class="num">
                  {show(one[key])}
                </td>
              ))}
              <td class="num">{one.state_bytes === null ? "" : bytes(one.state_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
