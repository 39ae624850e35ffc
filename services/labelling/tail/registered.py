"""The registered domain of a host (`chat.acme.co.uk` → `acme`, `co.uk`) by the public suffix list, private part too.

The list is the one that tldextract ships (https://publicsuffix.org/list/, MPL-2.0), read as a file: importing that
package takes longer than a quick command has. Rules: https://github.com/publicsuffix/list/wiki/Format#algorithm.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import NamedTuple

from services.labelling.hosts import is_address


class Registered(NamedTuple):
    """A registered domain: its own label and the public suffix it stands below."""

    label: str
    suffix: str

    @property
    def name(self) -> str:
        """The domain as it is written."""
        return f"{self.label}.{self.suffix}"


def registered(host: str) -> Registered | None:
    """The registered domain of a normalised host; None of an address, a public suffix alone or a single label."""
    if "." not in host or is_address(host):
        return None
    rules = _rules()
    labels = host.split(".")
    for at in range(len(labels)):
        suffix = ".".join(labels[at:])
        if f"!{suffix}" in rules:
            return Registered(labels[at], ".".join(labels[at + 1 :]))
        if suffix in rules or ("*." + ".".join(labels[at + 1 :]) in rules and at + 1 < len(labels)):
            return Registered(labels[at - 1], suffix) if at else None
    return Registered(labels[-2], labels[-1])


@cache
def _rules() -> frozenset[str]:
    found = importlib.util.find_spec("tldextract")
    if found is None or found.origin is None:
        raise FileNotFoundError("tldextract is not installed: it brings the public suffix list")
    lines = Path(found.origin).with_name(".tld_set_snapshot").read_text(encoding="utf-8").splitlines()
    stated = (line.split()[0] for line in lines if line.strip() and not line.startswith("//"))
    return frozenset(_ascii(rule) for rule in stated)


def _ascii(rule: str) -> str:
    return rule if rule.isascii() else rule.encode("idna").decode("ascii")
