"""
One record, one line: readable at a terminal, JSON otherwise.

Whatever a client sends, it can't begin a new line or colour the terminal: controls are
escaped. Messages' texts, tokens and cookies are never logged.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final, Literal

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """``12:04:05 INFO  roomserver.edge: a visit begins room=1 user=7``."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone()
        facts = "".join(f" {name}={_escaped(value)}" for name, value in _facts(record).items())
        line = f"{at:%H:%M:%S} {record.levelname:<7} {record.name}: {record.getMessage()}{facts}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for a program to read."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps(document, default=str)


def set_up(level: str, form: Literal["auto", "text", "json"]) -> None:
    """Send records of *level* and above to standard error."""
    is_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter() if is_text else JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Libraries have their say only when something is wrong.
    for library in ("aiohttp", "alembic", "asyncio", "sqlalchemy"):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("aiohttp.server").addFilter(_is_not_a_clients_fault)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _escaped(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)


def _is_not_a_clients_fault(record: logging.LogRecord) -> bool:
    # aiohttp logs a malformed request with a traceback of its own parser. It gets one line.
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        if type(error).__module__.startswith("aiohttp.http"):
            record.msg, record.args = f"a malformed request: {type(error).__name__}", ()
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
