"""What `audit-now fix` prints, put into the configuration of a real Flink cluster: the findings are gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import Outcome, Run
from flink import lab

CHECKS = (
    "checkpointing-off",
    "checkpoint-storage-on-jobmanager",
    "checkpoints-not-retained",
    "failover-restarts-everything",
    "restart-strategy-none",
    "savepoint-directory-unset",
    "single-retained-checkpoint",
)

# At first: the other checks are about checkpoints, of which there are none.
FOUND = {"checkpointing-off", "failover-restarts-everything", "restart-strategy-none", "savepoint-directory-unset"}

JOB = ("--name", "orders", "--uids", "all", "--par", "2")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[lab.Cluster]:
    conf = {"jobmanager.execution.failover-strategy": "full"}
    cluster = lab.Cluster(lab.VERSIONS[-1], tmp_path, conf)
    try:
        cluster.start()
        cluster.wait()
        yield cluster
    finally:
        cluster.stop()


def audited(audit: Run, cluster: lab.Cluster) -> Outcome:
    chosen = [argument for check in CHECKS for argument in ("--check", check)]
    return audit(cluster.url, *chosen).judged()


def test_the_printed_settings_mend_the_findings(cluster: lab.Cluster, audit_now: Run, audit: Run) -> None:
    # Twice: with checkpoints on, the checks about them can judge.
    answered: set[str] = set()
    cluster.wait_for_job(cluster.submit("StreamJob", *JOB))
    before = audited(audit, cluster)
    assert {check for check in CHECKS if before.of(check) == {"fail"}} >= FOUND
    for _ in range(2):
        chosen = [argument for check in CHECKS for argument in ("--check", check)]
        printed = audit_now("fix", cluster.url, *chosen)
        assert printed.code == 0, printed.stderr
        settings = yaml.safe_load(printed.stdout.replace("s3://FILL-IN", f"file://{cluster.folder}")) or {}
        answered |= settings.keys()
        cluster.stop()
        cluster.conf |= {key: str(value).lower() if value is True else str(value) for key, value in settings.items()}
        cluster.start()
        cluster.wait()
        cluster.wait_for_job(cluster.submit("StreamJob", *JOB))
    assert {"execution.checkpointing.interval", "execution.checkpointing.dir"} <= answered
    after = audited(audit, cluster)
    assert {check: after.of(check) for check in CHECKS} == {check: {"pass"} for check in CHECKS}
