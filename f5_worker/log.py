"""Log lines: one JSON object per event in production, a line for people under `--local`.

An event is a constant message plus `extra` fields: `log.info("job finished", extra={"seconds": 1.2})`.
No secret, no path and no part of a caller's text goes into either.
"""

import json
import logging
import sys
from datetime import UTC, datetime

# What every LogRecord carries; the rest of its attributes is what the caller passed as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_logging(level: str, *, for_people: bool) -> None:
    """Send the worker's events to standard error, where the platform collects them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_PlainFormatter() if for_people else _JsonFormatter())
    logger = logging.getLogger("f5_worker")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False, default=str)


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = ", ".join(f"{name} {value}" for name, value in _fields(record).items())
        line = f"{record.getMessage()}: {fields}" if fields else record.getMessage()
        if record.levelno > logging.INFO:
            line = f"{record.levelname.lower()}: {line}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
