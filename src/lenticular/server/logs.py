"""Structured logs: one line per event, as text for people or as JSON for machines.

Whatever is logged while a request is served carries its id.
"""

import logging
import sys
import time
from contextvars import ContextVar
from functools import partial

import msgspec

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being served."""

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


def configure(level: str, form: str, worker: int | None = None) -> None:
    """Send all logs to stderr: `level` and up, in `form` ``text`` or ``json``.

    Where several workers write to it, each line tells the number of its `worker`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    if worker is not None:
        handler.addFilter(partial(_note_worker, number=worker))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # warns of each malformed form


def _note_worker(record: logging.LogRecord, number: int) -> bool:
    record.worker = number
    return True


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the caller gave as ``extra``, behind the request's id."""
    current = request_id.get()
    fields: dict[str, object] = {"request_id": current} if current else {}
    return fields | {
        name: value for name, value in record.__dict__.items() if name not in _STANDARD
    }


def _moment(created: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created))
    return f"{whole}.{int(created % 1 * 1000):03d}Z"


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        document: dict[str, object] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        document |= _fields(record)
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(document, enc_hook=str).decode()


class TextFormatter(logging.Formatter):
    """Writes a record as one line, and its traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{_moment(record.created)} {record.levelname:<7} {record.getMessage()}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line
