"""Certificates for the tests, made by the `openssl` command in a temporary folder."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


class Authority:
    """An authority of certificates that nobody else trusts."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        run("req", "-x509", *KEY, "-subj", f"/CN={name}", "-days", "30",
            "-keyout", self._key, "-out", self.certificate)  # fmt: skip

    def issue(self, name: str, alternative: str = "DNS:localhost,IP:127.0.0.1", days: int = 30) -> Pair:
        """A certificate for the names; `days` below 0 makes it expired."""
        stem = self._folder / f"{self._name}-{name}"
        pair = Pair(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        request, extensions = stem.with_suffix(".csr"), stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={alternative}\n")
        run("req", *KEY, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", request)
        run("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
            "-days", str(days), "-extfile", extensions, "-out", pair.certificate)  # fmt: skip
        return pair


def run(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def server_context(pair: Pair, client_authority: Path | None = None) -> ssl.SSLContext:
    """TLS for a server; with `client_authority` it wants a certificate from its clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    if client_authority:
        context.load_verify_locations(client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
