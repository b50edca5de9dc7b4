"""Alerts of the daemon, to receivers that run here: told once, told surely, told when it is over."""

import base64
import contextlib
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile
import pytest
from churn import Churn
from hostile import Server
from receivers import Answer, Post, Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from daemon import Daemon, Start, eventually

KILLS = int(os.environ.get("AUDITOR_KILLS", "20"))
SEED = int(os.environ.get("AUDITOR_SEED") or time.time_ns() % 1_000_000)
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
CHECK = "checkpoint-failing"
AT_ONCE = {CHECK: {"severity": "critical", "for": "0s", "keep_firing_for": "0s"}}


def alerting(receiver: Receiver, folder: Path, **more: Any) -> dict[str, Any]:
    """An `alerting` section that tells the receiver of the check at once."""
    (folder / "secret").write_text(SECRET)
    return {
        "receivers": [
            {
                "name": "team",
                "kind": "webhook",
                "url": receiver.url,
                "signing_secret_files": [str(folder / "secret")],
                "in_flight": 1,
            }
        ],
        "route": {
            "receiver": "team",
            "group_by": ["cluster"],
            "group_wait": "0s",
            "group_interval": "1s",
            "matchers": [],
        },
    } | more


def only(route: dict[str, Any], check: str) -> dict[str, Any]:
    """Tells of one check alone: the rest of a sick recording is another test's."""
    route["route"]["routes"] = [{"receiver": "nobody", "matchers": [f'check!="{check}"']}]
    return route


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture
def nobody() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


def configured(receiver: Receiver, nobody: Receiver, folder: Path, **more: Any) -> dict[str, Any]:
    config = only(alerting(receiver, folder, **more), CHECK)
    config["receivers"].append({"name": "nobody", "kind": "webhook", "url": nobody.url})
    return config


def alerts(posts: list[Post]) -> list[dict[str, Any]]:
    return [alert for post in posts for alert in post.document["alerts"]]


def told(posts: list[Post], job: str, status: str) -> list[dict[str, Any]]:
    return [a for a in alerts(posts) if a["labels"].get("job") == job and a["status"] == status]


def test_a_finding_is_told_and_its_end_is_told(
    daemon: Start, receiver: Receiver, nobody: Receiver, tmp_path: Path
) -> None:
    churn = Churn("sick-2.3.0", "failing-snapshots", canceled=True)
    with churn.serve() as server:
        d = daemon({"prod": server.url}, checks=AT_ONCE, alerting=configured(receiver, nobody, tmp_path))
        d.look("prod")
        first = f"job-{churn.latest}"
        receiver.wait_for(lambda posts: bool(told(posts, first, "firing")))
        d.look("prod")
        posts = receiver.wait_for(lambda posts: bool(told(posts, first, "resolved")))
        second = f"job-{churn.latest}"
        posts = receiver.wait_for(lambda posts: bool(told(posts, second, "firing")))
        for post in posts:
            post.verify(SECRET)
        fired, over = told(posts, first, "firing")[0], told(posts, first, "resolved")[0]
        assert fired["fingerprint"] == over["fingerprint"]
        assert fired["labels"]["check"] == CHECK
        assert fired["labels"]["cluster"] == "prod"
        assert fired["labels"]["severity"] == "critical"
        assert fired["annotations"]["summary"]
        assert over["endsAt"] > over["startsAt"]
        assert [change["status"] for change in over["changes"]] == ["resolved"]
        assert len({post.webhook_id for post in posts}) == len(posts)
        assert SECRET not in d.log
        d.stop()


def test_an_end_is_told_after_a_kill(daemon: Start, receiver: Receiver, nobody: Receiver, tmp_path: Path) -> None:
    """What fired before the kill and ended while the daemon was away is told as over."""
    churn = Churn("sick-2.3.0", "failing-snapshots", canceled=True)
    with churn.serve() as server:
        d = daemon({"prod": server.url}, checks=AT_ONCE, alerting=configured(receiver, nobody, tmp_path))
        d.look("prod")
        first = f"job-{churn.latest}"
        receiver.wait_for(lambda posts: bool(told(posts, first, "firing")))
        d.kill()
        d.start()
        d.look("prod")
        posts = receiver.wait_for(lambda posts: bool(told(posts, first, "resolved")))
        fired = {post.webhook_id for post in posts if told([post], first, "firing")}
        assert len(fired) == 1, "it is told anew only as the notification that it was"


