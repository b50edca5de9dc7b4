"""The API against its own description, and as HTTP."""

import gzip
import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import hypothesis
import jsonschema
import pytest
import schemathesis
import schemathesis.checks
from conftest import ROOT
from replay import Cluster

from daemon import TOKEN, Answer, Daemon, Start, daemons, request

ODD = "a/b c%2F?é"
# Nobody listens there: what is told waits.
ALERTING = {
    "receivers": [{"name": "ops", "kind": "webhook", "url": "http://127.0.0.1:1/hook"}],
    "route": {"receiver": "ops"},
    "digest": {"receivers": ["ops"]},
}


@dataclass(frozen=True)
class World:
    daemon: Daemon
    description: dict[str, Any]
    ids: dict[str, dict[str, str]]  # path with a parameter → its values


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A daemon with something of everything: clusters up and down, findings open and resolved, waivers."""
    first, second = Cluster.recorded("bare-1.20.5"), Cluster.recorded("ready-1.20.5")
    with (
        first.serve() as bare,
        second.serve() as ready,
        daemons(tmp_path_factory.mktemp("api")) as start,
    ):
        waivers = [{"check": "rest-*", "reason": "r", "owner": "o", "until": "2099-01-01"}]
        clusters = {"bare": bare.url, ODD: ready.url, "down": "http://127.0.0.1:1"}
        d = start(clusters, waivers=waivers, checks={"high-availability-off": {"for": "1h"}}, alerting=ALERTING)
        for name in clusters:
            d.look(name)
        second.keep_jobs("ready-linear", "maxpar-huge")
        d.look(ODD)
        made = d.post("/api/v1/waivers", {"check": "key-groups-uneven", "reason": "r", "owner": "o"}).expect(201)
        d.look("bare")
        silence = {"matchers": ['cluster="bare"', {"name": "job", "value": "a|b", "isRegex": True}], "duration": "2h"}
        d.post("/api/v1/silences", silence | {"author": "a", "reason": "r"})
        d.post("/api/v1/digest")
        told = d.get("notifications")["notifications"]
        finding = d.findings(cluster="bare")[0]
        job = d.jobs(cluster=ODD, name="ready-linear")[0]
        ids = {
            "/api/v1/clusters/{name}": {"name": ODD},
            "/assets/{name}": {"name": re.search(r"/assets/([^\"]+)", d.ask("GET", "/").text)[1]},
            "/api/v1/clusters/{name}/report": {"name": "bare"},
            "/api/v1/clusters/{name}/report.html": {"name": "bare"},
            "/api/v1/clusters/{name}/timeline": {"name": ODD},
            "/api/v1/jobs/{id}": {"id": job["id"]},
            "/api/v1/jobs/{id}/checkpoints": {"id": job["id"]},
            "/api/v1/jobs/{id}/graph": {"id": job["id"]},
            "/api/v1/jobs/{id}/timeline": {"id": job["id"]},
            "/api/v1/jobs/{id}/what-if": {"id": job["id"]},
            "/api/v1/findings/{id}": {"id": finding["id"]},
            "/api/v1/checks/{id}": {"id": "operator-uid-missing"},
            "/api/v1/waivers/{id}": {"id": made.json["id"]},
        }
        if told:
            ids["/api/v1/notifications/{id}"] = {"id": told[0]["id"]}
        yield World(d, d.ask("GET", "/api/v1/openapi.json").expect(200).json, ids)
        d.stop()


def gets(description: dict[str, Any]) -> list[str]:
    return [path for path, methods in description["paths"].items() if "get" in methods]


def filled(world: World, path: str) -> str:
    for name, value in world.ids.get(path, {}).items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    assert "{" not in path, path
    return path


def validator(description: dict[str, Any], schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**schema, "components": description["components"]})


def strict(schema: Any, part: bool = False) -> Any:
    """The schema with no member but those that it names; a `part` of others may leave some to them."""
    if isinstance(schema, list):
        return [strict(item, part) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: strict(value, key == "allOf") for key, value in schema.items()}
    if not part and ("$ref" in copy or "properties" in copy or "allOf" in copy):
        copy.setdefault("unevaluatedProperties", False)
    return copy


# Against its description

OPERATIONS = [
    (method, path)
    for path, methods in json.loads((ROOT / "web" / "openapi.json").read_text())["paths"].items()
    for method in methods
    if method in ("get", "post", "delete", "put", "patch")
]


@pytest.fixture(scope="module")
def described(world: World) -> Any:
    return schemathesis.openapi.from_dict(world.description)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described(world: World, described: Any, method: str, path: str) -> None:
    """Whatever is asked, good or bad: the status is described, and the body is as it should be."""
    operation = described[path][method.upper()]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
        if mode is schemathesis.GenerationMode.POSITIVE or has_input(operation):
            ask(world.daemon.url, operation.as_strategy(generation_mode=mode), headers)


def has_input(operation: Any) -> bool:
    """Whether anything can be wrong with a question."""
    return bool(operation.query or operation.body)


schemathesis.checks.load_all_checks()
# Texts with control characters, and cursors that no page gave, are refused, which a schema cannot say.
NARROWER = schemathesis.checks.CHECKS.get_by_names(["positive_data_acceptance"])


def ask(url: str, cases: Any, headers: dict[str, str]) -> None:
    @hypothesis.given(case=cases)
    @hypothesis.settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def check(case: Any) -> None:
        case.call_and_validate(base_url=url, headers=headers, timeout=10, excluded_checks=NARROWER)

    check()


def test_rich_answers_are_as_described(world: World) -> None:
    """Each document that has something in it has all that is described, and nothing else."""
    description = world.description | {
        "components": {
            kind: {name: strict(schema, part=True) for name, schema in things.items()}
            for kind, things in world.description["components"].items()
        }
    }
    seen = 0
    for path in gets(description):
        if path == "/api/v1/notifications/{id}" and path not in world.ids:
            continue  # nothing was told
        answer = world.daemon.ask("GET", filled(world, path)).expect(200)
        content = description["paths"][path]["get"]["responses"]["200"]["content"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in content, path
        if kind == "application/json" and "schema" in content[kind]:
            errors = list(validator(description, strict(content[kind]["schema"])).iter_errors(answer.json))
            assert not errors, f"{path}: {errors[0].json_path}: {errors[0].message[:300]}"
            seen += 1
    assert seen >= 14


def test_description_is_openapi(world: World) -> None:
    assert world.description["openapi"].startswith("3.1")
    assert len(gets(world.description)) >= 17
    for schema in world.description["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


# As HTTP

DOCUMENTS = [
    "/api/v1/overview",
    "/api/v1/fleet",
    "/api/v1/clusters",
    "/api/v1/clusters/bare/report",
    "/api/v1/findings?limit=50",
    "/api/v1/jobs",
    "/api/v1/checks",
    "/api/v1/checks/operator-uid-missing",
    "/api/v1/coverage",
    "/api/v1/alerts",
    "/api/v1/silences",
    "/api/v1/notifications",
    "/api/v1/receivers",
    "/api/v1/waivers",
    "/api/v1/openapi.json",
]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_etag(world: World, path: str) -> None:
    first = world.daemon.ask("GET", path).expect(200)
    tag = first.headers["etag"]
    assert tag.strip('W/"')
    again = world.daemon.ask("GET", path, headers={"If-None-Match": tag}).expect(304)
    assert again.body == b""
    assert again.headers["etag"] == tag
    assert world.daemon.ask("GET", path, headers={"If-None-Match": f'"x", {tag}'}).status == 304
    assert world.daemon.ask("GET", path, headers={"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize("path", [*DOCUMENTS, "/metrics", "/"])
def test_gzip(world: World, path: str) -> None:
    plain = world.daemon.ask("GET", path).expect(200)
    assert "content-encoding" not in plain.headers
    packed = world.daemon.ask("GET", path, headers={"Accept-Encoding": "deflate, gzip;q=0.8"}).expect(200)
    if "content-encoding" not in packed.headers:
        assert len(packed.body) < 2048, "it would pay"
        return
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert len(packed.body) < len(plain.body)
    unpacked = gzip.decompress(packed.body)
    if path != "/metrics":
        assert unpacked == plain.body
        # The same representation has the same tag, another has another or a weak one.
        assert packed.headers.get("etag") != plain.headers.get("etag") or plain.headers["etag"].startswith("W/")
    assert "content-encoding" not in world.daemon.ask("GET", path, headers={"Accept-Encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize("path", [*DOCUMENTS, "/metrics", "/", "/-/ready", "/api/v1/none"])
def test_head(world: World, path: str) -> None:
    full = world.daemon.ask("GET", path)
    head = world.daemon.ask("HEAD", path)
    assert head.status == full.status
    assert head.body == b""
    assert head.headers["content-type"] == full.headers["content-type"]
    if path != "/metrics":
        assert head.headers["content-length"] == full.headers["content-length"] == str(len(full.body))
        assert head.headers.get("etag") == full.headers.get("etag")


def test_probes(world: World) -> None:
    assert world.daemon.ask("GET", "/-/healthy", token=None).expect(200).body
    assert world.daemon.ask("GET", "/-/ready", token=None).expect(200).text.strip() == "ready"


def is_problem(answer: Answer, status: int) -> dict[str, Any]:
    answer.expect(status)
    assert answer.headers["content-type"].partition(";")[0] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert "type" in problem
    return problem


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/none", 404, "openapi.json"),
        ("GET", "/api/v1/clusters/none", 404, "none"),
        ("GET", "/api/v1/jobs/none", 404, "none"),
        ("GET", "/api/v1/findings/none", 404, "none"),
        ("GET", "/api/v1/checks/none", 404, "none"),
        ("DELETE", "/api/v1/waivers/none", 404, "none"),
        ("GET", "/api/v1/findings?severity=awful", 400, "critical"),
        ("GET", "/api/v1/findings?limit=0", 400, "limit"),
        ("GET", "/api/v1/findings?limit=100000", 400, "limit"),
        ("GET", "/api/v1/findings?since=yesterday", 400, "since"),
        ("GET", "/api/v1/findings?cursor=none", 400, "cursor"),
        ("GET", "/api/v1/jobs?cursor=%00", 400, ""),
        ("GET", "/api/v1/overview?x=1", 400, "x"),
        ("DELETE", "/api/v1/overview", 405, "GET"),
        ("POST", "/metrics", 405, "GET"),
        ("GET", "/-/reload", 405, "POST"),
        ("BREW", "/api/v1/overview", 405, ""),
        ("PUT", "/api/v1/waivers/x", 405, "DELETE"),
    ],
)
def test_problems(world: World, method: str, path: str, status: int, words: str) -> None:
    answer = world.daemon.ask(method, path)
    problem = is_problem(answer, status)
    assert words in problem["detail"]
    if status == 405:
        assert answer.headers["allow"]


def test_bodies(world: World) -> None:
    path = "/api/v1/waivers"
    is_problem(world.daemon.ask("POST", path, b"{}", {"Content-Type": "text/plain"}), 415)
    is_problem(world.daemon.ask("POST", path, b"{"), 400)
    is_problem(world.daemon.ask("POST", path, b"[" * 50_000), 400)
    is_problem(world.daemon.ask("POST", path, b"{}" + b" " * 100_000), 413)
    is_problem(world.daemon.ask("POST", path, b'{"check": "\xff", "reason": "r", "owner": "o"}'), 400)


def test_links_lead_to_the_next_page(world: World) -> None:
    seen: list[str] = []
    path = "/api/v1/findings?limit=40&severity=low&severity=high"
    while path:
        answer = world.daemon.ask("GET", path).expect(200)
        seen += [row["id"] for row in answer.json["findings"]]
        assert {row["severity"] for row in answer.json["findings"]} <= {"low", "high"}
        link = answer.headers.get("link")
        assert (link is None) == (answer.json["next"] is None)
        path = link.partition("<")[2].partition(">")[0] if link else ""
    assert len(seen) == len(set(seen)) == len(world.daemon.findings(severity=["low", "high"])) > 40


def test_browsers_are_kept_in_bounds(world: World) -> None:
    headers = world.daemon.ask("GET", "/").expect(200).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


# Who may ask


def test_changes_need_the_token(world: World) -> None:
    for method, path in [
        ("POST", "/-/reload"),
        ("POST", "/api/v1/clusters/bare/audit"),
        ("POST", "/api/v1/waivers"),
        ("DELETE", "/api/v1/waivers/x"),
    ]:
        for token in (None, "wrong", TOKEN + "x", TOKEN[:-1], ""):
            answer = world.daemon.ask(method, path, b"{}", token=token)
            is_problem(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert world.daemon.ask(method, path, b"{}", {"Authorization": "Basic dTpw"}, token=None).status == 401
    assert world.daemon.ask("GET", "/api/v1/overview", token=None).status == 200


def test_other_sites_may_change_nothing(world: World) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        is_problem(world.daemon.ask("POST", "/-/reload", b"", headers), 403)
    same = {"Origin": world.daemon.url, "Sec-Fetch-Site": "same-origin"}
    assert world.daemon.ask("POST", "/-/reload", b"", same).status == 200


def test_hosts(daemon: Start) -> None:
    d = daemon(web={"allowed_hosts": ["auditor.example.com", "*.internal"]})

    def status(host: str) -> int:
        return d.ask("GET", "/api/v1/overview", headers={"Host": host}).status

    port = d.url.rpartition(":")[2]
    for host in (
        f"127.0.0.1:{port}",
        "localhost",
        f"localhost:{port}",
        "[::1]",
        "AUDITOR.example.com",
        "a.internal:80",
    ):
        assert status(host) == 200, host
    for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        assert status(host) in (400, 421), host
    is_problem(d.ask("GET", "/api/v1/overview", headers={"Host": "evil.example"}), 421)
    is_problem(d.ask("GET", "/metrics", headers={"Host": "evil.example"}), 421)


def test_without_credentials_nothing_changes(daemon: Start) -> None:
    d = daemon(start=False)
    del d.config["web"]["bearer_token"]
    d.start()
    problem = is_problem(d.ask("POST", "/-/reload", b""), 403)
    assert "web.bearer_token_file" in problem["detail"]
    is_problem(d.ask("DELETE", "/api/v1/waivers/x", token=None), 403)


def test_basic_and_protected_reads(daemon: Start) -> None:
    d = daemon(start=False, web={"protect_reads": True, "basic": {"user": "me", "password": "päss:word"}})
    d.start()
    good = {"Authorization": "Basic bWU6cMOkc3M6d29yZA=="}
    for path in ("/metrics", "/api/v1/overview", "/api/v1/fleet", "/api/v1/openapi.json"):
        answer = d.ask("GET", path, token=None)
        is_problem(answer, 401)
        assert "www-authenticate" in answer.headers
        assert d.ask("GET", path, token=None, headers=good).status == 200
        assert d.ask("GET", path).status == 200, "the token works too"
    for path in ("/-/healthy", "/-/ready", "/"):  # the page asks for what it needs
        assert d.ask("GET", path, token=None).status == 200
    assert d.ask("POST", "/-/reload", b"", good, token=None).status == 200
    assert "word" not in json.dumps(d.get("status")) + d.log


def test_odd_names(world: World) -> None:
    assert world.daemon.cluster(ODD)["name"] == ODD
    row = next(row for row in world.daemon.get("clusters")["clusters"] if row["name"] == ODD)
    assert row["state"] == "up"
    assert {row["cluster"] for row in world.daemon.findings(cluster=ODD)} == {ODD}


def test_one_connection_serves_many(world: World) -> None:
    host, _, port = world.daemon.url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    for _ in range(50):
        connection.request("GET", "/api/v1/overview")
        response = connection.getresponse()
        assert response.status == 200
        assert json.loads(response.read())
    connection.close()
    assert request(world.daemon.url, "GET", "/-/ready").status == 200
