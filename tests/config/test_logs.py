"""One record, one line, whatever somebody puts into it."""

import json
import logging

import pytest

from roomserver.logs import JsonFormatter, TextFormatter

HOSTILE = "a\r\n12:00:00 ERROR forged\x1b[31m\u2028"


def _record(**facts: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "roomserver.test", "levelname": "INFO", "msg": "a visit begins", **facts}
    )


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_fact_cannot_begin_a_line_or_colour_the_terminal(formatter: logging.Formatter) -> None:
    line = formatter.format(_record(user=HOSTILE))

    assert line.isprintable()


def test_at_a_terminal_facts_follow_the_sentence() -> None:
    line = TextFormatter().format(_record(room=1, user="Ada L"))

    assert line.endswith('INFO    roomserver.test: a visit begins room=1 user="Ada L"')


def test_otherwise_a_line_is_an_object() -> None:
    document = json.loads(JsonFormatter().format(_record(room=1)))

    assert (document["message"], document["level"], document["room"]) == (
        "a visit begins",
        "info",
        1,
    )


def test_a_traceback_stays_inside_the_object() -> None:
    error = ValueError("oh")
    record = _record(exc_info=(type(error), error, None))

    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert "ValueError: oh" in json.loads(line)["traceback"]
