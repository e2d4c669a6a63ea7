from trace.lots.models import Lot


def test_harvest(line, plot):
    op = line.phone.harvest(plot.code)
    answer = line.post([op])
    print(answer.json)
    assert answer.json["receipts"][0]["status"] == "created"
    again = line.sync(op)
    assert again[0]["status"] == "exists"
    assert Lot.select().count() == 1
    pack = line.client.get("/api/v1/sync/pack", headers=line.phone.headers)
    print(pack.json)
    assert (
        line.client.get(
            "/api/v1/sync/pack", headers={**line.phone.headers, "If-None-Match": pack.headers["ETag"]}
        ).status_code
        == 304
    )
    print(line.client.get("/api/v1/sync/receipts", headers=line.phone.headers).json)
