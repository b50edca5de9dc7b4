"""Alerts on the page: one of a cluster that is lost, told to a receiver, and those that were there at first sight."""

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from browsing import NARROW, WIDE, Visit, Visitor
from playwright.sync_api import Page, expect
from receivers import Answer, Receiver
from replay import Cluster

from daemon import TOKEN, Daemon, daemons, eventually

pytest_plugins = ["browsing"]

CHECKS = {"cluster-unreachable": {"for": "0s", "keep_firing_for": "0s"}}
SILENCES = "/api/v1/silences"


@dataclass
class World:
    daemon: Daemon
    receiver: Receiver
    refuses: threading.Event  # while it is set, the receiver answers 400

    def alerts(self, **query: Any) -> list[dict[str, Any]]:
        return self.daemon.get("alerts", **query)["alerts"]

    @property
    def lost(self) -> dict[str, Any]:
        return self.alerts(check="cluster-unreachable")[0]

    def end_silences(self) -> None:
        for silence in self.daemon.get("silences", state=["active", "pending"])["silences"]:
            self.daemon.ask("DELETE", f"{SILENCES}/{silence['id']}").expect(204)
        eventually("no silence", lambda: not self.daemon.get("silences", state="active")["silences"])


def alerting(url: str) -> dict[str, Any]:
    return {
        "receivers": [{"name": "ops", "kind": "webhook", "url": url}],
        "route": {"receiver": "ops", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"},
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    refuses = threading.Event()
    with contextlib.ExitStack() as stack:
        receiver = stack.enter_context(Receiver(lambda _: Answer(400 if refuses.is_set() else 200)))
        sick = stack.enter_context(Cluster.recorded("sick-1.20.5").serve())
        start = stack.enter_context(daemons(tmp_path_factory.mktemp("alerts-page")))
        with Cluster.recorded("ready-1.20.5").serve() as orders:
            daemon = start({"orders": orders.url, "sick": sick.url}, checks=CHECKS, alerting=alerting(receiver.url))
            for name in ("orders", "sick"):
                daemon.look(name)
        daemon.look("orders")  # nobody serves it any more
        world = World(daemon, receiver, refuses)
        eventually("the alert", lambda: world.alerts(check="cluster-unreachable", state="firing"))
        receiver.wait_for(lambda posts: any(b"cluster-unreachable" in post.body for post in posts))
        yield world


@pytest.fixture
def visitor(world: World, visit: Visit) -> Visitor:
    return ready_for(visit(world.daemon.url))


def ready_for(visitor: Visitor) -> Visitor:
    """With the token, as somebody who gave it before."""
    visitor.page.add_init_script(f"sessionStorage.setItem('flink-auditor-token', '{TOKEN}')")
    return visitor


def card(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")])
def test_alerts_in_each_theme(world: World, visit: Visit, size: tuple[int, int], scheme: str) -> None:
    visitor = visit(world.daemon.url, size, scheme)
    page = visitor.open("alerts")
    expect(card(page, "Firing")).to_contain_text("cluster-unreachable")
    visitor.fits()
    visitor.axe()
    page.get_by_role("button", name="Silence cluster-unreachable").click()
    visitor.fits()
    visitor.axe()


@pytest.mark.parametrize("width", [360, 768, 1180, 2560])
def test_no_width_scrolls_sideways(world: World, visit: Visit, width: int) -> None:
    visitor = visit(world.daemon.url, (width, 900))
    visitor.open("alerts")
    visitor.fits()


def test_what_fires_is_counted_and_grouped(world: World, visitor: Visitor) -> None:
    page = visitor.open("alerts")
    counts = world.daemon.get("alerts")["counts"]
    nav = page.get_by_role("navigation", name="Views").get_by_role("link", name="Alerts")
    expect(nav.locator("small")).to_have_text(re.compile(rf"{counts['firing']}\s+firing"))
    place = card(page, "Firing").get_by_role("group", name="orders", exact=True)
    expect(place).to_contain_text("Told to ops.")
    place.get_by_role("link", name=re.compile("cannot be seen")).click()
    expect(page).to_have_url(re.compile(f"#/findings/{world.lost['finding']}$"))
    visitor.ready()
    expect(card(page, "Alert")).to_contain_text("Told to ops.")


def test_what_was_ill_at_first_sight_is_muted(world: World, visitor: Visitor) -> None:
    muted = world.alerts(cluster="sick", state="muted")
    if not muted:
        pytest.skip("all that is found at first sight is critical")
    page = visitor.open("alerts")
    place = card(page, "Muted").get_by_role("group", name="sick", exact=True)
    expect(place).to_contain_text("recorded, not told")


def test_an_alert_is_silenced_and_told_again(world: World, visitor: Visitor) -> None:
    page = visitor.open("alerts")
    button = page.get_by_role("button", name="Silence cluster-unreachable")
    button.focus()
    page.keyboard.press("Enter")
    form = page.get_by_role("group", name="Silence", exact=True)
    expect(form.get_by_label("Alerts that it is about")).to_have_value('cluster="orders"\ncheck="cluster-unreachable"')
    expect(form.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("a move <img src=x>")
    form.get_by_label("Author").fill("ann")
    form.get_by_label("How long").select_option("4h")
    form.get_by_label("How long").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    said = page.locator("main > [role=status]")
    expect(said).to_contain_text("Silenced")
    expect(said).to_be_focused()
    expect(card(page, "Muted").get_by_role("group", name="orders", exact=True)).to_contain_text(
        "Silenced by ann: a move <img"
    )
    assert page.locator("img").count() == 0
    visitor.axe()
    silence = world.daemon.get("silences", state="active")["silences"][0]
    assert (silence["author"], silence["matches"]) == ("ann", 1)
    assert world.lost["muted_by"] == f"silence {silence['id']}"

    visitor.open(f"findings/{world.lost['finding']}")
    expect(card(page, "Alert")).to_contain_text("Not told now; else to ops.")
    expect(card(page, "Alert")).to_contain_text("Silenced by ann")

    visitor.open("alerts")
    page.get_by_role("button", name="End the silence of ann").click()
    expect(card(page, "Firing").get_by_role("group", name="orders", exact=True)).to_be_visible()
    expect(card(page, "Silences")).to_contain_text("ended within 5 days")
    assert world.lost["state"] == "firing"


def test_a_mistake_in_a_silence_is_told(world: World, visitor: Visitor) -> None:
    visitor.expected = re.compile("400")
    page = visitor.open("alerts")
    page.get_by_role("button", name="New silence").click()
    form = page.get_by_role("group", name="Silence", exact=True)
    form.get_by_label("Alerts that it is about").fill('cluster=~".*"')
    form.get_by_label("Reason").fill("all")
    form.get_by_label("Author").fill("ann")
    form.get_by_role("button", name="Silence").click()
    expect(form.get_by_role("status")).to_contain_text("at least one with a value")
    assert world.daemon.get("silences", state="active")["silences"] == []


def test_the_token_is_asked_for(world: World, visit: Visit) -> None:
    visitor = visit(world.daemon.url)
    visitor.expected = re.compile("401")
    page = visitor.open("alerts")
    page.get_by_role("button", name="New silence").click()
    form = page.get_by_role("group", name="Silence", exact=True)
    form.get_by_label("Alerts that it is about").fill('team="nobody"')
    form.get_by_label("Reason").fill("r")
    form.get_by_label("Author").fill("ann")
    form.get_by_role("button", name="Silence").click()
    form.get_by_label("Token").fill(TOKEN)
    form.get_by_role("button", name="Use it").click()
    expect(card(page, "Silences")).to_contain_text("fits no alert now")
    world.end_silences()


def test_a_dead_letter_is_sent_again(world: World, visitor: Visitor) -> None:
    """The receiver refuses the end of the alert; then it takes it."""
    world.refuses.set()
    with Cluster.recorded("ready-1.20.5").serve() as orders:
        world.daemon.config["clusters"][0]["url"] = orders.url
        world.daemon.reload().expect(200)
        eventually("the cluster's return", lambda: world.daemon.look("orders")["state"] == "up")
        eventually("a dead letter", lambda: world.daemon.get("notifications", state="dead")["notifications"], 30)
        page = visitor.open("alerts")
        notifications = card(page, "Notifications")
        expect(notifications.locator("li").first).to_contain_text("dead")
        expect(notifications.locator("li").first).to_contain_text("400")
        visitor.axe()
        refused = len(world.receiver.posts)
        world.refuses.clear()
        dead = world.daemon.get("notifications", state="dead")["notifications"]
        notifications.get_by_role("button", name="Send again").first.click()
        expect(notifications).to_contain_text("It is sent again.")
        world.receiver.wait_for(
            lambda posts: {post.webhook_id for post in posts[refused:]} & {one["id"] for one in dead}
        )
    metric = 'flink_auditor_notifications_total{receiver="ops",outcome="dead"}'
    eventually("the dead letter counted", lambda: world.daemon.metric(metric) >= 1)
