"""
What others have made to look for holes, run on this server, and its output judged.

    make security                        everything that can be had here
    make security ARGS="bandit headers"  only these

Each check ends as ``ok``, ``found`` or ``not here``. Known findings stand in
``known.toml`` with their reason; one that is no longer found is a finding itself.
"""

import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.node import find_node, npm_script
from tests.support.packages import Missing, apt_install
from tests.support.servers import RoomServer, running_roomserver

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
PLACE: Final = ROOT / "build" / "security"
"""An environment of its own: none of these tools is a dependency of the product."""

MINUTES_S: Final = 600.0
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "roomserver",
}


class NotHere(Exception):
    """Why a check can't run on this machine."""


def bandit(_server: RoomServer) -> Iterator[str]:
    """Python that is known for trouble."""
    # B101: asserts state invariants here; they never check input.
    options = ("-q", "-f", "json", "-s", "B101")
    control = _run(_tool("bandit"), *options, "-", said="eval(input())\n")
    if not json.loads(control.stdout)["results"]:
        yield "it finds nothing wrong with evaluating what somebody types"
    report = json.loads(_run(_tool("bandit"), *options, "-r", "roomserver").stdout)
    for each in report["results"]:
        yield f"{each['test_id']} {each['filename']}"
    for unread in report["errors"]:
        yield f"{unread['filename']} could not be read: {unread['reason']}"


def pip_audit(_server: RoomServer) -> Iterator[str]:
    """Dependencies with published holes."""
    options = ("--require-hashes", "--disable-pip", "-f", "json", "--progress-spinner", "off")
    done = _run(_tool("pip-audit"), "-r", "requirements.lock", *options)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise NotHere(f"the advisories can't be asked: {_last_line(done)}") from None
    audited = [each for each in dependencies if "vulns" in each]
    if not audited:
        raise NotHere("the package index here has no advisories")
    for each in audited:
        for hole in each["vulns"]:
            yield f"{hole['id']} {each['name']} {each['version']}"


def csp(server: RoomServer) -> Iterator[str]:
    """The page's content security policy, as Google's csp_evaluator sees it."""
    folder = PLACE / "npm"
    shutil.copytree(HERE / "npm", folder, dirs_exist_ok=True)
    try:
        node = find_node()
        npm = [str(node), str(npm_script()), "install", "--ignore-scripts", "--no-audit"]
        done = _run(*npm, "--no-fund", "--silent", folder=folder)
    except Missing as error:
        raise NotHere(str(error)) from None
    if done.returncode:
        raise NotHere(f"npm can't install csp_evaluator: {_last_line(done)}")
    _status, headers = _ask(server, "/")
    for policy in ("script-src *", headers["Content-Security-Policy"]):
        done = _run(str(node), "judge.js", folder=folder, said=policy)
        if done.returncode:
            raise RuntimeError(done.stderr)
        findings = [line for line in done.stdout.splitlines() if line]
        if policy != "script-src *":
            yield from findings
        elif not findings:
            yield "it finds nothing wrong with scripts from everywhere"


def headers(server: RoomServer) -> Iterator[str]:
    """What every answer must say to a browser, whatever is asked."""
    for path in ("/", "/rooms/books", "/health", "/ws/stats", "/ws/1", "/api/v1/rooms", "/nowhere"):
        _status, found = _ask(server, path)
        for name, start in HEADERS.items():
            if not found.get(name, "").startswith(start):
                yield f"{path} {name}: {found.get(name)}"
        if "unsafe" in found.get("Content-Security-Policy", ""):
            yield f"{path} something is unsafe"


def schemathesis(server: RoomServer) -> Iterator[str]:
    """The HTTP interface against its own description."""
    description = "/api/v1/openapi.json"
    status, _headers = _ask(server, description)
    if status != 200:
        yield f"{description} is answered with {status}"
        return
    checks = "not_a_server_error,status_code_conformance,content_type_conformance"
    checks += ",response_schema_conformance"
    # An answer that doesn't end is waited for, for as long as it may take.
    without = ("--exclude-path", "/api/v1/rooms/{room}/events")
    options = ("--max-examples", "20", "--seed", "7", "--checks", checks, *without)
    command = (_tool("schemathesis"), "run", *options, server.url + description)
    done = _run(*command, folder=PLACE)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    yield from failures_in(done, "- ")


