"""The judge of ``make security``: a check that can't fail proves nothing."""

import subprocess
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from tests.security.outside import CHECKS, HEADERS, NotHere, failures_in, headers, judge

NOBODY: Any = None
KNOWN = {"a": "it is meant so"}


def finding(*findings: str) -> Any:
    def check(_server: object) -> Iterator[str]:
        """Look for something."""
        yield from findings

    return check


def test_what_is_known_is_fine_and_told_with_its_reason() -> None:
    is_fine, report = judge(finding("a"), NOBODY, KNOWN)

    assert is_fine
    assert report == [
        "ok        check: Look for something.",
        "            known: a (it is meant so)",
    ]


@pytest.mark.parametrize("findings", [("a", "b"), ("b",)])
def test_what_is_new_is_a_failure(findings: tuple[str, ...]) -> None:
    is_fine, report = judge(finding(*findings), NOBODY, KNOWN)

    assert not is_fine
    assert report[0].startswith("found")
    assert "            new: b" in report


def test_what_is_known_and_no_longer_found_is_a_failure() -> None:
    is_fine, report = judge(finding(), NOBODY, KNOWN)

    assert not is_fine
    assert "            no longer found, take it out of known.toml: a" in report


def test_what_cannot_be_had_here_is_told_with_the_reason() -> None:
    def check(_server: object) -> Iterator[str]:
        raise NotHere("there is none")

    assert judge(check, NOBODY, KNOWN) == (True, ["not here  check: there is none"])


@pytest.mark.parametrize(
    ("status", "out", "failures"),
    [
        (0, "- told and passed", []),
        (1, "text\n- Server error\n- Wrong status\n", ["- Server error", "- Wrong status"]),
        (2, "Error: broken\n", ["it ended with status 2: Error: broken"]),
        (-9, "", ["it ended with status -9: nothing"]),
    ],
)
def test_a_program_that_fails_without_saying_why_has_failed(
    status: int, out: str, failures: list[str]
) -> None:
    done = subprocess.CompletedProcess(["tool"], status, stdout=out, stderr="")

    assert failures_in(done, "- ") == failures


def test_an_answer_without_its_headers_is_found() -> None:
    class Bare(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody wants to read it."""

    bare = HTTPServer(("127.0.0.1", 0), Bare)
    thread = Thread(target=bare.serve_forever)
    thread.start()
    found = list(headers(SimpleNamespace(url=f"http://127.0.0.1:{bare.server_port}")))  # type: ignore[arg-type]
    bare.shutdown()
    thread.join()
    bare.server_close()

    assert len(found) >= 7 * len(HEADERS)


def test_every_known_finding_belongs_to_a_check_and_has_its_reason() -> None:
    text = (Path(__file__).parent / "known.toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)

    assert known.keys() <= {check.__name__ for check in CHECKS}
    assert all(len(reason) > 10 for each in known.values() for reason in each.values())
