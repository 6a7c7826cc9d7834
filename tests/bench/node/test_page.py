"""A short `bench page` on real processes: open pages have pictures, and none are at rest."""

from bench.node import page


def test_pages_are_open_in_their_turns_alone(monkeypatch):
    monkeypatch.setattr(page, "REST_S", 0.0)

    found = {(r["case"], r["metric"]): r["value"] for r in page.rows_over(3, 1, 5.0, 0.0)}

    # Each has the picture that there is at once, and at most one every two seconds.
    assert 3 <= found["open", "pictures a minute"] * 5 / 60 <= 3 * 5
    assert 10 < found["page", "resident"] < 60
    assert found["page", "cpu"] > 0
    assert {("node", "resident"), ("node", "cpu")} <= set(found)
