"""`audit-now test-receiver`: a marked message to a receiver, and what would be sent, without secrets."""

import base64
import email
import json
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import hostile
import pytest
from aiosmtpd.controller import Controller
from conftest import Run
from receivers import Answer, Receiver

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
PATH = "/services/T0123ABCD/B4567EFGH/abcdefghijklmnopqrstuvwx"
KEY = "0123456789abcdef0123456789abcdef"


def configuration(folder: Path, *receivers: dict[str, Any]) -> Path:
    (folder / "secret").write_text(SECRET)
    for number, receiver in enumerate(receivers):
        receiver.setdefault("kind", "webhook")
        if receiver["kind"] not in ("webhook", "email") and "url" in receiver:  # a secret there
            receiver["url_file"] = f"url-{number}"
            (folder / f"url-{number}").write_text(receiver.pop("url"))
    file = folder / "flink-auditd.yaml"
    document = {
        "clusters": [{"name": "orders", "url": "http://127.0.0.1:8081"}],
        "alerting": {"receivers": list(receivers), "route": {"receiver": receivers[0]["name"]}},
    }
    file.write_text(json.dumps(document, indent=1))
    return file


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


def test_a_webhook_takes_it(receiver: Receiver, audit_now: Run, tmp_path: Path) -> None:
    team = {"name": "team", "url": receiver.url, "signing_secret_files": [str(tmp_path / "secret")]}
    outcome = audit_now("test-receiver", "team", "--config", configuration(tmp_path, team))
    assert outcome.code == 0, outcome.stderr
    assert "took the test message: status 200" in outcome.stdout
    (post,) = receiver.posts
    post.verify(SECRET)
    assert "Test: Flink Auditor" in post.body.decode()


@pytest.mark.parametrize(
    ("kind", "field"), [("slack", "text"), ("mattermost", "text"), ("teams", "attachments"), ("webhook", "alerts")]
)
def test_each_kind_takes_its_form(receiver: Receiver, audit_now: Run, tmp_path: Path, kind: str, field: str) -> None:
    file = configuration(tmp_path, {"name": "team", "kind": kind, "url": receiver.url + PATH})
    outcome = audit_now("test-receiver", "--config", file)
    assert outcome.code == 0, outcome.stderr
    (post,) = receiver.posts
    assert post.target == PATH
    assert field in post.document


def test_a_mail_server_takes_it(audit_now: Run, tmp_path: Path) -> None:
    taken: list[Message] = []

    class Mailbox:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            taken.append(email.message_from_bytes(envelope.content))
            return "250 taken"

    server = Controller(Mailbox(), hostname="127.0.0.1", port=hostile.closed_port())
    server.start()
    try:
        mail = {
            "name": "mail",
            "kind": "email",
            "url": f"smtp://127.0.0.1:{server.port}",
            "from": "Flink Auditor <auditor@example.org>",
            "to": ["on-call@example.org", "lead@example.org"],
        }
        outcome = audit_now("test-receiver", "mail", "--config", configuration(tmp_path, mail))
    finally:
        server.stop()
    assert outcome.code == 0, outcome.stderr
    (message,) = taken
    assert message["From"] == "Flink Auditor <auditor@example.org>"
    assert "on-call@example.org" in message["To"]
    assert "Test: Flink Auditor" in str(message["Subject"])
    body = message.get_payload(decode=True) or message.get_payload(0).get_payload(decode=True)
    assert b"Nothing is wrong" in body


def test_a_refusal_is_told(audit_now: Run, tmp_path: Path) -> None:
    def refuse(_: object) -> Answer:
        return Answer(403, {}, b"no such channel; token " + KEY.encode())

    with Receiver(refuse) as receiver:
        team = {"name": "team", "kind": "slack", "url": receiver.url + PATH}
        file = configuration(tmp_path, team)
        outcome = audit_now("test-receiver", "--config", file).refused(3, "team", "slack", "403", "no such channel")
    assert "B4567EFGH" not in outcome.stderr


def test_nobody_there(audit_now: Run, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{hostile.closed_port()}{PATH}"
    file = configuration(tmp_path, {"name": "team", "kind": "slack", "url": url})
    outcome = audit_now("test-receiver", "--config", file).refused(3, "team", "refused")
    assert "B4567EFGH" not in outcome.stderr


@pytest.mark.parametrize(
    "receiver_of",
    [
        {"kind": "pagerduty", "key_file": "key"},
        {"kind": "opsgenie", "key_file": "key"},
        {"kind": "slack", "url": f"https://hooks.example.org{PATH}"},
        {"kind": "webhook", "url": f"https://hooks.example.org{PATH}", "signing_secret_files": ["secret"]},
    ],
    ids=lambda receiver: receiver["kind"],
)
def test_a_dry_run_sends_and_shows_no_secret(audit_now: Run, tmp_path: Path, receiver_of: dict[str, Any]) -> None:
    (tmp_path / "key").write_text(KEY)
    file = configuration(tmp_path, {"name": "team"} | receiver_of)
    outcome = audit_now("test-receiver", "team", "--config", file, "--dry-run")
    assert outcome.code == 0, outcome.stderr
    assert outcome.stdout.startswith("POST http")
    assert "test" in outcome.stdout.lower()
    for secret in (KEY, SECRET, "T0123ABCD", "B4567EFGH", "abcdefghijklmnopqrstuvwx"):
        assert secret not in outcome.stdout


def test_wrong_use(audit_now: Run, tmp_path: Path) -> None:
    one, two = ({"name": name, "url": "http://127.0.0.1:1/"} for name in ("one", "two"))
    file = configuration(tmp_path, one, two)
    audit_now("test-receiver", "three", "--config", file).refused(2, "three", "one, two")
    audit_now("test-receiver", "--config", file).refused(2, "which", "one, two")
    audit_now("test-receiver", "one").refused(2, "--config")
    audit_now("test-receiver", "one", "--config", tmp_path / "none.yaml").refused(2, "none.yaml")
