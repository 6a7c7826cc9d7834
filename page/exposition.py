"""Prometheus' text form, version 0.0.4: families of samples, each with its help and its kind.

https://prometheus.io/docs/instrumenting/exposition_formats
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Family:
    """Hold one metric: its help, whether it only rises, and its samples by their labels."""

    help: str
    rises: bool = False
    samples: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)


class Exposition:
    """Take samples in any order, and write each family once."""

    def __init__(self) -> None:
        self._families: dict[str, Family] = {}

    def add(
        self, name: str, help_: str, value: float, labels: Mapping[str, str], *, rises: bool = False
    ) -> None:
        """Take a sample; of two with the same labels the later counts."""
        family = self._families.setdefault(name, Family(help_, rises))
        family.samples[tuple(labels.items())] = value

    def text(self) -> str:
        """Write all of it."""
        return "".join(
            line for name, family in self._families.items() for line in _lines(name, family)
        )


def _lines(name: str, family: Family) -> Iterable[str]:
    yield f"# HELP {name} {_escaped(family.help)}\n"
    yield f"# TYPE {name} {'counter' if family.rises else 'gauge'}\n"
    for labels, value in family.samples.items():
        told = ",".join(f'{key}="{_quoted(text)}"' for key, text in labels)
        yield f"{name}{{{told}}} {_number(value)}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    # So many digits a float surely has: 0.2, and not 0.19999999999999998.
    return "NaN" if math.isnan(value) else f"{value:.15g}"
