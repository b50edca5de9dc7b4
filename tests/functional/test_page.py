"""The page in a real browser, over a real daemon that watches recorded clusters."""

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import hostile
import pytest
from browsing import NARROW, WIDE, Visit
from conftest import Run, execute
from playwright.sync_api import expect
from replay import RECORDINGS, Cluster

from daemon import BINARY, TOKEN, Daemon, daemons, eventually

pytest_plugins = ["browsing"]

REPLAY_FLEET = BINARY.with_name("replay-fleet")
RECORDED = ["bare-1.20.5", "ready-2.3.0", "sick-1.20.5", "adaptive-2.3.0"]
EVIL = "<img src=x onerror=\"document.title='hacked'\">"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Recorded clusters, one of them with a job of an evil name, and one that does not answer."""
    folder = tmp_path_factory.mktemp("page")
    evil = Cluster.recorded("sick-2.3.0")
    evil.replace_text("slow-async", EVIL)
    with contextlib.ExitStack() as stack:
        recordings = [RECORDINGS / f"{name}.json.gz" for name in RECORDED]
        replay = stack.enter_context(
            subprocess.Popen([REPLAY_FLEET, "--targets", folder / "targets", *recordings], stdout=subprocess.DEVNULL)
        )
        stack.callback(replay.kill)
        urls = eventually("the fleet", lambda: (folder / "targets").read_text().split())
        clusters = dict(zip(RECORDED, urls, strict=True))
        clusters["evil-2.3.0"] = stack.enter_context(evil.serve()).url
        clusters["lost-2.3.0"] = f"http://127.0.0.1:{hostile.closed_port()}"
        start = stack.enter_context(daemons(folder))
        daemon = start(clusters)
        for name in clusters:
            daemon.look(name)
        yield daemon


def job_place(cluster: str, job: str) -> str:
    return f"clusters/{cluster}/jobs/{quote(job, safe='')}"


VIEWS = {
    "fleet": "",
    "cluster": "clusters/sick-1.20.5",
    "lost cluster": "clusters/lost-2.3.0",
    "job": job_place("sick-1.20.5", "slow-async"),
    "batch job": job_place("bare-1.20.5", "sql-join"),
    "findings": "findings",
    "alerts": "alerts",
    "finding": "findings/{finding}",
    "checks": "checks",
    "check": "checks/operator-uid-missing",
    "coverage": "coverage",
    "exceptions": "exceptions",
    "auditor": "auditor",
    "nothing": "no-such-view",
}


def place_of(view: str, fleet: Daemon) -> str:
    found = fleet.get("findings", check="operator-uid-missing", state="firing", limit=1)["findings"]
    return VIEWS[view].format(finding=found[0]["id"])


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "narrow-dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_view(fleet: Daemon, visit: Visit, view: str, size: tuple[int, int], scheme: str) -> None:
    visitor = visit(fleet.url, size, scheme)
    visitor.open(place_of(view, fleet))
    expect(visitor.page.locator("h1")).to_have_count(1)
    expect(visitor.page.locator("main")).to_have_count(1)
    visitor.fits()
    visitor.axe()


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "dark"), (NARROW, "light")], ids=["wide-dark", "narrow-light"])
@pytest.mark.parametrize("view", ["fleet", "job", "finding"])
def test_view_in_the_other_theme(fleet: Daemon, visit: Visit, view: str, size: tuple[int, int], scheme: str) -> None:
    visitor = visit(fleet.url, size, scheme)
    visitor.open(place_of(view, fleet))
    visitor.fits()
    visitor.axe()


@pytest.mark.parametrize("width", [360, 768, 1180, 2560])
def test_no_width_scrolls_sideways(fleet: Daemon, visit: Visit, width: int) -> None:
    visitor = visit(fleet.url, (width, 900))
    for view in ("fleet", "cluster", "job", "finding", "alerts", "auditor"):
        visitor.open(place_of(view, fleet))
        visitor.fits()


def test_the_fleet_comes_worst_first(fleet: Daemon, visit: Visit) -> None:
    page = visit(fleet.url).open("")
    names = page.locator(".row-c th a").all_inner_texts()
    assert len(names) == len(RECORDED) + 2
    health = {row["name"]: row["health"] for row in fleet.get("fleet")["clusters"]}
    order = {"red": 0, "unknown": 1, "amber": 2, "green": 3}
    assert [order[health[name]] for name in names] == sorted(order[health[name]] for name in names)
    lost = page.locator(".row-lost")
    expect(lost).to_contain_text("unreachable")
    assert "ok" not in lost.locator(".v span").all_inner_texts(), "unknown is not healthy"
    expect(page.locator(".kpis")).to_contain_text("1 unreachable")
    expect(page.locator(".feed li").first).to_be_visible()


def test_filters_live_in_the_address(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    page = visitor.open("")
    page.get_by_role("searchbox").fill("hot-key")
    rows = page.locator(".row-j th a")
    expect(rows).to_have_text(["hot-key", "hot-key"])
    assert "q=hot-key" in page.url
    page.reload()
    visitor.ready()
    expect(rows).to_have_text(["hot-key", "hot-key"])
    expect(page.get_by_role("searchbox")).to_have_value("hot-key")

    page.get_by_role("combobox", name="Severity").select_option("critical")
    page.get_by_role("combobox", name="Practice").select_option("recovery")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".row-c")).to_have_count(len(RECORDED) + 2)
    assert "q=" not in page.url

    page.get_by_role("button", name="Worst first").click()
    assert page.locator(".row-c th a").all_inner_texts() == sorted([*RECORDED, "evil-2.3.0", "lost-2.3.0"])


def test_only_what_changed_is_shown(fleet: Daemon, visit: Visit) -> None:
    """The filter is in the address, and shows what the API tells of the last day: here all that was looked at."""
    subjects = {row["cluster"]: row for row in fleet.get("changes/subjects")["clusters"]}
    visitor = visit(fleet.url)
    page = visitor.open("")
    page.get_by_role("link", name="Only what changed").click()
    button = page.get_by_role("button", name="Changed in 24 h")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".row-c th a")).to_have_count(len(subjects))
    assert set(page.locator(".row-c th a").all_inner_texts()) == set(subjects)
    assert "changed=24h" in page.url
    page.reload()
    visitor.ready()
    expect(button).to_have_attribute("aria-pressed", "true")
    name, changed = next((name, row["jobs"]) for name, row in subjects.items() if len(row["jobs"]) > 1)
    page.get_by_role("searchbox").fill(name)
    toggle = page.get_by_role("button", name=f"Jobs of {name}")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    shown = page.locator(".row-j th a")
    assert set(shown.all_inner_texts()) <= set(changed)
    visitor.axe()
    page.get_by_role("searchbox").fill("no such cluster")
    expect(page.locator(".no-match")).to_contain_text("with a change in the last 24 h")
    page.get_by_role("button", name="Clear filters").click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert "changed" not in page.url


def test_a_large_fleet_comes_in_pages(tmp_path: Path, visit: Visit) -> None:
    with daemons(tmp_path) as start:
        nobody = f"http://127.0.0.1:{hostile.closed_port()}"
        daemon = start({f"cluster-{number:03}": f"{nobody}/{number}" for number in range(130)})
        page = visit(daemon.url).open("")
        rows = page.locator(".row-c")
        expect(rows).to_have_count(50)
        page.get_by_role("searchbox").fill("cluster-12")
        expect(rows).to_have_count(10)
        page.get_by_role("searchbox").fill("")
        page.get_by_role("button", name="Show more").click()
        expect(rows).to_have_count(130)


def test_findings_are_filtered(fleet: Daemon, visit: Visit) -> None:
    page = visit(fleet.url).open("findings?cluster=sick-1.20.5&severity=critical")
    expected = len(fleet.findings(cluster="sick-1.20.5", severity="critical"))
    expect(page.locator(".list > li")).to_have_count(expected)
    page.get_by_role("combobox", name="State").select_option("resolved")
    expect(page.get_by_role("heading", name="No finding")).to_be_visible()


def test_the_keyboard_goes_everywhere(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    page = visitor.open("")
    expect(page.get_by_role("searchbox")).to_be_visible()  # or "/" would go nowhere
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("sick-1")
    turn = page.get_by_role("button", name="Jobs of sick-1.20.5")
    turn.focus()
    opened = turn.get_attribute("aria-expanded")
    page.keyboard.press("Enter")
    expect(turn).to_have_attribute("aria-expanded", "false" if opened == "true" else "true")
    if opened == "true":
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    job = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(job)
    expect(page.locator("h1")).to_be_focused()
    visitor.ready()
    finding = page.locator(".finding:not([open]) > summary").first
    finding.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Evidence").first).to_be_visible()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Fleet")


def test_a_job_shows_what_it_is_made_of(fleet: Daemon, visit: Visit) -> None:
    page = visit(fleet.url).open(VIEWS["job"])
    graph = page.locator("svg.graph:visible")
    expect(graph).to_contain_text("Source: numbers")
    expect(graph).to_contain_text("HASH")
    expect(graph).to_contain_text("automatic")
    chart = page.locator("svg.chart:visible")
    expect(chart).to_contain_text("interval 5 s")
    assert chart.locator(".ph-async").count() >= 1
    says = page.locator("#checkpoints-say").inner_text()
    shown = len(fleet.timeline(fleet.jobs(cluster="sick-1.20.5", name="slow-async")[0]["id"])["checkpoints"])
    assert says.replace("\u00a0", " ").startswith(f"{shown} checkpoints")
    page.get_by_text("Show every checkpoint as table").click()
    expect(page.get_by_role("group", name="Checkpoints", exact=True).locator("tbody tr")).to_have_count(shown)
    page.locator(".finding > summary", has_text="operator-uid-missing").first.click()
    expect(page.locator(".codebox:visible", has_text="setUidHash").first).to_be_visible()
    expect(page.locator(".tl-row").first).to_be_visible()


def test_a_finding_shows_how_its_value_went(fleet: Daemon, visit: Visit) -> None:
    """Of the state's size as of each checkpoint; of what no value is kept, when the check failed."""
    visitor = visit(fleet.url)
    job = fleet.jobs(cluster="sick-1.20.5", name="heap-grows")[0]["id"]
    sizes = [row["state_bytes"] for row in fleet.timeline(job)["checkpoints"] if row["status"] == "COMPLETED"]
    growing = fleet.get("findings", check="state-growing", job=job)["findings"][0]
    page = visitor.open(f"findings/{growing['id']}")
    card = page.get_by_role("region", name="Trend", exact=True)
    expect(card).to_contain_text("size of the state in each checkpoint")
    expect(card.locator("svg.chart:visible rect.ph-whole")).to_have_count(len(sizes))
    expect(card.locator(".say")).to_contain_text(f"{len(sizes)}\u00a0checkpoints")
    card.get_by_text("Show as table").click()
    expect(card.locator("tbody tr")).to_have_count(len(sizes))
    visitor.axe()

    skewed = fleet.get("findings", check="data-skew", cluster="sick-1.20.5")["findings"][0]
    card = visitor.open(f"findings/{skewed['id']}").get_by_role("region", name="Trend", exact=True)
    expect(card).to_contain_text("It failed for")
    expect(card.get_by_role("img", name="data-skew: fails")).to_be_visible()
    visitor.axe()


