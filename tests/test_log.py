"""Log lines: JSON in production, plain under --local; never a caller's text."""

import json
import logging
from collections.abc import Iterator

import pytest

from f5_worker.log import configure_logging
from tests.conftest import Call


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    logger = logging.getLogger("f5_worker")
    before = (logger.handlers, logger.propagate, logger.level)
    yield
    logger.handlers, logger.propagate, logger.level = before


def test_production_logs_one_json_object_per_event(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", for_people=False)
    logging.getLogger("f5_worker.test").info("job done", extra={"job": "a", "seconds": 1.5})
    event = json.loads(capsys.readouterr().err)
    assert event["event"] == "job done"
    assert (event["job"], event["seconds"], event["level"]) == ("a", 1.5, "INFO")


def test_a_traceback_stays_inside_its_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", for_people=False)
    try:
        int("inner\nmessage")
    except ValueError:
        logging.getLogger("f5_worker.test").exception("failed")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "inner" in json.loads(lines[0])["traceback"]


def test_people_get_a_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", for_people=True)
    logging.getLogger("f5_worker.test").warning("aligner failed", extra={"aligner": "dtw"})
    assert capsys.readouterr().err == "warning: aligner failed: aligner dtw\n"


def test_no_part_of_the_text_reaches_the_log(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("DEBUG", for_people=False)
    call({"text": "Xylophone zebras.", "return_word_timings": True})
    call({"text": "Xylophone zebras.", "speed": 9})
    logged = capsys.readouterr().err
    assert "job done" in logged
    assert "job failed" in logged
    assert "Xylophone" not in logged
    assert "zebras" not in logged
