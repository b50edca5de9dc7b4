import { useState } from "preact/hooks";
import { useLatest, usePolled } from "../../api/poll.ts";
import type { KeyGroupChoice, KeyGroupTable, WhatIf } from "../../api/types.ts";
import { plural } from "../../lib/format.ts";
import { Card, Fold, ScrollX, Void, Waiting } from "../../ui/parts.tsx";
import { Failure } from "../failure.tsx";

const largest = 32_768;

/** What another parallelism would come to: asked for when it is opened. */
export function WhatIfCard({ job }: { job: string }) {
  const [open, setOpen] = useState(false);
  const [proposed, setProposed] = useState("");
  const value = Number(proposed);
  const valid = Number.isInteger(value) && value >= 1 && value <= largest;
  const query = valid ? `?max_parallelism=${value}` : "";
  const asked = usePolled<WhatIf>(open ? `/api/v1/jobs/${job}/what-if${query}` : "");
  const answer = useLatest(asked.document);
  const proposal = (
    <label class="sel">
      <span>Max parallelism</span>
      <input
        type="number"
        min={1}
        max={largest}
        placeholder="as it is"
        value={proposed}
        onInput={(event) => setProposed(event.currentTarget.value)}
      />
    </label>
  );
  return (
    <Card title="Another parallelism" end={open ? proposal : undefined}>
      <Fold title="Show key groups per subtask, and slots" onToggle={setOpen}>
        {answer ? (
          <Tables answer={answer} />
        ) : asked.error ? (
          <Failure error={asked.error} what="this" />
        ) : (
          open && <Waiting height={200} />
        )}
      </Fold>
    </Card>
  );
}

function Tables({ answer }: { answer: WhatIf }) {
  if (answer.groups.length === 0) {
    return <Void title="Nothing to show">The latest look saw no vertex of this job with a max parallelism.</Void>;
  }
  return (
    <>
      <p class="say">
        The job takes {plural(answer.used, "slot")}
        {answer.free !== null && `; ${answer.free} of ${answer.slots} are free`}. Shown are the parallelisms that are
        even, and those that make the fullest subtask smaller.
      </p>
      {answer.groups.map((group) => (
        <Table key={`${group.max_parallelism} ${group.proposed}`} group={group} />
      ))}
    </>
  );
}

function Table({ group }: { group: KeyGroupTable }) {
  const title = `Max parallelism ${group.max_parallelism}${group.proposed ? ", proposed" : ""}`;
  return (
    <>
      <h3 class="gap">{title}</h3>
      <p class="muted">{group.vertices.map((vertex) => vertex.name).join("; ")}</p>
      {group.proposed && (
        <p class="muted">A job with state cannot take another max parallelism over: it starts without its state.</p>
      )}
      {!group.keyed && !group.proposed ? (
        <p class="muted">No input is partitioned by key: only the limit counts.</p>
      ) : (
        <ScrollX label={title}>
          <table class="tbl">
            <thead>
              <tr>
                <th scope="col" class="num">
                  Parallelism
                </th>
                <th scope="col" class="num">
                  Key groups
                </th>
                <th scope="col" class="num">
                  Imbalance
                </th>
                <th scope="col">Remark</th>
              </tr>
            </thead>
            <tbody>
              {group.choices.map((choice) => (
                <tr key={choice.parallelism}>
                  <th scope="row" class="num">
                    {choice.parallelism}
                  </th>
                  <td class="num">{choice.even ? choice.most : `${choice.fewest} to ${choice.most}`}</td>
                  <td class="num">{choice.even ? "" : `${Math.round(100 * choice.imbalance)} %`}</td>
                  <td>{remark(choice)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
    </>
  );
}

function remark(choice: KeyGroupChoice): string {
  const said = [];
  if (choice.now) said.push("now");
  if (choice.even) said.push("even");
  if (choice.slots_short) said.push(`${plural(choice.slots_short, "slot")} too few`);
  return said.join(", ");
}
