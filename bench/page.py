#!/usr/bin/env python3
"""Measures the page's first view of a large fleet in Chromium.

bench/page.py [--clusters N] [--loads N] [--bin DIR] RECORDING...

"Rendered" is the time from the last byte of /api/v1/fleet to when the first rows are painted;
the median of all loads, each in a new tab without a cache.
"""

import argparse
import gzip
import json
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
LISTEN = "127.0.0.1:18484"

# A message that is sent before a frame is painted is received after it.
WATCH = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".row-c")) return;
  observer.disconnect();
  const painted = new MessageChannel();
  painted.port1.onmessage = () => { window.renderedAt = performance.now(); };
  requestAnimationFrame(() => painted.port2.postMessage(null));
}).observe(document, {childList: true, subtree: true});
"""
RENDERED = """() => new Promise((resolve) => {
  const look = () => {
    const answer = performance.getEntriesByType("resource").find((one) => one.name.endsWith("/api/v1/fleet"));
    if (answer && window.renderedAt) resolve(window.renderedAt - answer.responseEnd);
    else setTimeout(look, 20);
  };
  look();
})"""


def get(path: str, packed: bool = True) -> bytes:
    asked = urllib.request.Request(f"http://{LISTEN}{path}", headers={"Accept-Encoding": "gzip"} if packed else {})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.read()


def wait_for_all(clusters: int) -> None:
    while True:
        try:
            fleet = json.loads(gzip.decompress(get("/api/v1/fleet")))
            if sum(row["cells"] != "" for row in fleet["clusters"]) >= clusters:
                return
        except OSError:
            pass
        time.sleep(0.5)


def rendered(browser: Browser) -> float:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"http://{LISTEN}/")
    took = page.evaluate(RENDERED)
    context.close()
    return took


def start(binaries: Path, folder: Path, clusters: list[dict[str, str]]) -> subprocess.Popen[bytes]:
    config = {
        "defaults": {"interval": "15s"},
        "clusters": clusters,
        "storage": {"path": str(folder / "history.db")},
        "web": {"listen": LISTEN},
    }
    file = folder / "flink-auditd.yaml"
    file.write_text(json.dumps(config))
    return subprocess.Popen(
        [binaries / "flink-auditd", "--config", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--loads", type=int, default=7)
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bench" / "bin")
    parser.add_argument("recordings", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = folder / "targets"
        replay = subprocess.Popen(
            [
                arguments.bin / "replay-fleet",
                "--clusters",
                str(arguments.clusters),
                "--targets",
                targets,
                *arguments.recordings,
            ],
            stdout=subprocess.PIPE,
        )
        assert replay.stdout is not None
        replay.stdout.readline()
        clusters = [{"name": f"cluster-{i:04}", "url": url} for i, url in enumerate(targets.read_text().split())]
        daemon = start(arguments.bin, folder, clusters)
        try:
            wait_for_all(len(clusters))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
                )
                times = [rendered(browser) for _ in range(arguments.loads)]
                browser.close()
            page = get("/", packed=False).decode()
            assets = [part.split('"')[0] for part in page.split('"/assets/')[1:]]
            bundle = len(get("/")) + sum(len(get(f"/assets/{asset}")) for asset in assets)
            jobs = sum(len(row["jobs"]) for row in json.loads(gzip.decompress(get("/api/v1/fleet")))["clusters"])
            print(f"{len(clusters)} clusters, {jobs} jobs, {arguments.loads} loads")
            spread = f"{min(times):.0f} to {max(times):.0f}"
            print(f"rendered after the answer   {statistics.median(times):6.0f} ms, {spread} ms")
            print(f"fleet view's JSON           {len(get('/api/v1/fleet')) / 1024:6.0f} KiB gzip")
            print(f"the page's files            {bundle / 1024:6.1f} KiB gzip")
        finally:
            for process in (daemon, replay):
                process.terminate()
                process.wait()


if __name__ == "__main__":
    main()
