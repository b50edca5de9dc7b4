"""The Debian package: what is in it, what lintian says, and that it works on a bare Debian."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, run

RECORDING = ROOT / "tests" / "recordings" / "ready-1.20.5.json.gz"

FILES = {
    "./usr/bin/audit-now",
    "./usr/bin/flink-auditd",
    "./etc/flink-auditor/flink-auditd.yaml",
    "./lib/systemd/system/flink-auditd.service",
    "./usr/share/man/man1/audit-now.1.gz",
    "./usr/share/man/man8/flink-auditd.8.gz",
    "./usr/share/bash-completion/completions/audit-now",
    "./usr/share/zsh/vendor-completions/_audit-now",
    "./usr/share/fish/vendor_completions.d/audit-now.fish",
    "./usr/share/doc/flink-auditor/copyright",
    "./usr/share/doc/flink-auditor/examples/flink-auditd.yaml",
    "./usr/share/doc/flink-auditor/deployment.md",
}


def test_what_is_in_it(package: Path) -> None:
    names = {line.split()[-1] for line in run("dpkg-deb", "-c", package).splitlines()}
    # On a system whose /lib is /usr/lib either will do.
    names |= {name.replace("./usr/lib/systemd", "./lib/systemd") for name in names}
    assert names >= FILES, sorted(FILES - names)


def test_it_names_what_it_needs(package: Path) -> None:
    needs = run("dpkg-deb", "-f", package, "Depends")
    for library in ("libcurl4", "libsqlite3-0", "libc6"):
        assert library in needs
    assert "gtest" not in needs
    assert "/etc/flink-auditor/flink-auditd.yaml" in run("dpkg-deb", "-I", package, "conffiles")


def test_lintian_finds_no_error(package: Path) -> None:
    done = subprocess.run(["lintian", "--fail-on", "error", "--allow-root", package], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", ["audit-now.1", "flink-auditd.8"])
def test_manual_pages_are_well_formed(package: Path, page: str, tmp_path: Path) -> None:
    run("dpkg-deb", "-x", package, tmp_path)
    file = tmp_path / "usr" / "share" / "man" / f"man{page[-1]}" / f"{page}.gz"
    text = tmp_path / page
    text.write_text(run("gzip", "-dc", file))
    # No date: the same program prints the same page.
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", text], capture_output=True, text=True)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []
    rendered = run("man", "--warnings", "-P", "cat", "-l", text, env={**os.environ, "MANWIDTH": "80"})
    assert "NAME" in rendered


def test_the_shells_take_their_completions(package: Path, tmp_path: Path) -> None:
    run("dpkg-deb", "-x", package, tmp_path)
    share = tmp_path / "usr" / "share"
    for program in ("audit-now", "flink-auditd"):
        run("bash", "-n", share / "bash-completion" / "completions" / program)
        run("zsh", "-n", share / "zsh" / "vendor-completions" / f"_{program}")
        run("fish", "-n", share / "fish" / "vendor_completions.d" / f"{program}.fish")


# -- on a bare Debian --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def debian(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tree of Debian 12 with nothing but what every one has, and the package installed by apt."""
    if os.geteuid() != 0:
        pytest.skip("debootstrap and chroot need root")
    tree = tmp_path_factory.mktemp("debian")
    tree.chmod(0o755)  # others than root run programs in it
    # Where this machine's own packages come from.
    indexes = run("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    mirror = next((line.split()[0] for line in indexes.splitlines() if line.endswith(" bookworm main")), None)
    if mirror is None:
        pytest.skip("this machine has no source of Debian 12's packages")
    run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", tree, mirror)
    shutil.copy(package, tree / "tmp")
    for name in ("apt/apt.conf.d", "apt/sources.list.d"):
        shutil.copytree(Path("/etc") / name, tree / "etc" / name, dirs_exist_ok=True)
    for other in (tree / "etc/apt/sources.list.d").iterdir():
        if not re.search(r"(?m)^URIs: \S+debian", other.read_text()):
            other.unlink()
    shutil.copy("/etc/resolv.conf", tree / "etc")
    run("mount", "-t", "proc", "proc", tree / "proc")
    try:
        run("chroot", tree, "apt-get", "update", "-qq")
        run("chroot", tree, "apt-get", "install", "-y", "-qq", "--no-install-recommends", f"/tmp/{package.name}")
        yield tree
    finally:
        run("umount", tree / "proc")
        shutil.rmtree(tree)


def test_the_programs_run_there(debian: Path) -> None:
    assert run("chroot", debian, "audit-now", "--version").startswith("audit-now ")
    assert run("chroot", debian, "flink-auditd", "--version").startswith("flink-auditd ")
    shutil.copy(RECORDING, debian / "tmp")
    report = run("chroot", debian, "audit-now", f"/tmp/{RECORDING.name}", "--fail-on", "never")
    assert "Score " in report
    assert "CRITICAL" not in report


def test_its_configuration_is_valid_there(debian: Path) -> None:
    said = run("chroot", debian, "flink-auditd", "--check-config", "--config", "/etc/flink-auditor/flink-auditd.yaml")
    assert said.endswith(": valid\n")
    for line in (debian / "etc/flink-auditor/flink-auditd.yaml").read_text().splitlines():
        for path in re.findall(r"/usr/share/doc/\S+[a-z]", line):
            assert (debian / path[1:]).exists(), path


def test_the_image_starts_and_is_healthy_there(debian: Path) -> None:
    """What packaging/docker/Dockerfile does after the installation, in a network of its own, for its port is fixed."""
    text = (ROOT / "packaging" / "docker" / "Dockerfile").read_text().replace("\\\n", "")
    said = {words[0]: words[1] for line in text.splitlines() if line and (words := line.split(maxsplit=1))}
    (folder,) = re.findall(r"install -d .*", said["RUN"])
    run("chroot", debian, *folder.split())
    command = shlex.join(json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]))
    check = shlex.join(json.loads(said["HEALTHCHECK"].partition("CMD")[2]))
    script = f"""
      cd {said["WORKDIR"]}
      {command} & daemon=$!
      until {check} 2>/dev/null; do kill -0 $daemon || exit 1; sleep 0.1; done
      id -u; kill $daemon; wait $daemon"""
    inside = ["chroot", f"--userspec={said['USER']}", str(debian), "timeout", "60", "bash", "-c", script]
    printed = run("unshare", "--net", "sh", "-c", f"ip link set lo up && exec {shlex.join(inside)}")
    assert printed.splitlines()[-1] == said["USER"].split(":")[0]
    assert (debian / "var/lib/flink-auditor").stat().st_uid == 65532
    assert list((debian / "var/lib/flink-auditor").glob("*.db")), "the history lies on the volume"


def test_it_can_be_removed(debian: Path) -> None:
    """Last: it goes, and leaves the configuration until it is purged."""
    run("chroot", debian, "apt-get", "remove", "-y", "-qq", "flink-auditor")
    assert not (debian / "usr/bin/flink-auditd").exists()
    assert (debian / "etc/flink-auditor/flink-auditd.yaml").exists()
    run("chroot", debian, "dpkg", "--purge", "flink-auditor")
    assert not (debian / "etc/flink-auditor").exists()
