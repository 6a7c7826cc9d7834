"""Random markets for property tests: few ticks or many, alike or apart, tiny or large."""

from hypothesis import strategies as st

from node.core.auction.clearing import Bid, Kind, Offer

MOST_UNITS = 5_000


@st.composite
def markets(draw, least=0, most=14, least_units=1):
    """Draw orders of one interval; ticks crowd in a few places, so that margins are shared."""
    places = draw(st.lists(st.integers(1, 63), min_size=1, max_size=6))
    tick = st.one_of(st.sampled_from(places), st.integers(0, 63))
    energy = st.integers(least_units, draw(st.sampled_from([3, 50, MOST_UNITS])) + least_units)
    bid = st.builds(Bid, solar_tick=tick, chp_tick=tick, energy_units=energy)
    offer = st.builds(Offer, kind=st.sampled_from(Kind), tick=tick, energy_units=energy)
    wished = bid.filter(lambda found: found.solar_tick or found.chp_tick)
    return draw(st.lists(st.one_of(wished, offer), min_size=least, max_size=most))


def orders(least_units, most_units):
    """Draw one order: a need that wishes for solar energy at least, or an offer."""
    energy = st.integers(least_units, most_units)
    tick = st.integers(0, 63)
    return st.one_of(
        st.builds(Bid, solar_tick=st.integers(1, 63), chp_tick=tick, energy_units=energy),
        st.builds(Offer, kind=st.sampled_from(Kind), tick=tick, energy_units=energy),
    )
