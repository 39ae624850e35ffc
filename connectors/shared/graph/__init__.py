"""Microsoft Graph for the sources that read it: pages by `@odata.nextLink`, windows, what errors mean; Entra's token.

No source of its own. API: https://learn.microsoft.com/graph/use-the-api and .../graph/paging.
"""

from connectors.shared.graph.bearer import Bearer
from connectors.shared.graph.client import ROOTS, Cloud, Expired, Graph, Listed, Needs
from connectors.shared.graph.progress import Log, Progress, Stale, Window, windows
from connectors.shared.graph.signed import Signed, odata, on_graph
from connectors.shared.graph.tenant import DLP, SIGN_INS_AND_CHANGES, of_tenant
from connectors.shared.graph.values import items, maybe_moment, moment, text, under

__all__ = [
    "DLP", "ROOTS", "SIGN_INS_AND_CHANGES", "Bearer", "Cloud", "Expired", "Graph", "Listed", "Log", "Needs", "Progress",
    "Signed", "Stale", "Window", "items", "maybe_moment", "moment", "odata", "of_tenant", "on_graph",
    "text", "under", "windows",
]  # fmt: skip
