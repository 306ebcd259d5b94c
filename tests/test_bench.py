"""Every command in bench/ takes --quick, --json and --check."""

import pytest

from tests import benches
from tests.runtime import ROOT


def test_every_bench_is_checked() -> None:
    there = sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py"))
    assert there == sorted([*benches.BASE, *benches.RUNTIME, *benches.UPSTREAM])


@pytest.mark.parametrize("name", benches.BASE)
def test_a_bench_takes_the_three_options(name: str) -> None:
    benches.check_options(name)
