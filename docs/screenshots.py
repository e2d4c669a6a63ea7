"""The pictures of the README and the guides, taken from the demo county by ``make docs``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import screenshots_field
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs/guide"
PORT, PASSWORD = "8931", "Guide-2931-pictures"
ADDRESS = f"http://127.0.0.1:{PORT}"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    """Load the demo county into a scratch folder, serve it, photograph it, stop."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TRACE_INSTANCE": folder, "TRACE_DEMO_PASSWORD": PASSWORD, "PORT": PORT}
        for words in (["db", "upgrade"], ["demo", "load"]):
            subprocess.run(
                [sys.executable, "-m", "flask", "--app", "wsgi", *words], cwd=ROOT, env=environment, check=True
            )
        server = subprocess.Popen([sys.executable, "-m", "trace.serve"], cwd=ROOT, env=environment)
        try:
            time.sleep(6)
            photograph()
        finally:
            server.terminate()
            server.wait(20)


def photograph() -> None:
    """One picture per page of the tour."""
    run = next(item for item in ask("plant", "label-runs?limit=100") if item["sample_code"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        office = enter(browser.new_page(viewport={"width": 1366, "height": 900}), "office")
        for name, path in (
            ("desk", "/desk"),
            ("progress", "/targets?period=2026Q3"),
            ("board", "/targets/board"),
            ("forecast", "/targets/forecast"),
            ("statements", "/targets/statements"),
            ("trace", f"/lots/{run['lot']}/trace"),
            ("funds", "/funds"),
            ("map", "/plots/map"),
            ("parties", "/parties?status=large_grower"),
            ("expiring", "/parties/expiring?days=90"),
            ("village-merge", "/parties/villages"),
        ):
            office.goto(ADDRESS + path)
            office.wait_for_timeout(800)
            office.screenshot(path=OUT / f"{name}.png", full_page=name == "trace")
        lighten(OUT / "trace.png")
        details(browser, office)
        phone = browser.new_page(viewport={"width": 390, "height": 844})
        phone.goto(f"{ADDRESS}/t/{run['sample_code']}")
        phone.screenshot(path=OUT / "scan.png")
        screenshots_field.photograph(browser, ADDRESS, PASSWORD, OUT)
        browser.close()


def details(browser: Browser, office: Page) -> None:
    """Pages of one thing: a plot, a case, a nursery lot, its dispatch, an import with mistakes."""
    office.set_viewport_size({"width": 1366, "height": 1000})
    party = follow(office, "/parties?status=large_grower", "main table a[href*='/parties/P']")
    shoot(office, party, "party")
    shoot(office, f"{party}/reveal", "party-number")
    case = follow(office, "/plots/cases", "main table a[href*='/cases/']")
    shoot(office, case, "case")
    shoot(office, follow(office, "/plots/gardens", "main table a[href*='/gardens/']"), "garden")
    shoot(
        office,
        follow(office, "/plots/gardens", "main table a[href*='/gardens/']", "main table a[href*='/plots/4']"),
        "plot",
    )
    clerk = enter(browser.new_page(viewport={"width": 1366, "height": 1000}), "nursery")
    lot = follow(clerk, "/nursery", "main a:text-is('N25-0001')")
    shoot(clerk, lot, "nursery-lot")
    shoot(clerk, follow(clerk, lot, "main a[href*='/nursery/dispatches/']"), "dispatch")
    clerk.context.close()
    township = enter(browser.new_page(viewport={"width": 1366, "height": 1000}), "township-430422122")
    township.goto(f"{ADDRESS}/imports")
    township.check("[name=kind][value=parties]")
    rows = "姓名,乡镇,村,身份证号\n王某甲,松江镇,凉市村,430422199001010018\n李某乙,,九龙村,4.30422E+17\n张某丙,松江镇,凉市村,430422198502291239\n"
    township.set_input_files("[name=file]", {"name": "农户.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    township.click("main form[enctype] button")
    township.wait_for_load_state()
    township.screenshot(path=OUT / "import.png")
    township.context.close()


def lighten(path: Path) -> None:
    """Fewer colours for a long page, so that the picture stays small."""
    with Image.open(path) as picture:
        light = picture.convert("RGB").quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    light.save(path, optimize=True)


def follow(page: Page, path: str, *links: str) -> str:
    """Where the first such link leads, one after another."""
    for link in links:
        page.goto(ADDRESS + path)
        path = page.locator(link).first.get_attribute("href") or ""
    return path


def shoot(page: Page, path: str, name: str) -> None:
    """A picture of the first screen of a page."""
    page.goto(ADDRESS + path)
    page.wait_for_timeout(800)
    page.screenshot(path=OUT / f"{name}.png")


def enter(page: Page, username: str) -> Page:
    """Sign in."""
    page.goto(f"{ADDRESS}/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/desk")
    return page


def ask(username: str, path: str) -> list[dict]:
    """A list from the JSON interface."""
    body = json.dumps({"username": username, "password": PASSWORD}).encode()
    request = urllib.request.Request(f"{ADDRESS}/api/v1/tokens", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        token = json.load(answer)["token"]
    request = urllib.request.Request(f"{ADDRESS}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["items"]


if __name__ == "__main__":
    main()
