"""The battery's band: where each bound lies, and to which side it belongs."""

import pytest

from node.core.supply.hysteresis import Level, level
from tests.factories.settings import supply_settings


@pytest.mark.parametrize(
    ("soc_pct", "expected"),
    [
        (None, Level.UNKNOWN),
        (0.0, Level.LOW),
        (19.999, Level.LOW),
        (20.0, Level.BETWEEN),
        (27.999, Level.BETWEEN),
        (28.0, Level.NEARLY_FULL),
        (29.999, Level.NEARLY_FULL),
        (30.0, Level.FULL),
        (100.0, Level.FULL),
    ],
)
def test_each_bound_belongs_to_what_is_above_it(soc_pct, expected):
    settings = supply_settings()
    bounds = (settings.purchase.limit_soc_pct, settings.resume_soc_pct)

    assert bounds == (20.0, 30.0)
    assert level(soc_pct, settings) is expected