def test_a_job_says_what_its_checkpoints_wait_for(fleet: Daemon, visit: Visit) -> None:
    """The same as the API tells, which sums up what `audit-now checkpoints` shows."""
    job = fleet.jobs(cluster="sick-1.20.5", name="slow-async")[0]["id"]
    summary = fleet.get(f"jobs/{job}/checkpoints")["summary"]
    assert fleet.timeline(job)["checkpoint_summary"] == summary
    card = visit(fleet.url).open(VIEWS["job"]).get_by_role("region", name="What checkpoints wait for")
    expect(card.locator(".say")).to_contain_text(f"went into the {summary['phase']}")
    expect(card.locator("dd").first).to_contain_text(summary["vertex_name"])
    expect(card.get_by_role("img")).to_be_visible()
    card.locator("summary").click()
    expect(card.locator("tbody tr")).to_have_count(summary["checkpoints"])
    expect(card.locator("tbody tr").first).to_contain_text(f"of {summary['vertex_name']}")


def test_another_parallelism_is_shown(fleet: Daemon, visit: Visit, audit_now: Run) -> None:
    """The same as `audit-now what-if` says, also of a max parallelism that the job does not have."""
    visitor = visit(fleet.url)
    page = visitor.open(VIEWS["job"])
    card = page.locator("section.card", has_text="Another parallelism")
    card.get_by_text("Show key groups per subtask").click()
    card.get_by_role("spinbutton", name="Max parallelism").fill("100")
    expect(card.get_by_role("heading", name="Max parallelism 100, proposed")).to_be_visible()
    url = fleet.cluster("sick-1.20.5")["url"]
    told = audit_now("what-if", url, "--job", "slow-async", "--max-parallelism", "100", "--format", "json").report
    shown = told["groups"][0]
    rows = [row for row in shown["choices"] if row["even"] or row["pays"] or row["now"]]
    table = card.get_by_role("group", name=f"Max parallelism {shown['max_parallelism']}", exact=True)
    expect(table.locator("tbody tr")).to_have_count(len(rows))
    expect(table.locator("tbody tr").nth(2)).to_contain_text("42 to 43")
    expect(card).to_contain_text("starts without its state")
    visitor.axe()


