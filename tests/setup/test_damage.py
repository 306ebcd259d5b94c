"""An environment that was changed after it was built is built anew, not started from."""

from pathlib import Path

import pytest

from tests.setup.conftest import Project
from tests.setup.test_installers import sentence
from tests.setup.test_volume import read_only


def module(project: Project, first_stdout: str) -> Path:
    (found,) = Path(first_stdout).parents[1].glob("lib/python3.*/site-packages/tinyvoice.py")
    return found


@pytest.mark.parametrize("size", [None, 0, 3])
def test_a_module_that_is_missing_or_cut_short_has_it_built_anew(project: Project, size: int | None) -> None:
    first = project.run()
    damaged = module(project, first.stdout)
    if size is None:
        damaged.unlink()
    else:
        damaged.write_text(damaged.read_text()[:size])
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout == first.stdout
    assert "tinyvoice.py is missing or not as installed" in done.stderr
    assert project.speaks(done.stdout)
    assert project.leftovers() == []


def test_a_truncated_library_has_it_built_anew(project: Project) -> None:
    project.publish(library="\x7fELF" + "\0" * 1000)
    first = project.run()
    (library,) = Path(first.stdout).parents[1].glob("lib/python3.*/site-packages/tinyvoice.libs/*.so.1")
    with library.open("r+b") as file:
        file.truncate(500)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "libtinyvoice.so.1 is missing or not as installed" in done.stderr
    assert library.stat().st_size == 1004


def test_truncated_bytecode_has_it_built_anew(project: Project) -> None:
    first = project.run()
    (bytecode,) = module(project, first.stdout).parent.glob("__pycache__/tinyvoice.*.pyc")
    whole = bytecode.stat().st_size
    with bytecode.open("r+b") as file:
        file.truncate(whole - 1)
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert f"{bytecode.name} is missing or not as installed" in done.stderr
    assert project.speaks(done.stdout)
    assert bytecode.stat().st_size == whole


def test_nobody_starts_from_it_while_it_is_built_anew(project: Project) -> None:
    first = project.run()
    module(project, first.stdout).unlink()
    project.index.delay = 1.0
    processes = [project.start() for _ in range(3)]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], results
    assert sum("building the environment" in err for _, err in results) == 1
    assert all(project.speaks(out) for out, _ in results)


def test_on_a_read_only_volume_it_is_refused(project: Project) -> None:
    prefix = read_only(project)
    module(project, project.run().stdout).unlink()
    done = project.run(prefix)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is damaged" in done.stderr
    assert "holds no environment to reuse" in sentence(done.stderr)


def test_a_damaged_environment_that_cannot_be_built_anew_is_not_pointed_at_as_complete(
    project: Project,
) -> None:
    module(project, project.run().stdout).unlink()
    project.index.faults = ["unavailable"] * 100
    assert project.run().returncode == 1
    project.index.faults = []
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.speaks(done.stdout)
