"""Measure how much memory a process holds, and whether that grows."""

from statistics import linear_regression

import psutil

EVERY_S = 0.5
_WARM_UP_SHARE = 0.1


class Ram:
    """Follow one process's resident memory, in MB over monotonic seconds."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._looks: list[tuple[float, float]] = []

    def look(self, now_s: float) -> None:
        """Measure, if it is time again."""
        if not self._looks or now_s - self._looks[-1][0] >= EVERY_S:
            self._looks.append((now_s, self._process.memory_info().rss / 1e6))

    @property
    def begin_mb(self) -> float:
        """Give what it held after the first tenth of the time."""
        return self._warm()[0][1]

    @property
    def growth_mb(self) -> float:
        """Give how much more it holds at the end than after the first tenth of the time."""
        return self._looks[-1][1] - self.begin_mb

    @property
    def slope_mb_per_s(self) -> float:
        """Give the slope of the line that fits best."""
        looks = self._warm()
        if len(looks) < 2:
            return 0.0
        return linear_regression(*zip(*looks, strict=True)).slope

    def _warm(self) -> list[tuple[float, float]]:
        return self._looks[int(len(self._looks) * _WARM_UP_SHARE) :]
