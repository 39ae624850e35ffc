"""A program on a device, as the catalog's ids name it: `bundle:`, `process:`, `chrome:`, `vscode:`, `npm:`, `docker:` …

The id goes into `App.client_id`. An installed program keeps its display name too; a process has only its own, which any
program may carry, and its command line is never kept: arguments hold prompts, paths and tokens.
"""

import re
from functools import lru_cache

from schemas.observation import App

_HELPERS = re.compile(r" (?:Helper(?: \([\w ]+\))?|Networking|Web Content|GPU)$")
_VERSION = re.compile(
    r"\s+(?:version\s+)?v?\d+(?:\.\d+)+\S*$|\s+\((?:User|x64|x86|64-bit|32-bit|arm64)\)$", re.IGNORECASE
)
_PACKAGE = re.compile(r"[/\\]node_modules[/\\]((?:@[\w.~-]+[/\\])?[\w.~-]+)")
_INTERPRETERS = frozenset({"node", "node.exe", "bun", "bun.exe", "deno", "npx", "npm", "electron"})
_LONGEST = 200
_REMEMBERED = 1 << 14


@lru_cache(_REMEMBERED)
def app(bundle: str | None, name: str | None, publisher: str | None = None) -> App | None:
    """An installed application by its bundle id and display name (`Claude.app`, `Cursor (User)`, `Ollama 0.12.3`)."""
    shown = display_name(name)
    if not bundle and not shown:
        return None
    return App(name=shown, client_id=f"bundle:{bundle[:_LONGEST]}" if bundle else None, publisher=publisher or None)


@lru_cache(_REMEMBERED)
def extension(store: str, key: str, name: str | None = None, publisher: str | None = None) -> App:
    """An extension by its id in a store: chrome (the whole family of browsers), firefox, safari, vscode, jetbrains."""
    return App(name=name or None, client_id=f"{store}:{key[:_LONGEST]}", publisher=publisher or None)


@lru_cache(_REMEMBERED)
def package(manager: str, name: str) -> App:
    """A package by its name: npm, pypi, homebrew, deb, rpm. It has no display name: `claude` is many things."""
    return App(client_id=f"{manager}:{name[:_LONGEST]}")


@lru_cache(_REMEMBERED)
def image(reference: str) -> App | None:
    """A container image by its repository, without registry of Docker's own, tag and digest: `ollama/ollama`."""
    plain = reference.strip().partition("@")[0].lower()
    repository, colon, tag = plain.rpartition(":")
    plain = repository if colon and "/" not in tag else plain
    plain = plain.removeprefix("docker.io/").removeprefix("library/")
    return package("docker", plain) if plain and plain != "<none>" and not plain.startswith("sha256") else None


@lru_cache(_REMEMBERED)
def process(path: str | None, command: str | None = None) -> App | None:
    """A process by the name of its file, case kept; one that an interpreter runs by its npm package, where it is one.

    `command` is looked into for `node_modules/<package>` and nothing else.
    """
    name = file_name(path)
    if not name:
        return None
    found = _PACKAGE.findall(path or "") or (_PACKAGE.findall(command or "") if name.lower() in _INTERPRETERS else [])
    if found:
        return package("npm", found[-1].replace("\\", "/"))
    return App(client_id=f"process:{_HELPERS.sub('', name)}")


@lru_cache(_REMEMBERED)
def listening(port: int) -> App:
    """A program of which only its port is known."""
    return App(client_id=f"port:{port}")


def file_name(path: str | None) -> str:
    """The last part of a path of any system, without quotes; empty where there is none."""
    plain = (path or "").strip().strip('"').replace("\\", "/").rstrip("/")
    return plain.rpartition("/")[2][:_LONGEST]


@lru_cache(_REMEMBERED)
def display_name(name: str | None) -> str | None:
    """An application's name without `.app`, version and the notes installers add; None where nothing is left."""
    plain = (name or "").strip().removesuffix(".app")
    while (shorter := _VERSION.sub("", plain)) != plain:
        plain = shorter
    return plain[:_LONGEST] or None
