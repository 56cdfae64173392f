"""What belongs at the root: the service worker and the client for programs."""

import json
import re
from pathlib import Path

import pytest

from roomserver.edge.assets import Assets
from roomserver.edge.bundle import bundled
from roomserver.edge.root_files import RootFiles
from tests.support.talk import Client


async def test_the_service_worker_keeps_files_that_are_there(client: Client) -> None:
    answer = await client.get("/service_worker.js")
    code = await answer.text()
    shell = json.loads(re.findall(r"^const SHELL = (\{.*?^\})", code, re.DOTALL | re.MULTILINE)[0])

    assert answer.content_type == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "js/main.js" in shell["files"]
    assert "i18n/es.json" in shell["files"]
    for name in shell["files"]:
        assert (await client.get(shell["prefix"] + name)).status == 200, name


async def test_the_service_worker_keeps_every_file_that_the_page_names(client: Client) -> None:
    """It reads of the stylesheets, which come together, in the page."""
    code = await (await client.get("/service_worker.js")).text()
    html = await (await client.get("/")).text()

    named = {name.split("/", 3)[3] for name in re.findall(r'(?:src|href)="(/assets/[^"#]+)', html)}

    left_out = {name for name in named if f'"{name}"' not in code}
    assert {Path(name).suffix for name in left_out} == {".css"}


async def test_another_version_is_another_service_worker(tmp_path: Path) -> None:
    workers = []
    for text in ("one", "other"):
        (tmp_path / "page.css").write_text(text)
        (tmp_path / "service_worker.js").write_text("")
        (tmp_path / "js").mkdir(exist_ok=True)
        (tmp_path / "js" / "client.js").write_text("")
        workers.append(RootFiles(tmp_path, Assets(tmp_path))._service_worker)

    assert workers[0] != workers[1]


async def test_the_client_is_one_file_that_imports_nothing(client: Client) -> None:
    answer = await client.get("/client.js")
    code = await answer.text()

    assert answer.content_type == "text/javascript"
    assert not re.search(r"^\s*import\b", code, re.MULTILINE)
    assert code.rstrip().endswith("export const { join, Room } = client")


def test_modules_are_put_together_in_the_order_of_their_need(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "deep.js").write_text("const N = 1\nexport function one() { return N }\n")
    (tmp_path / "side.js").write_text('import { one } from "./below/deep.js"\nexport const N = one')
    (tmp_path / "main.js").write_text(
        'import { N as first } from "./side.js"\n'
        'import { one } from "./below/deep.js"\n'
        "export class Two { value = first() + one() }\n"
    )

    code = bundled(tmp_path, "main.js")

    assert code.count("function one()") == 1
    assert code.index("below_deep = ") < code.index("side = ") < code.index("main = ")
    assert "const { N: first } = side" in code
    assert code.rstrip().endswith("export const { Two } = main")


def test_a_form_that_is_not_read_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("export default 7\n")

    with pytest.raises(ValueError, match="export default"):
        bundled(tmp_path, "main.js")
