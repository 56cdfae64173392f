"""What a clean machine gets: the locks, and the environment that is made from them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
NPM_LOCK = ROOT / "tests" / "support" / "npm" / "package-lock.json"
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_path(lock: str) -> None:
    requirements = re.sub(r"#.*", "", (ROOT / lock).read_text())

    assert not re.search(r"://|/|@|--(index-url|find-links|extra-index-url)", requirements)


def test_the_lock_of_the_javascript_clients_names_no_host() -> None:
    assert "://" not in NPM_LOCK.read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()

    assert [line for line in lines if "==" in line and "--hash=sha256:" not in line] == []


def test_who_may_test_may_also_run() -> None:
    runtime, dev = map(pins, LOCKS)

    assert runtime.items() <= dev.items()


def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    for dependency in project["dependencies"]:
        assert re.search(r">=[\w.]+,<\d", dependency), dependency


def test_an_environment_that_is_ready_is_left_alone() -> None:
    stamp = Path(sys.prefix) / "stamp"
    made_at_ns = stamp.stat().st_mtime_ns

    for purpose in ("dev", "runtime"):
        environment = [sys.executable, "packaging/environment.py", purpose]
        said = subprocess.run(environment, cwd=ROOT, capture_output=True, check=True)
        assert said.stdout + said.stderr == b""

    assert stamp.stat().st_mtime_ns == made_at_ns
