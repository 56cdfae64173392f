"""The suite itself: a test that skips can't hide."""

import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = {
    "a call": "def test_it():\n    pytest.skip('not today')",
    "a mark": "@pytest.mark.skip(reason='not today')\ndef test_it(): ...",
    "a parameter set that is empty": "@pytest.mark.parametrize('x', [])\ndef test_it(x): ...",
    "a module that is not there": "pytest.importorskip('no_such_module')",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", SKIPPING)
def test_a_skipped_test_is_a_failed_one(how: str, tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(f"import pytest\n{SKIPPING[how]}\n")
    pytest_alone = [sys.executable, "-m", "pytest", "-c", "/dev/null", f"--rootdir={tmp_path}"]
    with_ours = [*pytest_alone, "-p", "tests.support.honesty", str(test)]

    ran = subprocess.run(with_ours, capture_output=True, text=True, check=False)

    assert ran.returncode != 0
    assert "A test that skips tells nobody what is untested" in ran.stdout
