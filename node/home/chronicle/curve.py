"""The power of one trade over its time, in points that stay few however long it lasts."""

POINT_S = 10.0
MOST_POINTS = 720


class Curve:
    """Take powers as they come; `began_s` and each instant are calendar seconds."""

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._step_s = POINT_S
        self._points: list[tuple[float, float]] = []

    def add(self, at_s: float, power_w: float) -> None:
        """Take a power; one that is too near the point before is left out."""
        passed_s = at_s - self._began_s
        if self._points and passed_s < self._points[-1][0] + self._step_s:
            return
        self._points.append((round(passed_s, 1), round(power_w, 2)))
        if len(self._points) > MOST_POINTS:
            # Every other point stands for its neighbour, too.
            self._points = self._points[::2]
            self._step_s *= 2

    @property
    def points(self) -> list[list[float]]:
        """Give each point's seconds since the begin, and its power in W."""
        return [list(point) for point in self._points]
