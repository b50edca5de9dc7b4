"""The Helm chart: what helm says of it, and whether the daemon takes what it makes."""

import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
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
    "serviceMonitor": {
        "enabled": True,
        "labels": {"release": "prometheus"},
        "authorization": {"credentials": {"name": "tokens", "key": "web-token"}},
    },
    "prometheusRule": {"enabled": True},
    "networkPolicy": {"enabled": True, "from": [{"podSelector": {}}]},
    "persistence": {"storageClass": "fast"},
    "nodeSelector": {"disk": "local"},
    "tolerations": [{"key": "disk", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "env": [{"name": "FLINK_HOST", "value": "orders-rest"}],
    "imagePullSecrets": [{"name": "registry"}],
    "podAnnotations": {"team": "streams"},
    "podLabels": {"team": "streams"},
    "service": {"annotations": {"team": "streams"}},
    "serviceAccount": {"annotations": {"team": "streams"}},
}
# What the others leave out.
BORROWED: dict[str, Any] = {"persistence": {"existingClaim": "history"}, "serviceAccount": {"create": False}}
FLEETING: dict[str, Any] = {"persistence": {"enabled": False}}
KUBERNETES = "1.30"

pytestmark = pytest.mark.skipif(not HELM.exists(), reason="no helm: scripts/setup package builds it where Go is")


def rendered(folder: Path, values: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """kind → document, of what the chart makes."""
    file = folder / "values.yaml"
    file.write_text(json.dumps(values or {}))
    command = (HELM, "template", "auditor", CHART, "--namespace", "flink", "--kube-version", KUBERNETES)
    text = run(*command, "--values", file)
    documents = [document for document in yaml.safe_load_all(text) if document]
    assert len({document["kind"] for document in documents}) == len(documents)
    return {document["kind"]: document for document in documents}


def test_lint(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text(json.dumps(EVERYTHING))
    run(HELM, "lint", "--strict", CHART)
    run(HELM, "lint", "--strict", CHART, "--values", tmp_path / "values.yaml")


@pytest.mark.parametrize(
    "values", [{}, EVERYTHING, BORROWED, FLEETING], ids=["default", "everything", "borrowed", "fleeting"]
)
def test_kubernetes_takes_what_it_makes(tmp_path: Path, values: dict[str, Any]) -> None:
    """Each field is one that Kubernetes has; and what is mounted exists."""
    made = rendered(tmp_path, values)
    own = [document for document in made.values() if "monitoring.coreos.com" not in document["apiVersion"]]
    assert {"StatefulSet", "Service", "ConfigMap"} <= {document["kind"] for document in own}
    for document in own:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    spec = made["StatefulSet"]["spec"]
    pod = spec["template"]["spec"]
    named = [volume["name"] for volume in pod["volumes"]]
    named += [claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])]
    assert len(set(named)) == len(named)
    assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} == set(named)
    labels = spec["template"]["metadata"]["labels"].items()
    assert made["Service"]["spec"]["selector"].items() <= labels
    assert spec["selector"]["matchLabels"].items() <= labels


def test_kubernetes_takes_the_recipe() -> None:
    text = (ROOT / "docs" / "recipes.md").read_text()
    recipes = [yaml.safe_load(block) for block in re.findall(r"(?ms)^```yaml\n(.*?)^```", text)]
    (job,) = [recipe for recipe in recipes if recipe.get("kind") == "CronJob"]
    kubernetes_validate.validate(job, KUBERNETES, strict=True)


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
    monitor = made["ServiceMonitor"]
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= made["Service"]["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["authorization"] == EVERYTHING["serviceMonitor"]["authorization"]
    assert endpoint["port"] in [port["name"] for port in made["Service"]["spec"]["ports"]]


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
