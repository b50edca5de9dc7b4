"""`audit-now --server URL`: a daemon's latest audit in place of a look of one's own."""

from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from conftest import Run
from hostile import Server, always, body, document
from replay import Cluster

from daemon import TOKEN, Daemon, Start, daemons

BARE, READY = "bare-1.20.5", "ready-1.20.5"
ODD = "a/b c%2F?é"


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, dict[str, Server]]]:
    with (
        Cluster.recorded(BARE).serve() as bare,
        Cluster.recorded(READY).serve() as ready,
        daemons(tmp_path_factory.mktemp("server")) as start,
    ):
        d = start({"bare": bare.url, ODD: ready.url, "down": f"http://127.0.0.1:{hostile.closed_port()}"})
        for name in ("bare", ODD, "down"):
            d.look(name)
        yield d, {"bare": bare, ODD: ready}


@pytest.mark.parametrize("name", ["bare", ODD])
def test_the_report_is_the_daemons(watching: tuple[Daemon, dict[str, Server]], audit: Run, name: str) -> None:
    d, servers = watching
    before = len(servers[name].seen.requests)
    outcome = audit(name, "--server", d.url)
    assert outcome.report == d.report(name)
    assert outcome.code == (1 if name == "bare" else 0)
    assert len(servers[name].seen.requests) == before, "the cluster is not asked"


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_other_formats_say_the_same(watching: tuple[Daemon, dict[str, Server]], audit_now: Run, form: str) -> None:
    d, servers = watching
    ours = audit_now("bare", "--server", d.url, "--format", form).judged().stdout.splitlines()
    theirs = audit_now(servers["bare"].url, "--format", form).judged().stdout.splitlines()
    # The name, the times and the cost differ.
    assert len(set(ours) & set(theirs)) >= 0.8 * len(set(theirs))
    assert "max-parallelism-unset" in "\n".join(ours)


def test_what_it_does_not_watch(watching: tuple[Daemon, dict[str, Server]], audit_now: Run) -> None:
    d, _ = watching
    outcome = audit_now("none", "--server", d.url)
    assert outcome.code in (2, 3)
    outcome.refused(outcome.code, "none")
    audit_now("--server", d.url).refused(2, "bare", "down")
    audit_now("down", "--server", d.url).refused(3, "refused")


def test_the_only_cluster_needs_no_name(daemon: Start, audit_now: Run) -> None:
    with Cluster.recorded(READY).serve() as server:
        d = daemon({"orders": server.url})
        d.look("orders")
        assert audit_now("--server", d.url, "--format", "json").report["cluster"]["name"] == "orders"


def test_protected_reads(daemon: Start, audit_now: Run, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    with Cluster.recorded(READY).serve() as server:
        d = daemon({"orders": server.url}, web={"protect_reads": True})
        d.look("orders")
        audit_now("orders", "--server", d.url).refused(3, "401")
        audit_now("orders", "--server", d.url, "--token-file", token).judged()


@pytest.mark.parametrize(
    "reply",
    [
        document({"flink-version": "1.20.5"}),
        document({"clusters": [1, None]}),
        document({"clusters": {"name": "a"}}),
        document({"clusters": [{"name": 5}]}),
        document({"clusters": [{"name": "a"}]}),
        document({"schema": "flink-auditor/report/1"}),
        document([]),
        document({"detail": {"a": 1}}, 404),
        body(b"<html>", content_type="text/html"),
        body(b"[" * 100_000),
        hostile.raw(b""),
    ],
)
@pytest.mark.parametrize("name", [["orders"], []])
def test_servers_that_are_none(audit_now: Run, reply: hostile.Reply, name: list[str]) -> None:
    with Server(always(reply)) as server:
        outcome = audit_now(*name, "--server", server.url)
    assert outcome.code in (2, 3), outcome.stderr
    outcome.refused(outcome.code, server.url)


def test_name_that_needs_escapes(daemon: Start, audit_now: Run) -> None:
    name = "bare & old/1 ä"
    with Cluster.recorded("bare-1.20.5").serve() as flink:
        d = daemon({name: flink.url, "other": f"{flink.url}/other"})
        d.look(name)
        read = audit_now("--server", d.url, name, "--fail-on", "never").judged().stdout
        looked = audit_now(flink.url, "--fail-on", "never").judged().stdout

    def findings(text: str) -> str:
        # Of health one look knows less; what it finds is the same.
        return text[text.index("FINDINGS, the worst first") : text.index("UNKNOWN: could not be judged")]

    assert findings(read) == findings(looked)
