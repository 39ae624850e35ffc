"""The pages that are made from code: every setting, and every route with the roles it lets through.

`python -m deploy.reference` (`make reference`) writes them afresh; a test fails while they are not current, so that a
new setting or a route that lets somebody else through is seen in a review.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from services.app import services
from services.cli.settings import markdown
from services.kit import keys
from services.kit.access import ROLES
from services.kit.access.gate import declared
from services.kit.clock import SystemClock
from services.kit.db import connect
from services.kit.eventlog.connect import connect as connect_log
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from services.kit.web import application

ROOT = Path(__file__).parent.parent
SETTINGS, ROUTES = ROOT / "deploy" / "settings.md", ROOT / "services" / "kit" / "access" / "routes.md"
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
PUBLIC = "everybody"
Route = tuple[str, str]
"""Method and path."""
SETTINGS_HEAD = """# Settings

Each is an environment variable, or a line of a `.env` file. Made by `make reference` from `services/kit/settings.py`;
`penumbra settings` prints what holds on a machine and where it comes from. One that is set to nothing counts as unset;
a variable that begins with `PENUMBRA_` and is no setting is told at the start, with the one it is near to.
"""
ROUTES_HEAD = """# Routes and roles

What each route takes and which roles have it. Made by `make reference`; a test asks every route as every role and holds
the answer against this table, so a change here is a change of who may do what: look at it in the review.
"""


def whole() -> FastAPI:
    """The app of all services, with an identity provider: it answers to no database, but has every route."""
    settings = Settings(
        _env_file=None, database_url=SecretStr(NOWHERE), oidc_issuer="https://id.example", oidc_client_id="penumbra",
        public_url="https://penumbra.example", role_map="everybody=viewer",
    )  # type: ignore[call-arg] # fmt: skip # pydantic-settings takes _env_file
    engine = connect(NOWHERE)
    runtime = Runtime(settings, engine, connect_log(settings, engine), keys.make(), SystemClock())
    return application(runtime, [build(runtime) for build in services().values()])


def permissions(app: FastAPI) -> Mapping[Route, str | None]:
    """Every route and the permission it takes; None for what everybody may ask. HEAD goes with GET."""
    found = {
        (method, route.path or ""): declared(route)
        for route in iter_route_contexts(app.routes)
        for method in route.methods or {"*"}
        if method != "HEAD"
    }
    return dict(sorted(found.items(), key=lambda item: (item[0][1], item[0][0])))


def routes_page(app: FastAPI) -> str:
    """The table of routes."""
    names = [name.replace("_", " ") for name in ROLES]
    lines = [f"| route | permission | {' | '.join(names)} |", f"|---|---|{'---|' * len(names)}"]
    for (method, path), permission in permissions(app).items():
        cells = ["yes" if permission is None or permission in ROLES[role] else "" for role in ROLES]
        lines.append(f"| {method} {path} | {permission or PUBLIC} | {' | '.join(cells)} |")
    return ROUTES_HEAD + "\n" + "\n".join(lines) + "\n"


def read_routes(page: str) -> Iterator[tuple[Route, str, Mapping[str, bool]]]:
    """Route, permission and role → whether it is let through, as a page says."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|")]
    roles = [name.replace(" ", "_") for name in rows[0][2:]]
    for route, permission, *cells in rows[2:]:
        method, _, path = route.partition(" ")
        yield (method, path), permission, dict(zip(roles, (cell == "yes" for cell in cells), strict=True))


def pages() -> Mapping[Path, str]:
    """What each page should hold."""
    return {SETTINGS: f"{SETTINGS_HEAD}\n{markdown()}\n", ROUTES: routes_page(whole())}


def main() -> int:
    """Writes what is not current and says which."""
    for path, content in pages().items():
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
            sys.stderr.write(f"{path.relative_to(ROOT)} is written afresh; look at what changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
