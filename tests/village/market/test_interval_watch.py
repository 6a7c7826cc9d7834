import pytest

from village.market.interval_watch import IntervalWatch

HOUR_S = 3600
K = 10
STARTS_S = K * HOUR_S
PAIR = ("home1", "home2")
OTHER = ("home1", "home3")


def a_pairing(*parts, interval=K):
    said = [{"kind": "solar", "buyer": b, "seller": s, "energy_milliwh": 1} for b, s in parts]
    return {"interval": interval, "wires_hash": "0x", "wires": {}, "parts": said}


def a_watch(cleared_s=STARTS_S - 1400, paired_s=STARTS_S - 1300):
    watch = IntervalWatch(interval_s=HOUR_S)
    if cleared_s is not None:
        watch.cleared(K, cleared_s)
    if paired_s is not None:
        watch.paired(a_pairing(("0xb", "0xs")), paired_s)
    return watch


def check(watch, traders=("home1", "home2"), sold=(), licensed=(PAIR,)):
    (found,) = watch.check([K], {K: traders}, {K: licensed}, sold)
    return found


def test_an_interval_that_was_cleared_and_paired_before_its_delivery_is_on_time():
    found = check(a_watch())

    assert (found.cleared_lead_s, found.paired_lead_s) == (1400, 1300)
    assert found.is_on_time()


@pytest.mark.failure(
    part="utility",
    failure="an interval is cleared or paired after its delivery has begun, or never",
    person="the village's day is not sound: it names the interval",
)
@pytest.mark.parametrize(
    "late",
    [
        {"cleared_s": STARTS_S},
        {"paired_s": STARTS_S + 5},
        {"cleared_s": None},
        {"paired_s": None},
    ],
)
def test_one_that_was_late_or_never_came_is_not(late):
    assert not check(a_watch(**late)).is_on_time()


def test_an_interval_without_orders_has_nothing_to_be_late_with():
    assert check(a_watch(cleared_s=None, paired_s=None), traders=()).is_on_time()


def test_a_first_result_counts_and_a_second_one_changes_no_time():
    watch = a_watch()

    watch.paired(a_pairing(("0xb", "0xs")), STARTS_S + 5)

    assert check(watch).paired_lead_s == 1300


def test_a_contact_that_follows_its_pairing_is_counted_and_not_astray():
    watch = a_watch()
    watch.moved({PAIR}, STARTS_S + 10)
    watch.moved((), STARTS_S + 600)

    found = check(watch)

    assert (found.parts, found.followed, found.astray) == (1, 1, {})


def test_a_contact_that_stays_open_did_not_follow():
    assert (check(a_watch()).parts, check(a_watch()).followed) == (1, 0)


@pytest.mark.failure(
    part="utility",
    failure="a contact is closed in an interval in which nothing licenses it",
    person="the village's day is not sound: who hung on whom, and for how long",
)
def test_a_contact_without_a_licence_is_astray_for_as_long_as_it_is_closed_in_the_interval():
    watch = a_watch()
    watch.moved({PAIR}, STARTS_S - 500)
    watch.moved((), STARTS_S + 47)

    found = check(watch, licensed=(OTHER,))

    assert found.astray == {PAIR: 47}
    assert found.followed == 0


def test_the_sale_licenses_a_contact_where_neither_end_has_an_order():
    watch = a_watch()
    watch.moved({PAIR}, STARTS_S)
    watch.end(STARTS_S + 100)

    assert check(watch, traders=("home3",), sold={(PAIR, K)}, licensed=()).astray == {}
    assert check(watch, traders=("home2",), sold={(PAIR, K)}, licensed=()).astray == {PAIR: 100}


def test_the_time_of_a_closed_contact_is_parted_at_the_intervals_boundary():
    watch = IntervalWatch(interval_s=HOUR_S)
    watch.moved({PAIR}, STARTS_S - 100)
    watch.moved((), STARTS_S - 50)
    watch.moved({PAIR}, STARTS_S - 20)

    found = watch.closed_in(PAIR, STARTS_S - 60, STARTS_S + 30)

    assert found == {K - 1: 30, K: 30}


def test_a_receipt_that_comes_after_the_contact_has_opened_is_of_before():
    watch = IntervalWatch(interval_s=HOUR_S)
    assert watch.last_closed_s(PAIR, STARTS_S) == STARTS_S

    watch.moved({PAIR}, STARTS_S - 900)
    assert watch.last_closed_s(PAIR, STARTS_S - 800) == STARTS_S - 800
    watch.moved((), STARTS_S - 700)

    assert watch.last_closed_s(PAIR, STARTS_S + 5) == STARTS_S - 700
