"""Microsoft Graph for the sources that read it: pages by `@odata.nextLink`, windows, what errors mean; Entra's token.

No source of its own. API: https://learn.microsoft.com/graph/use-the-api and .../graph/paging.
"""

from connectors.graph.bearer import Bearer
from connectors.graph.client import ROOTS, Cloud, Expired, Graph, Listed, Needs
from connectors.graph.progress import Log, Progress, Stale, Window, gravest, rfc3339, windows
from connectors.graph.signed import Signed, odata, on_graph
from connectors.graph.tenant import DLP, SIGN_INS_AND_CHANGES, of_tenant
from connectors.graph.values import items, maybe_moment, moment, text, under

__all__ = [
    "DLP", "ROOTS", "SIGN_INS_AND_CHANGES", "Bearer", "Cloud", "Expired", "Graph", "Listed", "Log", "Needs", "Progress",
    "Signed", "Stale", "Window", "gravest", "items", "maybe_moment", "moment", "odata", "of_tenant", "on_graph",
    "rfc3339", "text", "under", "windows",
]  # fmt: skip
