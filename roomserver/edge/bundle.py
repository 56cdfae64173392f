"""
JavaScript modules of the page, put together as one file that needs nothing else.

Each module becomes a function that is called once, in the order in which they need one
another. It reads the few forms of ``import`` and ``export`` that ``web/js`` is written in.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Final

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "([^"]+)"\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export (?=(?:class|const|function|async function) (\w+))", re.MULTILINE
)


def bundled(folder: Path, entry: str) -> str:
    """
    Return the module *entry* of *folder* with all that it imports.

    Raises:
        ValueError: If a module is written in a form that isn't read here.

    """
    modules: dict[str, str] = {}
    _add(folder, PurePosixPath(entry), modules)
    names = _EXPORT.findall((folder / entry).read_text(encoding="utf-8"))
    exports = f"export const {{ {', '.join(names)} }} = {_variable(PurePosixPath(entry))}\n"
    return "\n".join([*modules.values(), exports])


def _add(folder: Path, module: PurePosixPath, modules: dict[str, str]) -> None:
    name = _variable(module)
    if name in modules:
        return
    code = (folder / module).read_text(encoding="utf-8")
    imports = []
    for names, path in _IMPORT.findall(code):
        target = _resolved(module.parent, path)
        _add(folder, target, modules)
        wanted = names.replace(" as ", ": ").strip()
        imports.append(f"const {{ {wanted} }} = {_variable(target)}\n")
    exported = _EXPORT.findall(code)
    body = _EXPORT.sub("", _IMPORT.sub("", code))
    if unread := re.search(r"^(?:import|export)\b.*", body, re.MULTILINE):
        raise ValueError(f"{module}: {unread[0]}")
    modules[name] = (
        f"const {name} = (() => {{\n{''.join(imports)}{body}"
        f"\nreturn {{ {', '.join(exported)} }}\n}})()\n"
    )


def _resolved(folder: PurePosixPath, path: str) -> PurePosixPath:
    for part in PurePosixPath(path).parts:
        folder = folder.parent if part == ".." else folder / part
    return folder


def _variable(module: PurePosixPath) -> str:
    return re.sub(r"\W", "_", str(module.with_suffix("")))
