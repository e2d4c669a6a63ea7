"""What counts as a scan, how far one reader can drive it, and when scans look like copies."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from peewee import OperationalError, fn

from tests.scan.conftest import PHONE, flush
from trace.core.clock import business_date, utcnow
from trace.core.errors import Forbidden, NotFound
from trace.db import db
from trace.labels import sheets
from trace.scan import alerts, counter, figures, readers, recording
from trace.scan.models import CodeAlert, ScanDay, ScanPlace, ScanReader, ScanSalt, UnitScan
from trace.scan.patterns import Place, Sign, looks_copied, signs_of

NOON = datetime(2026, 8, 3, 4, 0, tzinfo=UTC)


def counted() -> int:
    flush()
    with db.connection_context():
        return UnitScan.select(fn.COALESCE(fn.SUM(UnitScan.count), 0)).scalar()


def scan(run, addresses, at=NOON, every=timedelta(minutes=3), index=0) -> None:
    """Scans of one code from these addresses, one after the other."""
    with db.connection_context():
        recording.record_scans(
            [(run.first_serial + index, run.id, address, at + n * every) for n, address in enumerate(addresses)]
        )


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": ""},
        {"User-Agent": "python-requests/2.32"},
        {"User-Agent": "Mozilla/4.0"},
        {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"},
        {"User-Agent": PHONE + " wechatbot"},
        {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0"},
        {"User-Agent": PHONE, "Sec-Purpose": "prefetch;prerender"},
        {"User-Agent": PHONE, "Purpose": "prefetch"},
        {"User-Agent": PHONE, "X-Moz": "prefetch"},
    ],
)
def test_machines_get_the_page_and_do_not_count(client, run, headers):
    assert client.get(f"/t/{sheets.code_at(run, 0)}", headers=headers).status_code == 200
    assert counted() == 0


def test_wechat_with_its_query_counts_and_head_does_not(client, run):
    address = f"/t/{sheets.code_at(run, 0)}"
    client.head(address)
    assert counted() == 0
    client.get(f"{address}?from=singlemessage&isappinstalled=0")
    assert counted() == 1


def test_one_reader_adds_no_more_than_the_allowance(run):
    """A3: a hundred thousand scans from one address, whatever it calls itself."""
    size = int(os.environ.get("POISON_SCANS", "5000"))
    for start in range(0, size, 2500):
        scan(run, ["203.0.113.9"] * 2500, NOON + timedelta(milliseconds=start), timedelta(milliseconds=1))
    with db.connection_context():
        assert UnitScan.get().count == recording.READER_CAP
        assert ScanDay.get().count == recording.READER_CAP
        assert CodeAlert.select().count() == 0


def test_poisoned_counts_change_no_verdict_on_the_record(client, run):
    scan(run, ["203.0.113.9"] * 3000, every=timedelta(milliseconds=1))
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    assert "登记信息有效" in page and "查询次数多不等于假冒" in page
    assert "可能被复制" not in page


def test_nothing_of_an_address_is_kept_and_the_salt_goes_with_the_day(run):
    scan(run, ["203.0.113.9", "203.0.113.10", "2001:db8:1:2::5", "2001:db8:1:2::6"])
    with db.connection_context():
        first = {row.reader for row in ScanReader.select()}
        assert len(first) == 3, "one /64 is one reader"
        assert not {"203", "113"} & {part for row in ScanPlace.select().tuples() for part in str(row).split(".")}
        scan_again = [(run.first_serial, run.id, "203.0.113.9", NOON + timedelta(days=1))]
        recording.record_scans(scan_again)
        assert ScanSalt.select().count() == 1 and ScanReader.select().count() == 1
        assert ScanReader.get().reader not in first, "yesterday's number means nothing today"
        assert UnitScan.get().count == 5


def test_a_copied_label_is_noticed_within_twenty_scans(client, run):
    """A1: one label photocopied into five hundred shops."""
    shops = [f"{40 + n % 180}.{n * 7 % 250}.{n % 200}.9" for n in range(500)]
    for number, address in enumerate(shops[:20], 1):
        scan(run, [address], NOON + number * timedelta(minutes=40))
        with db.connection_context():
            if CodeAlert.select().exists():
                break
    assert 8 <= number <= 20
    page = client.get(f"/t/{sheets.code_at(run, 0)}").text
    assert "该码可能被复制" in page and "一路走来" in page
    assert "可能被复制" not in client.get(f"/t/{sheets.code_at(run, 1)}").text


def test_a_family_is_no_forger(run):
    """Three phones, at home and on the road, every day for a fortnight."""
    for day in range(14):
        for address in ("112.5.1.1", "39.144.2.2", "223.104.3.3"):
            scan(run, [address], NOON + timedelta(days=day))
    with db.connection_context():
        assert UnitScan.get().count == 42 and CodeAlert.select().count() == 0


def test_regions_come_from_the_countys_own_list(run, tmp_path):
    listed = tmp_path / "networks.csv"
    listed.write_text("# network,region\n112.5.0.0/16,湖南\n58.20.0.0/16,广东\n36.1.0.0/16,北京\n", encoding="utf-8")
    regions = readers.read_regions(str(listed))
    assert [regions.of(a) for a in ("112.5.9.9", "58.20.0.1", "58.21.0.1", "::1", "nonsense")] == [
        "湖南",
        "广东",
        "",
        "",
        "",
    ]
    recording.open_recording(b"k", regions)
    scan(run, ["112.5.1.1", "58.20.1.1", "36.1.1.1"], every=timedelta(minutes=20))
    with db.connection_context():
        assert {row.region for row in ScanPlace.select()} == {"湖南", "广东", "北京"}
        assert CodeAlert.get().signs.split() == ["spread", "timing"]


def test_signs_need_spread():
    def place(network, hours, region="", readers=1):
        at = NOON + timedelta(hours=hours)
        return Place(network, region, readers, at, at)

    busy = [place(1, n, readers=20) for n in range(3)]
    assert signs_of(busy, NOON + timedelta(hours=5)) == (Sign.NUMBER,) and not looks_copied((Sign.NUMBER,))
    spread = [place(n, n * 20) for n in range(8)]
    assert signs_of(spread, NOON + timedelta(days=8)) == (Sign.SPREAD,) and not looks_copied((Sign.SPREAD,))
    assert signs_of(spread, NOON + timedelta(days=60)) == (), "old scans are forgotten"
    assert looks_copied(signs_of([place(n, n / 60) for n in range(8)], NOON + timedelta(hours=1)))


def test_the_office_settles_an_alert_and_new_signs_raise_it_again(home, client, run):
    scan(run, [f"{50 + n}.1.1.1" for n in range(12)])
    code = sheets.code_at(run, 0)
    with db.connection_context():
        (alert,) = alerts.alerts(home.actor("market"))
        assert (alert.code, alert.lot, alert.readers) == (code, run.lot.code, 12)
        assert alerts.alerts(home.actor("coop2")) == []
        with pytest.raises(Forbidden):
            alerts.settle_alert(home.actor("plant"), code, "自查")
        with pytest.raises(NotFound):
            alerts.settle_alert(home.actor("market"), sheets.code_at(run, 5), "没有预警")
        alerts.settle_alert(home.actor("market"), code, "展会样品，多人扫码")
    assert "可能被复制" not in client.get(f"/t/{code}").text
    scan(run, [f"{100 + n}.1.1.1" for n in range(12)], utcnow() + timedelta(minutes=1), timedelta(minutes=1))
    assert "可能被复制" in client.get(f"/t/{code}").text


def test_figures_add_up_and_keep_to_ones_own(home, client, run):
    for index in (0, 0, 1, 2):
        client.get(f"/t/{sheets.code_at(run, index)}")
    flush()
    with db.connection_context():
        today = business_date()
        (row,) = figures.by_run(home.actor("plant"), today, 7)
        assert (row.scans, row.opened, row.made, row.lot) == (4, 3, 40, run.lot.code)
        assert figures.days(home.actor("market"), today, 7)[-1] == (today, 4, 3)
        assert len(figures.days(home.actor("market"), today, 7)) == 7
        (group,) = figures.grouped([row], lambda item: (item.township, ""))
        assert (group.name, group.scans) == ("松江镇", 4)
        assert figures.by_run(home.actor("coop2"), today, 7) == []


def test_a_database_that_fails_loses_no_scan_and_no_page(client, run, monkeypatch):
    code = sheets.code_at(run, 0)
    client.get(f"/t/{code}")

    def broken(scans):
        raise OperationalError("disk full")

    monkeypatch.setattr(counter, "record_scans", broken)
    with db.connection_context(), pytest.raises(OperationalError):
        counter.counter.flush()
    assert client.get(f"/t/{code}").status_code == 200
    monkeypatch.undo()
    assert counted() == 2


def test_days_follow_the_countys_clock(client, run):
    with time_machine.travel(datetime(2026, 8, 3, 16, 30, tzinfo=UTC), tick=False):
        client.get(f"/t/{sheets.code_at(run, 0)}")
        flush()
    with db.connection_context():
        assert str(ScanDay.get().day) == "2026-08-04"
