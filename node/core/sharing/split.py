"""Split a whole number by weights so that its parts add up to it: the largest remainders."""

from collections.abc import Sequence


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Give each weight its part of `total`, rounded so that all add up to it.

    Each gets the whole part of its exact share; the units that are left go one each to the largest
    remainders (Hamilton's method), of equal ones to the greater weight, and of equals in that, too,
    to the earlier. So no part differs from its exact share by a unit or more, none without a weight
    gets anything, and an order decides only between equals.

    Raises:
        ValueError: there is something to split and nobody to get it, or a weight is below 0.
    """
    if total == 0:
        return [0] * len(weights)
    together = sum(weights)
    if together <= 0 or min(weights) < 0:
        raise ValueError(f"{total} cannot be split by the weights {list(weights)}")
    return apportion(total, [total * weight for weight in weights], together)


def apportion(total: int, exact: Sequence[int], unit: int) -> list[int]:
    """Round amounts that are told in parts of a unit to whole units that add up to `total`.

    `total` lies between the sum of the amounts rounded down and of those rounded up.

    Raises:
        ValueError: it does not.
    """
    parts = [amount // unit for amount in exact]
    left = total - sum(parts)
    if left:
        open_places = [place for place, amount in enumerate(exact) if amount % unit]
        if not 0 <= left <= len(open_places):
            raise ValueError(f"{total} is no rounding of {sum(exact)} / {unit}")
        open_places.sort(key=lambda place: (-(exact[place] % unit), -exact[place]))
        for place in open_places[:left]:
            parts[place] += 1
    return parts