def test_what_was_there_at_first_sight_is_not_told(
    daemon: Start, receiver: Receiver, nobody: Receiver, tmp_path: Path
) -> None:
    churn = Churn("sick-2.3.0", "failing-snapshots", canceled=True)
    checks = {CHECK: {"severity": "high", "for": "0s", "keep_firing_for": "0s"}}
    with churn.serve() as server:
        d = daemon({"prod": server.url}, checks=checks, alerting=configured(receiver, nobody, tmp_path))
        d.look("prod")
        first = f"job-{churn.latest}"
        d.look("prod")
        second = f"job-{churn.latest}"
        posts = receiver.wait_for(lambda posts: bool(told(posts, second, "firing")))
        assert not [a for a in alerts(posts) if a["labels"]["job"] == first]


def test_a_receiver_that_is_gone_makes_a_dead_letter_and_an_alert(
    daemon: Start, receiver: Receiver, nobody: Receiver, tmp_path: Path
) -> None:
    """404 is no error that time mends: the notification is dead, and the others are told of that."""
    receiver.answer = lambda _: Answer(404)
    churn = Churn("sick-2.3.0", "failing-snapshots", canceled=True)
    with churn.serve() as server:
        d = daemon({"prod": server.url}, checks=AT_ONCE, alerting=configured(receiver, nobody, tmp_path))
        d.look("prod")
        posts = nobody.wait_for(
            lambda posts: any(a["labels"]["alertname"] == "auditor-notifications-dead" for a in alerts(posts))
        )
        dead = next(a for a in alerts(posts) if a["labels"]["alertname"] == "auditor-notifications-dead")
        assert "1 notification to team" in dead["annotations"]["summary"]
        assert d.log_lines("level=error", "a notification could not be delivered", "receiver=team")


