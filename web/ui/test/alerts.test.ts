import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert, Notification, Silence } from "../src/api/types.ts";
import {
  alertingYaml,
  byNeed,
  byPlace,
  endOf,
  inhibitorOf,
  linesOf,
  matcher,
  matchersOf,
  muteOf,
  toldText,
} from "../src/lib/alerts.ts";

const alert = (id: string, cluster: string | null, job: string | null, more: Partial<Alert> = {}): Alert => ({
  id,
  finding: id,
  cluster,
  job: null,
  job_name: job,
  check: "job-not-running",
  state: "firing",
  severity: "high",
  labels: {},
  summary: "it fails",
  remediation: null,
  since: "2026-11-27T01:00:00.000Z",
  ended_at: null,
  receivers: ["ops", "team"],
  muted_by: null,
  muted_until: null,
  first_sight: false,
  changes: [],
  ...more,
});

const silence: Silence = {
  id: "s1",
  matchers: ['cluster="prod"'],
  author: "ann",
  reason: "a migration",
  starts_at: "2026-11-27T01:00:00.000Z",
  ends_at: "2026-11-27T02:00:00.000Z",
  created_at: "2026-11-27T01:00:00.000Z",
  state: "active",
  matches: 1,
};

test("alerts are grouped by cluster and job, the worst place first", () => {
  const places = byPlace([
    alert("1", "prod", "orders"),
    alert("2", null, null),
    alert("3", "prod", null),
    alert("4", "prod", "orders"),
  ]);
  assert.deepEqual(
    places.map(({ cluster, jobs }) => [cluster, jobs.map(({ job, alerts }) => [job, alerts.map((one) => one.id)])]),
    [
      [
        "prod",
        [
          ["orders", ["1", "4"]],
          [null, ["3"]],
        ],
      ],
      [null, [[null, ["2"]]]],
    ],
  );
});

test("matchers survive quotes, backslashes and line breaks", () => {
  assert.equal(matcher("job", 'a"b\\c\nd'), 'job="a\\"b\\\\c\\nd"');
  assert.deepEqual(matchersOf(alert("1", "prod", "orders")), [
    'cluster="prod"',
    'job="orders"',
    'check="job-not-running"',
  ]);
  assert.deepEqual(matchersOf({ cluster: null, job_name: null, check: "auditor-disk" }), ['check="auditor-disk"']);
  assert.deepEqual(linesOf(' a="b" \n\n c=~"d"'), ['a="b"', 'c=~"d"']);
});

test("a silence ends after a time, or tomorrow morning of the visitor", () => {
  const late = new Date(2026, 11, 31, 23, 59);
  assert.deepEqual(endOf("4h", late), { duration: "4h" });
  const end = endOf("tomorrow", late);
  assert.ok("ends_at" in end);
  assert.match(end.ends_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(Date.parse(end.ends_at), new Date(2027, 0, 1, 8).getTime());
});

test("why nobody is told, in words", () => {
  assert.deepEqual(muteOf("silence s1", [silence]), { text: "Silenced by ann: a migration", silence });
  assert.deepEqual(muteOf("silence s2", [silence]), { text: "Silenced", silence: null });
  assert.equal(muteOf("maintenance nightly restart", []).text, "Maintenance: nightly restart");
  assert.match(muteOf("inhibited by ab12", []).text, /another alert/);
  assert.match(muteOf("start-up", []).text, /deployment/);
  assert.match(muteOf("first sight", []).text, /recorded, not told/);
  assert.equal(muteOf("something new", []).text, "something new");
  assert.equal(inhibitorOf("inhibited by ab12"), "ab12");
  assert.equal(inhibitorOf("silence s1"), null);
  assert.equal(inhibitorOf(null), null);
});

test("whom it is told to", () => {
  assert.equal(toldText({ receivers: ["ops", "team"], state: "firing" }, true), "Told to ops, team.");
  assert.equal(toldText({ receivers: ["ops"], state: "muted" }, true), "Not told now; else to ops.");
  assert.match(toldText({ receivers: [], state: "firing" }, true), /Nobody is told/);
  assert.match(toldText({ receivers: ["ops"], state: "firing" }, false), /Nobody is told/);
});

test("dead letters come first", () => {
  const one = (id: string, state: Notification["state"], minute: number): Notification => ({
    id,
    receiver: "ops",
    group: null,
    kind: "alerts",
    title: null,
    firing: 1,
    resolved: 0,
    created_at: `2026-11-27T01:0${minute}:00.000Z`,
    state,
    attempts: 1,
    last_attempt_at: null,
    next_attempt_at: null,
    delivered_at: null,
    last_status: null,
    last_error: null,
  });
  const sorted = byNeed([one("a", "delivered", 5), one("b", "dead", 1), one("c", "waiting", 2), one("d", "dead", 3)]);
  assert.deepEqual(
    sorted.map(({ id }) => id),
    ["d", "b", "c", "a"],
  );
});

test("the YAML has the page's address as one text", () => {
  assert.match(alertingYaml('http://x:1/"'), /external_url: "http:\/\/x:1\/\\""/);
});
