"""The app as it is seen and touched: nothing serious for axe, contrast of 7, targets of 48 px, light and dark and large, no overflow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from trace.settings import ROOT

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
AXE = (ROOT / "tests/vendor/axe-core-4.14.1/axe.min.js").read_text(encoding="utf-8")
SCREENS = (
    "home",
    "queue",
    "history",
    "more",
    "export",
    "import",
    "record/harvest/0",
    "record/harvest/3",
    "record/harvest/check",
    "record/spray/1",
    "handover",
    "give/lot",
    "take",
    "duplicates",
    "certificate",
    "record/harvest/7",
)
LOOKS = (("light", "normal"), ("dark", "normal"), ("light", "large"))

SMALL = """() => [...document.querySelectorAll("button, a, input, select, textarea, summary, label.btn")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width > 1 && !node.closest(".sr") && !node.classList.contains("sr") && (box.height < 47.5 || box.width < 47.5);
}).map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 20)} ${JSON.stringify(node.getBoundingClientRect())}`)"""
FAINT = """() => {
    const channel = (value) => { const c = value / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const colour = (text) => text.match(/[\\d.]+/g).map(Number);
    const ground = (node) => { for (let at = node; at; at = at.parentElement) { const found = colour(getComputedStyle(at).backgroundColor); if (found.length === 3 || found[3] === 1) return found; } return [255, 255, 255]; };
    const faint = [];
    const walk = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
    let seen = 0;
    while (walk.nextNode()) {
        const node = walk.currentNode.parentElement;
        if (!walk.currentNode.textContent.trim() || node.closest(".sr, [disabled]")) continue;
        seen += 1;
        const pair = [light(colour(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (ratio < 7) faint.push(`${ratio.toFixed(1)} ${node.className} ${walk.currentNode.textContent.trim().slice(0, 20)}`);
    }
    return {seen, faint};
}"""


def test_every_screen_in_every_look(phone, plots):
    phone.network(False)
    phone.save_harvests(plots[0], "420.5")
    page = phone.page
    page.locator(".tile.harvest").click()
    page.locator(".choice", has_text="老屋背").click()
    for theme, text in LOOKS:
        phone.ask(
            "async ({store}, [theme, text]) => { await store.keepSetting('theme', theme); await store.keepSetting('text', text); await (await import('/static/field/app.js')).applyLooks(); }",
            [theme, text],
        )
        for name in SCREENS:
            show(page, phone.address, name)
            where = f"{name} {theme} {text}"
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, where
            assert page.evaluate(SMALL) == [], where
            found = page.evaluate(FAINT)
            assert found["seen"] > 1 and found["faint"] == [], where
            if text == "normal":
                assert serious(page) == [], where
    assert phone.problems == []
    english(phone)
    hints_for_wechat_and_ios(phone)


def show(page: Page, address: str, name: str) -> None:
    page.evaluate(
        "async (name) => { location.hash = `#/${name}`; await (await import('/static/field/app.js')).draw(); }", name
    )


def serious(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def english(phone) -> None:
    """Switched to English, no Chinese is left but names."""
    page = phone.page
    show(page, phone.address, "more")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("More")
    for name in SCREENS:
        show(page, phone.address, name)
        words = re.sub(
            r"中文|老屋背|石坡|土枇杷鲜果|青坡合作社|演示合作社|演示\S*|\S*村\S*|\S*社区\S*",
            "",
            page.inner_text("#app"),
        )
        assert not re.search(r"[\u4e00-\u9fff]", words), f"{name}: {words}"
    assert page.evaluate("document.documentElement.lang") == "en"
    show(page, phone.address, "more")
    page.get_by_role("button", name="中文").click()


def hints_for_wechat_and_ios(phone) -> None:
    found = phone.page.evaluate(
        """async () => { const phone = await import('/static/field/phone.js'); return [
            phone.isWeChat('Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 MicroMessenger/8.0.49'), phone.isWeChat('Mozilla/5.0 Chrome/120'),
            phone.isIos('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)'), phone.isIos('Mozilla/5.0 (Linux; Android 13)')]; }"""
    )
    assert found == [True, False, True, False]


def test_inside_wechat_the_app_sends_people_to_the_browser(new_phone, port):
    phone = new_phone(
        port, user_agent="Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120 Mobile MicroMessenger/8.0.49"
    )
    page = phone.open()
    page.wait_for_selector(".note.stop")
    assert "请不要在微信里用" in page.inner_text("main") and page.locator("#username").count() == 0


def test_the_shell_is_installable_and_whole(client, app):
    """Everything the worker keeps is there, the same for everybody, and nothing is loaded from elsewhere or inline."""
    manifest = client.get("/field/app.webmanifest").json
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/field/app", "/field/", "standalone")
    assert {"192x192", "512x512"} <= {one["sizes"] for one in manifest["icons"]}
    worker = client.get("/field/sw.js")
    assert worker.content_type.startswith("text/javascript")
    files = re.search(r'"files": (\[.*?\])', worker.text)[1]
    addresses = re.findall(r'"([^"]+)"', files)
    assert len(addresses) > 30
    assert sum(size(client, address) for address in addresses) < 700_000, "the shell of a cheap phone"
    source = (ROOT / "static/field").glob("*.js")
    wanted = {
        f"/static/field/{name}"
        for path in source
        for name in re.findall(r'from "\./([a-z]+\.js)"|import "\./([a-z]+\.js)"', path.read_text())
        for name in name
        if name
    }
    assert wanted and wanted <= set(addresses)
    page = client.get("/field/app").text
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|https?://", page)


def size(client, address: str) -> int:
    with client.get(address) as answer:
        assert answer.status_code == 200, address
        return len(answer.data)
