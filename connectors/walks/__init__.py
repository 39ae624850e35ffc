"""How a source is walked: newest first, oldest first, by windows, or as what stands; and the requests themselves.

No source of its own. Every walk is one stream of a connector's cursor (`Places`), saved page by page, so that a run
killed anywhere goes on where its last page was, and none is skipped. A `Listing` makes one request; what an answer
means, `Api` knows.
"""

from connectors.walks.api import Answer, Api
from connectors.walks.listing import At, Expired, Listed, Listing, Window
from connectors.walks.ordered import forward, newest_first
from connectors.walks.places import Place, Places
from connectors.walks.standing import snapshot
from connectors.walks.streams import gravest, several
from connectors.walks.windows import windows

__all__ = [
    "Answer", "Api", "At", "Expired", "Listed", "Listing", "Place", "Places", "Window", "forward", "gravest",
    "newest_first", "several", "snapshot", "windows",
]  # fmt: skip
