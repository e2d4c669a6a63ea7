"""A labelled pack and phones to scan it with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import county as make
from tests.factories.certificates import receive
from trace.db import db
from trace.labels import services as labels
from trace.labels.models import LabelRun
from trace.processing.services import Input, Output, dispatch_lot, pack, record_run
from trace.scan.counter import counter

PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/86.0 Mobile Safari/537.36 MicroMessenger/8.0.49 NetType/4G Language/zh_CN"
HOUSEHOLD, TELEPHONE = "王喆", "13800001234"


@pytest.fixture
def home(app: Flask) -> make.County:
    """The county of the tests, without an open connection."""
    with db.connection_context():
        return make.county()


@pytest.fixture
def run(home: make.County) -> LabelRun:
    """Two plots of different villages' households, dried at the plant, packed, labelled, activated."""
    with db.connection_context():
        coop, plant = home.actor("coop"), home.actor("plant")
        household = make.party("household", HOUSEHOLD, home.village, phone=TELEPHONE, belongs_to=home.coop)
        lots = [
            make.harvest(coop, make.plot(coop, home)),
            make.harvest(coop, make.plot(coop, home, geometry=make.square(112.7), operator=household), weight="500"),
        ]
        arrived = [
            receive(plant, dispatch_lot(coop, lot.code, home.plant.code, "300").code, "300").lots[0] for lot in lots
        ]
        dried = record_run(plant, "drying", [Input(lot.code, "300") for lot in arrived], [Output("TD", "150")]).lots[0]
        packs = pack(plant, [Input(dried.code, "10")], pieces=40, piece="250克", name="土枇杷干果").lots[0]
        made = labels.make_run(plant, packs.code, 40)
        labels.activate_run(plant, made.no)
        made.harvest_code = lots[0].code
        return made


@pytest.fixture
def phone(app: Flask) -> Callable[..., FlaskClient]:
    """A browser on a phone at an address."""

    def take(address: str = "203.0.113.7", agent: str = PHONE) -> FlaskClient:
        browser = app.test_client()
        browser.environ_base |= {"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent}
        return browser

    return take


@pytest.fixture
def client(phone: Callable[..., FlaskClient]) -> FlaskClient:
    """One reader."""
    return phone()


def flush() -> None:
    """Let the writer write."""
    with db.connection_context():
        counter.flush()


def heading(answer) -> str:
    """What the page says first."""
    return answer.text.split("<h1>")[1].split("</h1>")[0]