def slowhttptest(server: RoomServer) -> Iterator[str]:
    """Heads that never end: others must be served meanwhile, and the slow ones cut off."""
    if not shutil.which("slowhttptest") and not apt_install("slowhttptest"):
        raise NotHere("sudo apt-get install slowhttptest")
    with tempfile.TemporaryDirectory() as folder:
        name = str(Path(folder) / "slow")
        flags = ("-H", "-c", "200", "-r", "100", "-i", "5", "-l", "20", "-p", "3", "-g")
        done = _run("slowhttptest", *flags, "-o", name, "-u", server.url + "/health/live")
        rows = list(csv.DictReader(Path(f"{name}.csv").read_text().splitlines()))
    if not rows:
        raise RuntimeError(done.stdout[-2_000:])
    if any(row["Service Available"].strip() == "0" for row in rows):
        yield "the service was not available while slow heads were sent"
    if "No open connections left" not in done.stdout or int(rows[-1]["Seconds"]) > 15:
        yield f"slow connections were still open after {rows[-1]['Seconds']} s"


def autobahn(_server: RoomServer) -> Iterator[str]:
    """The Autobahn|Testsuite, which needs Python 2.7."""
    python = shutil.which("python2.7")
    if not python or _run(python, "-c", "import autobahntestsuite").returncode:
        raise NotHere("it needs Python 2.7 with autobahntestsuite; there is none")
    raise NotHere("run wstest -m fuzzingclient by hand against /ws/1?user_id=1&username=A")


def fuzz(_server: RoomServer) -> Iterator[str]:
    """The project's own fuzzer of the wire, for longer than in the tests."""
    environ = {**os.environ, "ROOMSERVER_FUZZ_ROUNDS": "400"}
    command = [sys.executable, "-m", "pytest", "-q", "tests/security/test_wire_fuzz.py"]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, text=True, capture_output=True, check=False
    )
    yield from failures_in(done, "FAILED")


Check = Callable[[RoomServer], Iterator[str]]

CHECKS: Final[Sequence[Check]] = (
    headers,
    csp,
    bandit,
    pip_audit,
    schemathesis,
    slowhttptest,
    autobahn,
    fuzz,
)


def main(wanted: Sequence[str]) -> int:
    """Run the *wanted* checks, or all; return how many found something."""
    known = tomllib.loads((HERE / "known.toml").read_text(encoding="utf-8"))
    failed = 0
    with _server() as server:
        for check in CHECKS:
            if wanted and check.__name__ not in wanted:
                continue
            is_fine, report = judge(check, server, known.get(check.__name__, {}))
            failed += not is_fine
            for line in report:
                _say(line)
    return failed


def judge(check: Check, server: RoomServer, known: Mapping[str, str]) -> tuple[bool, list[str]]:
    """Run *check*; say whether it found exactly what is *known*, and report."""
    name = check.__name__
    try:
        found = set(check(server))
    except NotHere as reason:
        return True, [f"not here  {name}: {reason}"]
    news, gone = sorted(found - known.keys()), sorted(known.keys() - found)
    is_fine = not news and not gone
    return is_fine, [
        f"{'ok' if is_fine else 'found':<9} {name}: {check.__doc__}",
        *(f"            new: {finding}" for finding in news),
        *(f"            no longer found, take it out of known.toml: {finding}" for finding in gone),
        *(f"            known: {each} ({known[each]})" for each in sorted(found & known.keys())),
    ]


def failures_in(done: "subprocess.CompletedProcess[str]", mark: str) -> Sequence[str]:
    """Return the lines of a program that failed which begin with *mark*, or its last words."""
    if done.returncode == 0:
        return []
    lines = [line for line in done.stdout.splitlines() if line.startswith(mark)]
    return lines or [f"it ended with status {done.returncode}: {_last_line(done)}"]


@contextmanager
def _server() -> Iterator[RoomServer]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_roomserver(data_dir=Path(folder)) as server,
    ):
        yield server


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tool(name: str) -> str:
    """Return the path of a tool in the environment that is made when it is first needed."""
    program = PLACE / "env" / "bin" / name
    stamp = PLACE / "env" / ".stamp"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        if importlib.util.find_spec("uv") is None:
            raise NotHere("it needs uv: make dev")
        uv = [sys.executable, "-m", "uv"]
        for step in (
            [*uv, "venv", "-q", "--clear", str(PLACE / "env")],
            [*uv, "pip", "install", "-q", "--python", str(PLACE / "env" / "bin" / "python"),
             "-r", str(HERE / "requirements.txt")],
        ):  # fmt: skip
            done = _run(*step)
            if done.returncode:
                raise NotHere(f"can't be installed: {_last_line(done)}")
        stamp.write_text(wanted, encoding="utf-8")
    return str(program)


def _run(
    *command: str, folder: Path = ROOT, said: str | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=folder,
        input=said,
        text=True,
        capture_output=True,
        timeout=MINUTES_S,
        check=False,
    )


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    return ((done.stderr or done.stdout).strip().splitlines() or ["nothing"])[-1]


def _ask(server: RoomServer, path: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(server.url + path) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
