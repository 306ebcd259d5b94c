"""An environment is built once, found again without work, and built anew when it has to be."""

import subprocess
from pathlib import Path

from tests.setup.conftest import Project


def test_stdout_is_the_resolved_python_of_an_environment_that_works(project: Project) -> None:
    done = project.run()
    assert done.returncode == 0, done.stderr
    python = Path(done.stdout.removesuffix("\n"))
    assert done.stdout.count("\n") == 1
    assert python.parents[2] == project.volume / "venvs"
    assert project.speaks(done.stdout)
    assert (project.volume / "venv").resolve() == python.parents[1]
    assert project.leftovers() == []


def test_bytecode_is_compiled_although_the_environment_forbids_it(project: Project) -> None:
    done = project.run()
    venv = Path(done.stdout).parents[1]
    assert list(venv.glob("lib/python3.*/site-packages/__pycache__/tinyvoice.*.pyc"))


def test_a_second_start_installs_nothing_and_needs_no_registry(project: Project) -> None:
    first = project.run()
    project.index.requests.clear()
    (project.folder / "bin" / "uv").unlink()
    second = project.run()
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert project.index.requests == []


def test_reuse_imports_nothing_from_the_environment(project: Project) -> None:
    first = project.run()
    (module,) = Path(first.stdout).parents[1].glob("lib/python3.*/site-packages/tinyvoice.py")
    module.write_text("1 / 0".ljust(module.stat().st_size))  # of another size, it would count as damaged
    assert project.run().stdout == first.stdout


def test_other_requirements_get_another_environment_and_the_old_one_stays(project: Project) -> None:
    first = project.run()
    project.publish("spoken = True\nversion = 2\n", version="2.0")
    second = project.run()
    assert second.returncode == 0, second.stderr
    assert second.stdout != first.stdout
    assert project.speaks(first.stdout)
    assert (project.volume / "venv").resolve() == Path(second.stdout).parents[1]


def test_going_back_to_old_requirements_reuses_their_environment(project: Project) -> None:
    first = project.run()
    old = project.lock.read_text()
    project.publish(version="2.0")
    project.run()
    project.lock.write_text(old)
    project.index.requests.clear()
    assert project.run().stdout == first.stdout
    assert project.index.requests == []
    assert (project.volume / "venv").resolve() == Path(first.stdout).parents[1]


def test_an_environment_without_its_marker_is_built_anew(project: Project) -> None:
    venv = Path(project.run().stdout).parents[1]
    (venv / "complete.json").unlink()
    (module,) = venv.glob("lib/python3.*/site-packages/tinyvoice.py")
    module.unlink()
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.speaks(done.stdout)
    assert project.leftovers() == []


def test_an_environment_whose_interpreter_has_gone_is_built_anew(project: Project) -> None:
    python = Path(project.run().stdout.strip())
    python.unlink()
    python.symlink_to("/nowhere/python3")
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert project.speaks(done.stdout)


def test_a_marker_that_is_not_ours_is_not_believed(project: Project) -> None:
    venv = Path(project.run().stdout).parents[1]
    for marker in ("", "[]", "{", '{"python": 3}', '{"python": "/other/python3.11"}'):
        (venv / "complete.json").write_text(marker)
        project.index.requests.clear()
        done = project.run()
        assert done.returncode == 0, done.stderr
        assert "building the environment" in done.stderr


def test_the_link_is_swapped_and_never_missing(project: Project) -> None:
    project.run()
    watcher = subprocess.Popen(
        [
            "sh",
            "-c",
            'while [ ! -e "$1/stop" ]; do [ -e "$1/venv/bin/python" ] || exit 9; sleep 0.01; done',
            "sh",
            project.volume,
        ]
    )
    for number in range(2, 5):
        project.publish(version=f"{number}.0")
        assert project.run().returncode == 0
    (project.volume / "stop").touch()
    assert watcher.wait() == 0


def test_a_folder_in_the_place_of_the_link_is_left_alone_and_named(project: Project) -> None:
    (project.volume / "venv").mkdir()
    (project.volume / "venv" / "mine").touch()
    done = project.run()
    assert done.returncode == 0
    assert "could not be pointed at" in done.stderr
    assert (project.volume / "venv" / "mine").exists()
    assert project.leftovers() == []


def test_downloads_are_not_kept(project: Project) -> None:
    project.run()
    assert list((project.volume / "cache").iterdir()) == []


def test_with_arguments_it_becomes_the_environments_python(project: Project) -> None:
    report = "json.loads(os.environ['WORKER_SETUP'])"
    code = f"import json, os, sys, tinyvoice; print(sys.prefix, sys.argv[1:], *{report})"
    process = project.start(arguments=("-c", code, "--rp_serve_api"))
    out, err = process.communicate()
    assert process.returncode == 0, err
    prefix = (project.volume / "venv").resolve()
    assert out == f"{prefix} ['--rp_serve_api'] began volume environment\n"
