"""Vendors' APIs that page as the real ones do, over records a test puts there, with faults planned request by request.

Unlike the company's own APIs (`services.simulator.server`) these have no world behind them: each holds a `Shelf`, whose
truth is what was put on it. An API is a function that gives its routes; `served` puts several on one port.
"""

from services.simulator.vendors.mischief import Mischief
from services.simulator.vendors.served import served
from services.simulator.vendors.shelf import Kept, Shelf

__all__ = ["Kept", "Mischief", "Shelf", "served"]
