"""The pictures of the field app for its guide, and the same screens dark and large for the eye; ``make docs`` runs it through screenshots.py."""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PLACE = {"latitude": 26.7, "longitude": 112.6, "accuracy": 8}
SAVE = """async (list) => { const ops = await import('/static/field/ops.js'); const {countyDay} = await import('/static/field/canonical.js');
    return ops.saveOperations(list.map(({kind, body}) => ({kind, body: {on: countyDay(), ...body}}))); }"""
SYNC = """async () => { const engine = await import('/static/field/engine.js'); while (engine.status.running) await new Promise((r) => setTimeout(r, 50));
    await engine.syncNow({force: true}); while (engine.status.running) await new Promise((r) => setTimeout(r, 50)); }"""
SPRAYED = {
    "activity": "spray", "dose": "45", "dose_unit": "克/亩", "area": "2", "method": "spray", "operator": "李四", "weather": "clear", "dealer": "县农资店",
}  # fmt: skip


class Tour:
    """One phone walking through the app; pictures go to a folder."""

    def __init__(self, browser: Browser, address: str, password: str, out: Path) -> None:
        """A new phone of 390 × 844."""
        self.address, self.password, self.out = address, password, out
        self.context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", timezone_id="Asia/Shanghai", permissions=["geolocation"], geolocation=PLACE
        )  # fmt: skip
        self.page: Page = self.context.new_page()
        self.suffix, self.whole = "", False

    def shoot(self, name: str) -> None:
        """Keep the screen as a picture."""
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=self.out / f"field-{name}{self.suffix}.png")

    def show(self, path: str) -> None:
        """Go to a screen."""
        self.page.goto(f"{self.address}/field/app#/{path}")
        self.page.wait_for_timeout(400)

    def enrol(self, username: str = "coop") -> None:
        """Sign in, as the clerk of the first cooperative unless told otherwise, and choose a PIN."""
        self.page.goto(f"{self.address}/field/app")
        self.page.fill("#username", username)
        self.page.fill("#password", self.password)
        self.page.locator("footer .primary").click()
        for title in ("设一个 6 位口令", "再输一次"):
            self.page.get_by_text(title).wait_for()
            for digit in "280417":
                self.page.locator(".key", has_text=digit).first.click()
        self.page.locator(".tiles").wait_for()
        self.page.wait_for_timeout(1500)

    def fill_the_queue(self) -> str:
        """Records in every state; returns the id of the conflict."""
        pack = self.page.evaluate("async () => (await import('/static/field/pack.js')).pack()")
        plots = [plot["code"] for plot in pack["plots"]]
        scouted = {"activity": "scout", "plot": plots[0], "pest": "炭疽病", "severity": "light", "note": "东边几株"}
        (seen,) = self.page.evaluate(SAVE, [{"kind": "activity.record", "body": scouted}])
        self.page.evaluate(SYNC)
        code = self.page.evaluate(
            "async (id) => { const ops = await import('/static/field/ops.js'); const store = await import('/static/field/store.js'); return (await ops.receiptOf(await store.get('ops', id))).record.code; }", seen
        )  # fmt: skip
        token = call(self.address, "tokens", {"username": "coop", "password": self.password})["token"]
        changed = {"base": 1, "reason": "复查", "severity": "heavy", "note": "东边、北边"}
        call(self.address, f"activities/{code}/corrections", changed, token)
        self.page.evaluate(
            "async ([id]) => (await import('/static/field/ops.js')).saveOperation('activity.correct', {record: id, reason: '看错了', severity: 'medium'}, {base: 1})", [seen]
        )  # fmt: skip
        old = {"plot": plots[1], "part": "fruit", "on": "2026-01-02", "quantity": "90", "unit": "公斤"}
        tended = {"activity": "tend", "plot": plots[2], "work": "prune"}
        self.page.evaluate(SAVE, [{"kind": "harvest.record", "body": old}, {"kind": "activity.record", "body": tended}])
        self.page.evaluate(SYNC)
        self.context.set_offline(True)
        picked = {"plot": plots[0], "part": "fruit", "quantity": "420.5", "unit": "公斤"}
        sprayed = {
            **SPRAYED,
            "plot": plots[3],
            "reg_no": pack["pesticides"][0]["reg_no"],
            "product": pack["pesticides"][0]["name"],
            "pest": "蚜虫",
        }
        self.page.evaluate(
            SAVE, [{"kind": "harvest.record", "body": picked}, {"kind": "activity.record", "body": sprayed}]
        )
        return self.page.evaluate(
            "async () => { const store = await import('/static/field/store.js'); return (await store.all('ops')).find((row) => row.state === 'conflict')?.id ?? ''; }"
        )  # fmt: skip

    def take(self, conflict: str) -> None:
        """Every picture once, in the present look."""
        self.show("home")
        self.shoot("home")
        self.show("queue")
        self.shoot("queue")
        self.context.set_offline(False)
        self.show(f"conflict/{conflict}")
        self.shoot("conflict")
        self.context.set_offline(True)
        self.harvest()
        self.spray()

    def begin(self, tile: str) -> None:
        """Open a form and answer the plot."""
        self.show("home")
        self.page.locator(f".tile.{tile}").click()
        self.page.locator("dialog .primary, .choice").first.wait_for()
        if self.page.locator("dialog .primary").count():
            self.page.locator("dialog .primary").click()
        self.page.locator(".choice").first.click()

    def harvest(self) -> None:
        """The scales and the check page of a harvest."""
        self.begin("harvest")
        self.page.locator(".choice", has_text="鲜果").click()
        self.page.locator(".choice", has_text="今天").click()
        for gross, tare in (("62.5", "2.5"), ("58", "2.5")):
            self.page.fill("#gross", gross)
            self.page.fill("#tare", tare)
            if gross == "62.5":
                self.page.get_by_text("再称一筐").click()
        self.shoot("harvest")
        self.page.locator("footer .primary").click()
        for _ in range(4):
            self.page.locator("footer .btn", has_text="跳过").click()
        if self.whole:
            self.shoot("harvest-check")

    def spray(self) -> None:
        """The product of a spray, to scan, type or choose."""
        self.begin("spray")
        self.page.get_by_text("用的什么药").wait_for()
        self.shoot("spray")

    def give(self) -> str:
        """An offer of a fifth of a ton to the plant, on the screen; returns the file of it."""
        self.show("give/lot")
        self.page.locator(".choice").first.click()
        self.page.fill("#number", "200")
        self.page.locator("footer .primary").click()
        self.page.locator(".choice", has_text="不指定").click()
        self.page.locator(".choice", has_text="2 小时").first.click()
        self.page.locator("footer .primary").click()
        self.page.locator(".qr").wait_for()
        self.shoot("offer")
        with self.page.expect_download() as saved:
            self.page.locator("a[download]").click()
        return saved.value.path().read_text(encoding="utf-8")

    def receive(self, offer: str) -> None:
        """The same offer on the taker's phone, where what arrived is entered."""
        self.show("take")
        file = {"name": "offer.json", "mimeType": "application/json", "buffer": offer.encode()}
        self.page.set_input_files("#paper", [file])  # type: ignore[list-item]
        self.page.locator("#number").wait_for()
        self.page.fill("#number", "198.5")
        self.shoot("take")

    def look(self, theme: str, text: str) -> None:
        """Light or dark, normal or large."""
        self.page.evaluate(
            "async ([theme, text]) => { const store = await import('/static/field/store.js'); await store.keepSetting('theme', theme); await store.keepSetting('text', text); await (await import('/static/field/app.js')).applyLooks(); }", [theme, text]
        )  # fmt: skip


def call(address: str, path: str, body: dict[str, Any], token: str = "") -> Any:
    """One request to the JSON interface."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(f"{address}/api/v1/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def photograph(browser: Browser, address: str, password: str, out: Path, *, every_look: bool = False) -> None:
    """The guide's pictures; with ``every_look`` the dark and the large ones too."""
    tour = Tour(browser, address, password, out)
    tour.whole = every_look
    tour.enrol()
    conflict = tour.fill_the_queue()
    tour.take(conflict)
    plant = Tour(browser, address, password, out)
    plant.enrol("plant")
    plant.context.set_offline(True)
    plant.receive(tour.give())
    plant.context.close()
    if every_look:
        for theme, text in (("dark", "normal"), ("light", "large")):
            tour.look(theme, text)
            tour.suffix = f"-{theme}-{text}"
            tour.take(conflict)
    tour.context.close()


if __name__ == "__main__":
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        photograph(chromium, sys.argv[1], sys.argv[2], Path(sys.argv[3]), every_look=True)
