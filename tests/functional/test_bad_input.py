"""Whatever a server answers instead of Flink's REST API: one clear line, and exit 3."""

import gzip

import hostile
import pytest
from certificates import server_context
from conftest import Certificates, Run
from hostile import Server, always, body, document, errors

SHORT = ("--timeout", "1s")
OVER_LIMIT = 33 << 20
HTML = body(b"<!DOCTYPE html><html><title>Sign in</title></html>", content_type="text/html")
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: {hostile.JSON}\r\n".encode()


# Connections


def test_unknown_host(audit_now: Run) -> None:
    audit_now("http://no-such-host.invalid:8081").refused(3, "unknown host", "no-such-host.invalid")


def test_refused(audit_now: Run) -> None:
    port = hostile.closed_port()
    audit_now(f"http://127.0.0.1:{port}").refused(3, "refused", f"127.0.0.1:{port}")


def test_connect_timeout(audit_now: Run) -> None:
    with hostile.deaf() as url:
        audit_now(url, *SHORT).refused(3, "no connection within", url)


def test_answer_timeout(audit_now: Run) -> None:
    with Server(always(hostile.silence)) as server:
        audit_now(server.url, *SHORT).refused(3, "no answer within", server.url)


def test_one_byte_every_second(audit_now: Run) -> None:
    with Server(always(hostile.drip(b'{"flink-version":"1.20.5"}'))) as server:
        audit_now(server.url, "--timeout", "2s").refused(3, "not complete within", " B came", server.url)


def test_closed_without_an_answer(audit_now: Run) -> None:
    with Server(always(hostile.raw(b""))) as server:
        audit_now(server.url).refused(3, "without an answer", server.url)


def test_reset(audit_now: Run) -> None:
    with Server(always(hostile.reset())) as server:
        audit_now(server.url).refused(3, "broke", server.url)


# TLS


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("expired", ["certificate has expired", "renew"]),
        ("wrong_name", ["another host name", "127.0.0.1"]),
    ],
)
def test_bad_certificate(audit_now: Run, pki: Certificates, pair: str, words: list[str]) -> None:
    with Server(always(document({})), tls=server_context(getattr(pki, pair))) as server:
        audit_now(server.url, "--ca-cert", pki.authority.certificate).refused(3, server.url, *words)


def test_unknown_authority(audit_now: Run, pki: Certificates) -> None:
    with Server(always(document({})), tls=server_context(pki.good)) as server:
        audit_now(server.url).refused(3, server.url, "authority unknown here", "CA file")
        stranger = pki.stranger.certificate
        audit_now(server.url, "--ca-cert", stranger).refused(3, server.url, "authority unknown here")


def test_client_certificate_missing(audit_now: Run, pki: Certificates) -> None:
    context = server_context(pki.good, pki.authority.certificate)
    with Server(always(document({})), tls=context) as server:
        outcome = audit_now(server.url, "--ca-cert", pki.authority.certificate)
        outcome.refused(3, server.url, "client certificate")


def test_tls_asked_of_a_plain_port(audit_now: Run) -> None:
    with Server(always(document({}))) as server:
        url = server.url.replace("http://", "https://")
        audit_now(url, *SHORT).refused(3, url, "TLS")


def test_plain_asked_of_a_tls_port(audit_now: Run, pki: Certificates) -> None:
    with Server(always(document({})), tls=server_context(pki.good)) as server:
        url = server.url.replace("https://", "http://")
        audit_now(url).refused(3, url, "https://")


# Answers that are not Flink's, to every request

