"""Several streams of one source, read in turn: one that fails hinders no other."""

from collections.abc import AsyncIterator, Iterable, Mapping

from connectors.base import Fetch, Page, Trouble

_GRAVEST = ("failing", "no_permission", "not_enabled", "not_licensed", "empty")


async def several(_ctx: Fetch, streams: Mapping[str, AsyncIterator[Page]]) -> AsyncIterator[Page]:
    """The pages of every stream; raises Trouble for all that failed, in the gravest state, after all were read."""
    troubles: list[Trouble] = []
    for name, pages in streams.items():
        try:
            async for page in pages:
                yield page
        except Trouble as trouble:
            told = str(trouble) if str(trouble).startswith(name) or len(streams) == 1 else f"{name}: {trouble}"
            troubles.append(Trouble(trouble.state, told, trouble.retry_after))
    found = gravest(troubles)
    if found is not None:
        raise found


def gravest(troubles: Iterable[Trouble]) -> Trouble | None:
    """All troubles as one, in the gravest state, with the longest wait any asks for; None where there is none."""
    found = list(troubles)
    if not found:
        return None
    first = min(found, key=lambda trouble: _GRAVEST.index(trouble.state) if trouble.state in _GRAVEST else 0)
    waits = [trouble.retry_after for trouble in found if trouble.retry_after is not None]
    said = "; ".join(dict.fromkeys(str(trouble) for trouble in found))
    return Trouble(first.state, said, max(waits, default=None))
