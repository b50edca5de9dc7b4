"""The Helm chart: what helm says of it, and whether the daemon takes what it makes."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import BIN, ROOT, run

CHART = ROOT / "packaging" / "helm" / "flink-auditor"
HELM = ROOT / ".cache" / "helm" / "helm"
EVERYTHING = {
    "config": {
        "clusters": [{"name": "orders", "url": "http://orders-rest:8081"}],
        "web": {"allowed_hosts": ["other.example.com"]},
        "storage": {"retention": {"age": "90d"}},
    },
    "secretName": "tokens",
    "ingress": {"enabled": True, "host": "auditor.example.com", "tlsSecretName": "tls"},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True},
    "networkPolicy": {"enabled": True, "from": [{"podSelector": {}}]},
    "persistence": {"storageClass": "fast"},
    "nodeSelector": {"disk": "local"},
}

pytestmark = pytest.mark.skipif(not HELM.exists(), reason="no helm: scripts/setup package builds it where Go is")


def rendered(folder: Path, values: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """kind → document, of what the chart makes."""
    file = folder / "values.yaml"
    file.write_text(json.dumps(values or {}))
    command = (HELM, "template", "auditor", CHART, "--namespace", "flink", "--kube-version", "1.30.0")
    text = run(*command, "--values", file)
    documents = [document for document in yaml.safe_load_all(text) if document]
    assert len({document["kind"] for document in documents}) == len(documents)
    return {document["kind"]: document for document in documents}


def test_lint(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text(json.dumps(EVERYTHING))
    run(HELM, "lint", "--strict", CHART)
    run(HELM, "lint", "--strict", CHART, "--values", tmp_path / "values.yaml")


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["default", "everything"])
def test_the_daemon_takes_the_configuration(tmp_path: Path, values: dict[str, Any]) -> None:
    text = rendered(tmp_path, values)["ConfigMap"]["data"]["flink-auditd.yaml"]
    file = tmp_path / "flink-auditd.yaml"
    file.write_text(text)
    assert run(BIN / "flink-auditd", "--check-config", "--config", file).endswith("valid\n")
    config = yaml.safe_load(text)
    assert config["web"]["listen"] == "0.0.0.0:8484"
    assert "auditor-flink-auditor.flink.svc" in config["web"]["allowed_hosts"]
    assert config["storage"]["path"].startswith("/var/lib/flink-auditor/")


def test_what_the_user_said_stays(tmp_path: Path) -> None:
    made = rendered(tmp_path, EVERYTHING)
    config = yaml.safe_load(made["ConfigMap"]["data"]["flink-auditd.yaml"])
    assert config["clusters"] == EVERYTHING["config"]["clusters"]
    assert {"other.example.com", "auditor.example.com"} <= set(config["web"]["allowed_hosts"])
    assert config["storage"]["retention"] == {"age": "90d"}
    assert made["PrometheusRule"]["spec"] == yaml.safe_load((ROOT / "packaging/prometheus-rules.yaml").read_text())
    assert made["ServiceMonitor"]["metadata"]["labels"]["release"] == "prometheus"


def test_one_daemon_that_may_little(tmp_path: Path) -> None:
    spec = rendered(tmp_path)["StatefulSet"]["spec"]
    assert spec["replicas"] == 1
    pod = spec["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["livenessProbe"]["httpGet"]["path"] == "/-/healthy"
    assert container["readinessProbe"]["httpGet"]["path"] == "/-/ready"
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in pod["volumes"]}
    claims = {claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]}
    assert mounts <= volumes | claims