ANSWERS = {
    "401": (body(b"", 401), ["401", "--token-file"]),
    "403": (body(b"Forbidden", 403, "text/plain"), ["403"]),
    "redirect": (hostile.redirect("https://sso.example/login?next=%2F"), ["redirect", "sso.example"]),
    "permanent redirect": (hostile.redirect("/flink/", 308), ["redirect", "/flink/"]),
    "404": (errors(404, "Not found: /config"), ["404"]),
    "404 in HTML": (body(b"<h1>Not Found</h1>", 404, "text/html"), ["404"]),
    "500": (errors(500, "Internal server error.", "<Exception on server side: x>\n\tat y"), ["500"]),
    "502": (body(b"<h1>Bad gateway</h1>", 502, "text/html"), ["502"]),
    "503 leader election": (
        errors(503, "Service temporarily unavailable due to an ongoing leader election. Please refresh."),
        ["503", "leader"],
    ),
    "an HTML page": (HTML, ["HTML", "Flink"]),
    "another service's JSON": (document({"status": "UP", "components": {}}), ["Flink"]),
    "another service's list": (document([1, 2, 3]), ["Flink"]),
    "no JSON": (body(b"OK", content_type="text/plain"), ["Flink"]),
    "empty": (body(b""), []),
    "cut short": (hostile.cut(b'{"flink-version":"1.2', 100), ["cut short"]),
    "cut short, chunked": (hostile.cut_chunked(b'{"flink-version":"1.2'), ["cut short"]),
    "cut short by a reset": (
        hostile.reset(HEAD + b"Content-Length: 100\r\n\r\n{"),
        ["cut short"],
    ),
    "malformed JSON": (body(b'{"flink-version": "1.20.5", }}'), ["JSON"]),
    "JSON that ends early": (body(b'{"flink-version": "1.20.5", "jobs": [{"jid'), ["JSON"]),
    "100 000 levels of arrays": (body(b"[" * 100_000 + b"]" * 100_000), []),
    "100 000 levels of objects": (body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), []),
    "NUL bytes": (body(b"\0" * 100), []),
    "bad UTF-8": (body(b'{"flink-version": "1.20\xff\xfe", "jobs": "\xc3\x28"}'), []),
    "over 32 MiB": (
        hostile.endless(HEAD + b"\r\n", b" " * 65536, OVER_LIMIT),
        ["32 MiB"],
    ),
    "over 32 MiB, declared": (hostile.raw(HEAD + b"Content-Length: 99999999999\r\n\r\n{"), ["32 MiB"]),
    "gzip bomb": (body(gzip.compress(b" " * OVER_LIMIT), Content_Encoding="gzip"), ["32 MiB"]),
    "damaged gzip": (body(b"no gzip", Content_Encoding="gzip"), ["compressed"]),
    "endless headers": (hostile.endless(HEAD, b"X: " + b"y" * 1000 + b"\r\n", 10 << 20), ["headers"]),
    "not HTTP": (hostile.raw(b"SSH-2.0-OpenSSH_9.2\r\n"), ["not HTTP"]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_bad_answer_to_all(audit_now: Run, name: str) -> None:
    reply, words = ANSWERS[name]
    with Server(always(reply)) as server:
        audit_now(server.url).refused(3, server.url, *words)
        # Neither the first failure nor a redirect makes it ask on and on.
        assert len(server.seen.requests) <= 8
        assert {request.method for request in server.seen.requests} == {"GET"}


def test_a_long_error_is_cut(audit_now: Run) -> None:
    trace = "org.apache.flink.Oops\n" + "\tat a.b.C(D.java:1)\n" * 10_000
    with Server(always(errors(500, "Internal server error.", trace))) as server:
        outcome = audit_now(server.url).refused(3, server.url, "500")
        assert len(outcome.stderr) < 1000


def test_escape_codes_of_a_server_do_not_reach_the_terminal(audit_now: Run) -> None:
    with Server(always(errors(500, "\x1b[31mred\x1b]0;title\x07 \u202e"))) as server:
        audit_now(server.url).refused(3, server.url, "500")
    with Server(always(hostile.redirect("http://x/\x1b[31m"))) as server:
        audit_now(server.url).refused(3, server.url, "redirect")
