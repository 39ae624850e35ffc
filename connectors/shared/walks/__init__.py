"""How a source is walked: newest first, oldest first, by windows, or as what stands; and the requests themselves.

No source of its own. Every walk is one stream of a connector's cursor (`Places`), saved page by page, so that a run
killed anywhere goes on where its last page was, and none is skipped. A `Listing` makes one request; what an answer
means, `Api` knows.
"""

from connectors.shared.walks.api import Answer, Api
from connectors.shared.walks.listing import At, Expired, Listed, Listing, Window, rfc3339
from connectors.shared.walks.ordered import forward, newest_first
from connectors.shared.walks.places import Place, Places
from connectors.shared.walks.standing import snapshot
from connectors.shared.walks.streams import gravest, several
from connectors.shared.walks.windows import windows

__all__ = [
    "Answer", "Api", "At", "Expired", "Listed", "Listing", "Place", "Places", "Window", "forward", "gravest",
    "newest_first", "rfc3339", "several", "snapshot", "windows",
]  # fmt: skip
