"""One figure of ours beside one of the naive way: a row of a table, and whether it meets its bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Less is better; `least` is the bar: how many times ours the naive one must be."""

    name: str
    ours: float
    naive: float
    least: float | None = None

    @property
    def ratio(self) -> float:
        """The naive figure by ours."""
        return self.naive / self.ours

    def row(self) -> dict[str, Any]:
        """As it is printed and written."""
        row = {"": self.name, "ours": self.ours, "naive": self.naive, "naive/ours": self.ratio}
        return row if self.least is None else row | {"bar": self.least}


def missed(figures: Sequence[Figure]) -> list[str]:
    """A sentence for every figure that misses its bar."""
    return [
        f"{figure.name}: the naive one is {figure.ratio:.2f}x ours, the bar is {figure.least:.2f}x"
        for figure in figures
        if figure.least is not None and figure.ratio < figure.least
    ]