def test_a_store_that_cannot_be_written_is_told_and_silences_nothing(
    daemon: Start, receiver: Receiver, tmp_path: Path
) -> None:
    with Churn("sick-2.3.0", "failing-snapshots").serve() as server:
        d = daemon({"prod": server.url}, alerting=alerting(receiver, tmp_path))
        d.look("prod")
        assert not [a for a in alerts(receiver.posts) if a["labels"]["practice"] == "auditor"]

        def is_told(posts: list[Post], status: str) -> bool:
            name = "auditor-store-failing"
            return any(a["labels"]["alertname"] == name and a["status"] == status for a in alerts(posts))

        with contextlib.closing(sqlite3.connect(d.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            d.post("/api/v1/clusters/prod/audit").expect(202)
            receiver.wait_for(lambda posts: is_told(posts, "firing"), 60)
            other.execute("ROLLBACK")
        receiver.wait_for(lambda posts: is_told(posts, "resolved"), 60)
        assert d.integrity() == "ok"


def test_a_wrong_configuration_is_told(daemon: Start, receiver: Receiver, tmp_path: Path) -> None:
    d = daemon({}, alerting=alerting(receiver, tmp_path))
    good = d.config
    d.config = good | {"nonsense": 1}
    assert d.reload().status == 422
    d.config = good
    receiver.wait_for(
        lambda posts: any(
            a["labels"]["alertname"] == "auditor-reload-failed" and a["status"] == "firing" for a in alerts(posts)
        )
    )
    d.reload()
    receiver.wait_for(
        lambda posts: any(
            a["labels"]["alertname"] == "auditor-reload-failed" and a["status"] == "resolved" for a in alerts(posts)
        )
    )


def test_looks_that_are_missed_are_told(daemon: Start, receiver: Receiver, tmp_path: Path) -> None:
    """A cluster that accepts and says nothing: each look takes longer than the interval."""
    with hostile.deaf() as url:
        d = daemon({"deaf": url}, interval="1s", alerting=alerting(receiver, tmp_path))
        posts = receiver.wait_for(
            lambda posts: any(a["labels"]["alertname"] == "auditor-looks-missed" for a in alerts(posts)), 60
        )
        told = next(a for a in alerts(posts) if a["labels"]["alertname"] == "auditor-looks-missed")
        assert (told["labels"]["severity"], told["labels"]["practice"]) == ("medium", "auditor")
        assert d.cluster("deaf")["load"]["skipped"] >= 3


def test_a_thousand_clusters_that_are_gone_are_one_message(daemon: Start, receiver: Receiver, tmp_path: Path) -> None:
    """A network that breaks: the group waits until the daemon has met it everywhere."""
    port, clusters = hostile.closed_port(), 1_000
    more = alerting(receiver, tmp_path)
    more["route"] |= {"group_by": ["check"], "group_wait": "20s", "group_interval": "1h"}
    checks = {"cluster-unreachable": {"for": "0s"}}
    urls = {f"cluster-{number}": f"http://127.0.0.1:{port}/{number}/" for number in range(clusters)}
    daemon(urls, interval="5s", checks=checks, alerting=more)
    (post,) = receiver.wait_for(lambda posts: len(posts) > 0, 60)
    assert len(post.document["alerts"]) == 100
    assert post.document["truncatedAlerts"] == clusters - 100
    assert {alert["labels"]["check"] for alert in post.document["alerts"]} == {"cluster-unreachable"}


def test_a_heartbeat_says_that_sweeps_succeed(daemon: Start, receiver: Receiver, tmp_path: Path) -> None:
    with Receiver() as switch:
        config = alerting(receiver, tmp_path)
        (tmp_path / "heartbeat").write_text(switch.url + "/alive")
        config["heartbeat"] = {"url_file": str(tmp_path / "heartbeat"), "every": "10s"}
        daemon({}, alerting=config)
        posts = switch.wait_for(lambda posts: bool(posts))
        assert posts[0].target == "/alive"


# kill -9


class Load:
    """Has clusters looked at without a pause until the daemon is gone."""

    def __init__(self, daemon: Daemon, clusters: list[str]) -> None:
        self._daemon = daemon
        self._clusters = clusters
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        with contextlib.suppress(OSError, AssertionError, Exception):
            while True:
                for name in self._clusters:
                    self._daemon.post(f"/api/v1/clusters/{name}/audit").expect(202)

    def end(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()


def changes_in(database: Path) -> set[tuple[str, str]]:
    """(fingerprint, status) of all that history says of the check's findings."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT lower(hex(f.public_id)), t.to_state FROM transitions t JOIN findings f ON f.id = t.finding "
            "WHERE f.check_id = ? AND t.to_state IN (1, 2)",
            [CHECK],
        ).fetchall()
    return {(finding[:16], "firing" if state == 1 else "resolved") for finding, state in rows}


def told_changes(posts: list[Post]) -> set[tuple[str, str]]:
    return {(alert["fingerprint"], change["status"]) for alert in alerts(posts) for change in alert["changes"]}


def test_kills_lose_no_change(daemon: Start, nobody: Receiver, tmp_path: Path) -> None:
    """Random kills under load, and a receiver that fails half the time: each change is told, in order, and no more
    than one notification for each kill twice, under its old id."""
    print(f"AUDITOR_SEED={SEED}")
    chance = random.Random(SEED)
    accepted: list[Post] = []
    not_signed: list[str] = []
    lock = threading.Lock()
    failing = [0.5]

    def answer(post: Post) -> Answer:
        with lock:
            try:
                post.verify(SECRET)  # now, for a signature is good for five minutes
            except WebhookVerificationError as error:
                not_signed.append(str(error))
            if chance.random() < failing[0]:
                return Answer(503, {"Retry-After": "1"})  # else one may wait ten minutes after its eighth attempt
            accepted.append(post)
        return Answer()

    with contextlib.ExitStack() as stack:
        servers: list[Server] = [
            stack.enter_context(Churn("sick-2.3.0", "failing-snapshots", canceled=True).serve()) for _ in range(3)
        ]
        receiver = stack.enter_context(Receiver(answer))
        fleet = {f"c{number}": server.url for number, server in enumerate(servers)}
        config = configured(receiver, nobody, tmp_path)
        # While the receiver fails, news of more alerts gather than a message lists by default.
        config["receivers"][0]["max_alerts"] = 1000
        d = daemon(fleet, checks=AT_ONCE, alerting=config)
        for kill in range(KILLS):
            load = Load(d, list(fleet))
            time.sleep(chance.uniform(0.1, 1.2))  # the moment is what is tested
            d.kill()
            load.end()
            assert d.integrity() == "ok", f"after kill {kill}"
            d.start()
        failing[0] = 0
        for name in fleet:
            d.look(name)

        def all_told() -> bool:
            with lock:  # not while they are read: nobody would be answered
                posts = accepted.copy()
            return changes_in(d.database) <= told_changes(posts)

        eventually("all that happened is told", all_told, 90 + KILLS)
        d.stop()
    expected = changes_in(d.database)
    assert len(expected) > 2 * KILLS, "it was no load"
    assert told_changes(accepted) <= expected, "nothing is told that history does not know"
    ids = Counter(post.webhook_id for post in accepted)
    assert sum(count - 1 for count in ids.values()) <= KILLS
    once = list({post.webhook_id: post for post in accepted}.values())
    changes = Counter(
        (alert["fingerprint"], change["status"], change["at"]) for alert in alerts(once) for change in alert["changes"]
    )
    assert max(changes.values()) == 1, "no change is told by two notifications"
    latest: dict[str, str] = {}
    for alert in alerts(once):
        for change in alert["changes"]:
            assert latest.get(alert["fingerprint"], "") <= change["at"], "in order"
            latest[alert["fingerprint"]] = change["at"]
    assert not_signed == []
