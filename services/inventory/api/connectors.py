"""`/api/v1/connectors`: the kinds of sources there are, what each needs, and the settings of an instance."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from connectors.base import Connector
from connectors.next_step import needs
from connectors.settings import settings
from services.inventory import operating
from services.inventory.api.answers import answer
from services.inventory.api.source_views import ConnectorItem
from services.inventory.api.views import Page
from services.kit.access import Caller, require
from services.kit.errors import NotFound

router = APIRouter(tags=["sources"])
Reader = Annotated[Caller, Depends(require("sources:read"))]


@router.get("/connectors")
async def listed(_: Reader) -> Response:
    """Every kind of source, by name."""
    return answer(Page(items=items(), next=None))


@router.get("/connectors/{name}")
async def one(name: str, _: Reader) -> Response:
    """One kind of source."""
    return answer(get(name))


def items(words: str = "") -> tuple[ConnectorItem, ...]:
    """Every kind of source, by title; not what is only imported. `words` stand in its name, title, kinds or plan."""
    wanted = words.lower().split()
    known = [each for each in operating.connectors().values() if not each.imported]
    found = [each for each in known if all(word in _said(each) for word in wanted)]
    return tuple(described(each) for each in sorted(found, key=lambda each: each.title.lower()))


def _said(connector: Connector) -> str:
    return f"{connector.name} {connector.title} {' '.join(connector.kinds)} {connector.plan}".lower()


def get(name: str) -> ConnectorItem:
    """One by its name; raises NotFound."""
    known = operating.connectors().get(name)
    if known is None:
        raise NotFound(f"there is no connector {name!r}; `penumbra connector list` names them")
    return described(known)


def described(connector: Connector) -> ConnectorItem:
    """A connector's declaration as it is answered; times in seconds."""
    return ConnectorItem(
        name=connector.name, title=connector.title, kinds=tuple(map(str, connector.kinds)), how=connector.how,
        needs=needs(connector), permissions=connector.permissions, granted_in=connector.granted_in,
        plan=connector.plan, docs=connector.docs, evidence=connector.evidence,
        every_seconds=connector.every.total_seconds() if connector.fetch is not None else None,
        lateness_seconds=connector.lateness.total_seconds(), about=_about(connector), settings=settings(connector),
    )  # fmt: skip


def _about(connector: Connector) -> str:
    """Config's docstring, where it has one of its own, without the markup of code."""
    own = connector.config.__dict__.get("__doc__") if connector.config is not dict else None
    return " ".join(str(own or "").replace("`", "").split())
