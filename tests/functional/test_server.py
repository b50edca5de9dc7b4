"""`audit-now --server`: a daemon's latest audit, without another look at the cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Run
from daemon import Daemon, daemons
from replay import Cluster


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, dict[str, str]]]:
    """A daemon with two clusters, one with a name that needs escapes; looked at once."""
    with (
        Cluster.recorded("ready-1.20.5").serve() as ready,
        Cluster.recorded("bare-1.20.5").serve() as bare,
        daemons(tmp_path_factory.mktemp("watched")) as start,
    ):
        urls = {"ready": ready.url, "bare & old/1": bare.url}
        daemon = start(urls)
        daemon.look("ready")
        daemon.look("bare & old/1")
        yield daemon, urls


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text("the-token-of-the-tests\n")
    return file


@pytest.mark.parametrize("name", ["ready", "bare & old/1"])
def test_text_is_that_of_an_audit(watched: tuple[Daemon, dict[str, str]], audit_now: Run, name: str) -> None:
    daemon, urls = watched
    read = audit_now("--server", daemon.url, name, "--fail-on", "never").judged().stdout
    looked = audit_now(urls[name], "--fail-on", "never").judged().stdout

    def findings(text: str) -> str:
        return text[text.index("PRACTICE") : text.index("This audit cost")]

    assert findings(read) == findings(looked)


def test_json_has_the_same_verdicts(watched: tuple[Daemon, dict[str, str]], audit_now: Run) -> None:
    daemon, _ = watched
    read = audit_now("--server", daemon.url, "ready", "--format", "json").judged()
    assert read.report["cluster"]["name"] == "ready"
    assert read.report["score"] == daemon.report("ready")["score"]
    assert read.results == daemon.report("ready")["results"]


def test_exit_code_is_that_of_the_findings(watched: tuple[Daemon, dict[str, str]], audit_now: Run) -> None:
    daemon, _ = watched
    assert audit_now("--server", daemon.url, "bare & old/1").code == 1


def test_clusters_are_named_where_one_must_be_chosen(
    watched: tuple[Daemon, dict[str, str]], audit_now: Run
) -> None:
    daemon, _ = watched
    audit_now("--server", daemon.url).refused(2, "2 clusters", "ready", "bare & old/1")
    audit_now("--server", daemon.url, "unheard-of").refused(3, "404", "unheard-of")


def test_what_is_no_daemon_is_told(audit_now: Run) -> None:
    with Cluster.recorded("ready-1.20.5").serve() as flink:
        audit_now("--server", flink.url, "ready").refused(3, "404")
    audit_now("--server", "http://127.0.0.1:1").refused(3, "127.0.0.1:1")


def test_protected_daemon_needs_the_token(audit_now: Run, token: Path, tmp_path: Path) -> None:
    with Cluster.recorded("ready-1.20.5").serve() as flink, daemons(tmp_path) as start:
        daemon = start({"ready": flink.url}, web={"protect_reads": True})
        daemon.look("ready")
        audit_now("--server", daemon.url, "ready").refused(3, "401")
        audit_now("--server", daemon.url, "--token-file", token, "--fail-on", "never").judged()
