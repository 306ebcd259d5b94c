"""The benches of heavy packages take --quick, --json and --check; run where those packages are."""

import pytest

from tests import benches


@pytest.mark.parametrize(
    "name", [*benches.RUNTIME, *(pytest.param(name, marks=pytest.mark.upstream) for name in benches.UPSTREAM)]
)
def test_a_bench_takes_the_three_options(name: str) -> None:
    benches.check_options(name)
