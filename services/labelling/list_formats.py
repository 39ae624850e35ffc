"""Lists of hosts as others publish them, read line by line; what is no host is refused with its line and reason. Pure.

- v2fly: https://github.com/v2fly/domain-list-community (README, "Structure of data"): `domain:` (or nothing), `full:`,
  `keyword:`, `regexp:`, `include:`, `@attribute`, `#`.
- hosts: https://man7.org/linux/man-pages/man5/hosts.5.html: an address, then names, each for itself alone.
- dnsmasq: https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html: `address=/name/`, `server=`, `local=`, `ipset=`,
  `nftset=`; a name stands for all below it.
- adblock: https://adguard-dns.io/kb/general/dns-filtering-syntax/: `||name^`, with options that narrow nothing.
- plain: a name a line, `*.` or `.` in front allowed; all below it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from services.labelling.hosts import fault, is_address, normalise

_LONGEST = 80
_PARTS = frozenset({"keyword", "regexp", "regex"})
_PARTIAL = "matches parts of names, not hosts"
_DEPTH = 10


class Entry(NamedTuple):
    """A host a list names, normalised, with its line; `file` where another than the list's was included."""

    line: int
    host: str
    match: Literal["suffix", "exact"] = "suffix"
    file: str | None = None


class Refused(NamedTuple):
    """A line that is not taken over, what stood there (cut) and why."""

    line: int
    text: str
    reason: str
    file: str | None = None

    def __str__(self) -> str:
        return f"{f'{self.file} ' if self.file else ''}line {self.line}: {self.text}: {self.reason}"


Found = Iterator[Entry | Refused]
Sibling = Callable[[str], str | None]


def nowhere(_name: str) -> str | None:
    """No file is beside the list."""
    return None


def v2fly(text: str, sibling: Sibling = nowhere, *, within: tuple[str, ...] = ()) -> Found:
    """`sibling` gives the text of a file that is included, None where there is none."""
    file = within[-1] if within else None
    for number, line in _lines(text, "#"):
        rule, *marks = line.split()
        kind, colon, value = rule.partition(":")
        if not colon:
            kind, value = "domain", rule
        if kind == "include":
            for found in _included(number, value, marks, sibling, within):
                yield found._replace(file=found.file or file)
        elif kind not in {"domain", "full"}:
            yield Refused(number, line[:_LONGEST], _PARTIAL if kind in _PARTS else "unknown kind of rule", file)
        elif "@ads" in marks:
            yield Refused(number, line[:_LONGEST], "marked @ads: advertising", file)
        else:
            yield entry(number, value, "exact" if kind == "full" else "suffix", file)


def _included(number: int, name: str, marks: list[str], sibling: Sibling, within: tuple[str, ...]) -> Found:
    """The rules of another file; with `@mark` those that carry it, with `@-mark` those that don't."""
    inner = None if name in within or len(within) >= _DEPTH else sibling(name)
    if inner is None:
        why = "included in itself" if name in within else "the included file is not beside the list"
        yield Refused(number, f"include:{name}"[:_LONGEST], why)
        return
    wanted = [mark for mark in marks if mark.startswith("@") and not mark.startswith("@-")]
    unwanted = ["@" + mark[2:] for mark in marks if mark.startswith("@-")]
    kept = ("\n" if _left_out(line.split(), wanted, unwanted) else f"{line}\n" for line in inner.splitlines())
    yield from v2fly("".join(kept), sibling, within=(*within, name))


def _left_out(words: list[str], wanted: list[str], unwanted: list[str]) -> bool:
    return not all(mark in words for mark in wanted) or any(mark in words for mark in unwanted)


def hosts_file(text: str) -> Found:
    """Names of this machine and its network have one label, and are refused."""
    for number, line in _lines(text, "#"):
        address, *names = line.split()
        if not is_address(normalise(address)):
            yield Refused(number, line[:_LONGEST], "it does not begin with an address")
        elif not names:
            yield Refused(number, line[:_LONGEST], "an address without a name")
        for name in names if is_address(normalise(address)) else ():
            yield entry(number, name, "exact")


_DNSMASQ = re.compile(r"(address|server|local|ipset|nftset)\s*=\s*/(.*)/([^/]*)$")


def dnsmasq(text: str) -> Found:
    """Other settings of the same file are refused: they name no hosts."""
    for number, line in _lines(text, "#", glued=True):
        found = _DNSMASQ.match(line)
        if found is None:
            yield Refused(number, line[:_LONGEST], "no setting that names domains")
            continue
        for name in found.group(2).split("/"):
            yield entry(number, name.removeprefix("*."), "suffix")


def plain(text: str) -> Found:
    """A URL is refused: its path would be lost."""
    for number, line in _lines(text, "#"):
        yield entry(number, line.removeprefix("*").removeprefix("."), "suffix")


_ADBLOCK = re.compile(r"\|\|([^/^|*$]+)\^(?:\$(.*))?$")
_NARROWS_NOTHING = frozenset({"important", "all", "document", "doc", "third-party", "3p", "popup"})


def adblock(text: str) -> Found:
    """Only rules for a whole domain; exceptions, paths and hiding rules are refused."""
    for number, line in _lines(text, "!"):
        if line.startswith(("#", "[")):
            if "##" in line:
                yield Refused(number, line[:_LONGEST], "hides parts of pages")
            continue
        found = _ADBLOCK.match(line)
        options = set((found.group(2) or "").split(",")) - {""} if found else set()
        if found is None:
            why = "an exception" if line.startswith("@@") else "no rule for a whole domain"
            yield Refused(number, line[:_LONGEST], why)
        elif options - _NARROWS_NOTHING:
            yield Refused(number, line[:_LONGEST], f"narrowed by {', '.join(sorted(options - _NARROWS_NOTHING))}")
        else:
            yield entry(number, found.group(1), "suffix")


def entry(number: int, written: str, match: Literal["suffix", "exact"], file: str | None = None) -> Entry | Refused:
    """The host of a line, or why it is none."""
    host = normalise(written)
    shown = written[:_LONGEST]
    if "/" in written or "@" in written:
        return Refused(number, shown, "not a host alone", file)
    why = fault(host) or ("a wildcard within the name" if "*" in host else None)
    if why is None and is_address(host):
        why = "an address, no name"
    if why is None and "." not in host:
        why = "a name of one label"
    return Refused(number, shown, why, file) if why else Entry(number, host, match, file)


def _lines(text: str, comment: str, *, glued: bool = False) -> Iterator[tuple[int, str]]:
    """Lines that say something, without their comments, numbered from 1. `glued`: a comment needs a space before it."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if comment == "!":
            bare = "" if line.lstrip().startswith("!") else line.strip()
        elif glued:
            bare = re.split(rf"(?:^|\s){comment}", line, maxsplit=1)[0].strip()
        else:
            bare = line.partition(comment)[0].strip()
        if bare:
            yield number, bare
