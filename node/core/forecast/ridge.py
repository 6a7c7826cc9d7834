"""Fit a few weights to what has been seen so far, one example at a time, in plain Python.

Ridge regression (Hoerl and Kennard, Technometrics 12, 1970) with exponential forgetting: of all
examples (x, y), the newest with weight 1 and each older one with `keep` times its successor's,

    w = argmin  sum keep^age (y - w x)^2 + pull |w - prior|^2
      = (A + pull I)^-1 (b + pull prior),    A = sum keep^age x x',  b = sum keep^age x y

Kept are A and b alone, so the state is as large as one example squared. The pull keeps the
weights near the prior as long as there are few examples, and the equations solvable always, also
where a feature is zero for months. Features and values are of the order of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """Hold the two sums; `moments` is A row by row, `products` is b."""

    moments: tuple[Vector, ...]
    products: Vector


def new_ridge(size: int) -> Ridge:
    """Give the sums before the first example."""
    return Ridge(moments=((0.0,) * size,) * size, products=(0.0,) * size)


def absorb_example(ridge: Ridge, features: Vector, value: float, keep: float) -> Ridge:
    """Add an example, after the older ones have faded by `keep` (0 to 1)."""
    return Ridge(
        moments=tuple(
            tuple(keep * old + left * right for old, right in zip(row, features, strict=True))
            for row, left in zip(ridge.moments, features, strict=True)
        ),
        products=tuple(
            keep * old + value * feature
            for old, feature in zip(ridge.products, features, strict=True)
        ),
    )


def weights_of(ridge: Ridge, prior: Vector, pull: float) -> Vector:
    """Give the weights that fit best; `pull` is above zero.

    The matrix is positive definite, so the elimination needs no change of rows.
    """
    rows = [
        [moment + (pull if at == other else 0.0) for other, moment in enumerate(row)]
        + [ridge.products[at] + pull * prior[at]]
        for at, row in enumerate(ridge.moments)
    ]
    size = len(rows)
    for at in range(size):
        pivot = rows[at]
        for below in rows[at + 1 :]:
            factor = below[at] / pivot[at]
            for column in range(at, size + 1):
                below[column] -= factor * pivot[column]
    weights = [0.0] * size
    for at in reversed(range(size)):
        known = dot(rows[at][at + 1 : size], weights[at + 1 :])
        weights[at] = (rows[at][size] - known) / rows[at][at]
    return tuple(weights)


def dot(left: Sequence[float], right: Sequence[float]) -> float:
    """Multiply two vectors."""
    return sum(a * b for a, b in zip(left, right, strict=True))