def test_one_cause_of_failures_is_one_entry(fleet: Daemon, visit: Visit) -> None:
    known = fleet.get("exceptions")
    page = visit(fleet.url).open("exceptions")
    entries = page.locator("main .list > li")
    assert known["causes"] >= 1
    expect(entries).to_have_count(known["causes"])
    everywhere = max(known["exceptions"], key=lambda cause: len(cause["jobs"]))
    entry = entries.filter(has_text=everywhere["title"]).first
    expect(entry.locator(".tags a")).to_have_count(2 * len(everywhere["jobs"]))
    entry.get_by_text("Stack trace of the latest").click()
    expect(entry.locator("pre")).to_contain_text("at ")


def test_a_snippet_is_copied(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url, permissions=["clipboard-read", "clipboard-write"])
    page = visitor.open(VIEWS["job"])
    box = page.locator(".codebox:visible").first
    box.get_by_role("button", name="Copy").click()
    expect(box.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == box.locator("code").inner_text()


def test_an_evil_name_is_only_a_text(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    page = visitor.open("?q=onerror")
    page.get_by_role("link", name=EVIL).click()
    expect(page.locator("h1")).to_have_text(EVIL)
    visitor.ready()
    expect(page.locator("svg.graph:visible")).to_be_visible()
    assert page.locator("img").count() == 0
    assert page.title() == f"{EVIL} · Flink Auditor"


def test_what_did_not_change_is_not_sent_again(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    page = visitor.open("checks")
    page.get_by_role("link", name="Auditor").nth(1).click()
    visitor.ready()
    with page.expect_response(lambda response: response.url.endswith("/api/v1/checks")) as response:
        page.get_by_role("link", name="Checks").click()
    assert response.value.status == 304
    expect(page.locator(".list li").first).to_be_visible()


def test_the_theme_follows_the_system_until_it_is_chosen(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url, scheme="dark")
    page = visitor.open("")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate(ground) != dark
    page.reload()
    visitor.ready()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_flinks_own_page_is_linked_on_request(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    page = visitor.open(VIEWS["job"])
    link = page.get_by_role("link", name="Flink UI")
    expect(link).to_have_count(0)
    visitor.open("auditor").get_by_role("checkbox").check()
    visitor.open(VIEWS["job"])
    url = fleet.cluster("sick-1.20.5")["url"].rstrip("/")
    job = fleet.jobs(cluster="sick-1.20.5", name="slow-async")[0]["flink_job_id"]
    expect(link).to_have_attribute("href", f"{url}/#/job/running/{job}/overview")


def test_a_finding_is_waived(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    visitor.expected = re.compile("401")
    finding = fleet.get("findings", cluster="ready-2.3.0", state="firing", limit=1)["findings"][0]
    page = visitor.open(f"findings/{finding['id']}")
    expect(page.locator(".codebox", has_text="waivers:")).to_contain_text(finding["check"])
    page.get_by_label("Reason").fill("a lab")
    page.get_by_label("Owner").fill("platform")
    page.get_by_role("button", name="Waive finding").click()
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("Waived; it shows with the cluster's next look.")).to_be_visible()
    waiver = fleet.get("waivers")["waivers"][-1]
    assert (waiver["check"], waiver["cluster"], waiver["reason"]) == (finding["check"], "ready-2.3.0", "a lab")
    fleet.look("ready-2.3.0")
    page.reload()
    visitor.ready()
    expect(page.locator(".lineup")).to_contain_text("waived")
    fleet.ask("DELETE", f"/api/v1/waivers/{waiver['id']}").expect(204)


def test_alerts_teach_how_they_are_set_up(fleet: Daemon, visit: Visit) -> None:
    page = visit(fleet.url).open("alerts")
    expect(page.locator("main .codebox")).to_contain_text("alerting:")
    expect(page.locator("main .codebox")).to_contain_text(f'external_url: "{fleet.url}"')
    silences = page.get_by_role("region", name="Silences")
    expect(silences).to_contain_text("None.")
    expect(page.get_by_role("region", name="Receivers")).to_contain_text("alerting.receivers")
    expect(page.get_by_role("region", name="Notifications")).to_contain_text("Nothing was told yet.")
    link = page.get_by_role("navigation", name="Views").get_by_role("link", name="Alerts")
    expect(link).to_have_attribute("aria-current", "page")


def test_a_silence_is_a_form_for_the_keyboard(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    page = visitor.open("alerts")
    button = page.get_by_role("button", name="New silence")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_label("Alerts that it is about")).to_be_focused()
    visitor.axe()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Silence", exact=True)).to_have_count(0)
    expect(button).to_be_focused()


def test_a_finding_says_why_it_is_no_alert(fleet: Daemon, visit: Visit) -> None:
    page = visit(fleet.url).open(place_of("finding", fleet))
    expect(page.get_by_role("region", name="Alert", exact=True)).to_contain_text("how the job or cluster is set up")


def test_a_token_opens_what_is_protected(tmp_path: Path, visit: Visit) -> None:
    with daemons(tmp_path) as start:
        daemon = start({}, web={"protect_reads": True})
        visitor = visit(daemon.url)
        visitor.expected = re.compile("401")
        page = visitor.open("")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Use it").click()
        expect(page.get_by_role("heading", name="No clusters yet")).to_be_visible()
        expect(page.locator(".codebox")).to_contain_text("clusters:")
        visitor.axe()


def test_a_daemon_that_is_gone_leaves_what_it_said(tmp_path: Path, visit: Visit) -> None:
    with Cluster.recorded("ready-1.20.5").serve() as cluster, daemons(tmp_path) as start:
        daemon = start({"ready": cluster.url})
        daemon.look("ready")
        visitor = visit(daemon.url)
        visitor.expected = re.compile("Failed to load resource")
        page = visitor.open("")
        expect(page.locator(".row-c")).to_have_count(1)
        daemon.kill()
        expect(page.get_by_role("alert")).to_contain_text("The daemon does not answer since", timeout=15_000)
        expect(page.get_by_role("alert")).to_contain_text("systemctl status flink-auditd")
        expect(page.locator(".row-c")).to_have_count(1)
        visitor.axe()


def test_the_report_opens_without_a_server(fleet: Daemon, visit: Visit, tmp_path: Path) -> None:
    visitor = visit(fleet.url)
    page = visitor.open("clusters/evil-2.3.0")
    with page.expect_download() as download:
        page.get_by_role("link", name="Report").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)
    reader = visit("file:", offline=True)
    reader.page.goto(file.as_uri())
    expect(reader.page.locator("h1")).to_have_text("evil-2.3.0")
    expect(reader.page.locator(".row-j").first).to_be_visible()
    reader.axe()
    reader.page.get_by_role("link", name=EVIL).first.click()
    expect(reader.page.locator("h1")).to_have_text(EVIL)
    reader.axe()
    assert reader.page.locator("img").count() == 0


def test_audit_now_writes_the_same_report(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    outcome = execute(RECORDINGS / "sick-1.20.5.json.gz", "--format", "html", "-o", file, "--fail-on", "never")
    assert (outcome.code, outcome.stdout) == (0, "")
    report = execute(RECORDINGS / "sick-1.20.5.json.gz", "--format", "json", "--fail-on", "never").report
    reader = visit("file:", NARROW, "dark", offline=True)
    reader.page.goto(file.as_uri())
    expect(reader.page.locator(".row-j")).to_have_count(len(report["jobs"]))
    reader.fits()
    assert json.loads(reader.page.locator("#report").text_content()) == report
    reader.page.get_by_role("link", name="slow-async").first.click()
    expect(reader.page.locator("svg.graph:visible")).to_contain_text("Source: numbers")
    seen = json.loads(reader.page.locator("#drawings").text_content())
    job = next(row["id"] for row in report["jobs"] if row["name"] == "slow-async")
    expect(reader.page.locator("svg.chart:visible rect.catch")).to_have_count(len(seen[job]["checkpoints"]))
    expect(reader.page.locator("svg.chart:visible")).not_to_contain_text("Restarts")
    waits = reader.page.get_by_role("region", name="What checkpoints wait for")
    expect(waits).to_contain_text("went into the asynchronous part")
    reader.fits()
    reader.axe()
    policy = reader.page.locator("meta[http-equiv]").get_attribute("content")
    assert "unsafe" not in policy
    assert "script-src 'sha256-" in policy


def test_the_page_is_strict_with_itself(fleet: Daemon, visit: Visit) -> None:
    visitor = visit(fleet.url)
    with visitor.page.expect_response(f"{fleet.url}/") as response:
        visitor.open("")
    policy = response.value.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert visitor.page.locator("html").get_attribute("lang") == "en"
    assert visitor.page.evaluate("document.compatMode") == "CSS1Compat"
