"""A browser for tests of the page: tabs that hold every complaint against it."""

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest
from conftest import ROOT
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

AXE = ROOT / "web" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = (1440, 900), (360, 780)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


class Visitor:
    """A browser's tab. What it complains about, and what it asks others for, fails the test."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.expected: re.Pattern[str] | None = None
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._on_request)

    def _on_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _on_request(self, request) -> None:
        if not request.url.startswith((self.url, "data:", "file:", "blob:")):
            self.complaints.append(f"asked another: {request.url}")

    def open(self, place: str) -> Page:
        self.page.goto(f"{self.url}/#/{place}")
        self.ready()
        return self.page

    def ready(self) -> None:
        """When what the view asks for is there."""
        expect(self.page.locator("h1")).to_be_visible()
        expect(self.page.locator("[aria-busy]")).to_have_count(0)

    def axe(self) -> None:
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "axe.run({rules: {'target-size': {enabled: true}}}).then((result) => result.violations)"
        )
        told = [f"{rule['id']}: {rule['nodes'][0]['html'][:200]} ({len(rule['nodes'])})" for rule in found]
        assert told == []

    def fits(self) -> None:
        """The page itself never scrolls sideways."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def check(self) -> None:
        unexpected = [text for text in self.complaints if not (self.expected and self.expected.search(text))]
        assert unexpected == []


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens tabs: `visit(url, size=NARROW, scheme="dark")`."""
    with contextlib.ExitStack() as stack:
        visitors: list[Visitor] = []

        def make(url: str, size: tuple[int, int] = WIDE, scheme: str = "light", **more) -> Visitor:
            viewport = {"width": size[0], "height": size[1]}
            context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce", **more)
            stack.callback(context.close)
            visitors.append(Visitor(context, url))
            return visitors[-1]

        yield make
        for visitor in visitors:
            visitor.check()
