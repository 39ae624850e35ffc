"""What the whole of labelling says of names that are no AI, of related hosts, and of the catalog's own examples."""

from collections import Counter
from collections.abc import Iterator

from schemas.usage import Label, Verdict
from schemas.vendor import Product
from services.classifier.corpora.names import lines
from services.classifier.evaluation.cases import catalog
from services.classifier.evaluation.section import Figure, Section, Table, share
from services.labelling.examples import fault_of
from services.labelling.hosts import normalise
from services.labelling.index import CatalogIndex, build
from services.labelling.labeller import Labeller

ORDER = 10
_USES = frozenset({Verdict.AI, Verdict.EMBEDDED})
_USE_ROLES = frozenset({"ui", "api"})
ABOUT = (
    "Every name of the ordinary and look-alike corpora, bare and with `www.`, labelled as a record that names a"
    " host and nothing else. A name that is AI after all by a reader's judgement (`corpora/ordinary_ai.txt`) is no"
    " fault. Related hosts and examples are the catalog's own."
)
LIMITS = (
    "The catalog's own hosts and examples cannot tell its recall: public lists by other hands do.",
    "How often a catalog host is wrong is told by an audit of hosts drawn at random, no part of this command.",
    "The confidence of a catalog match is set by the kind of evidence; it is not calibrated here.",
)


def measure() -> Section:
    """The faults that are counted, and the catalog by kind."""
    index = build(catalog())
    labeller = Labeller(index)
    figures = [*_ordinary(labeller), *_related(labeller), *_examples(index)]
    return Section(
        id="labels", title="What is labelled AI and is not", about=ABOUT, figures=tuple(figures), limits=LIMITS,
        tables=(_by_kind(),),
    )  # fmt: skip


def _ordinary(labeller: Labeller) -> Iterator[Figure]:
    judged = set(lines("ordinary_ai.txt"))
    files = ("ordinary_web.txt", "ordinary_mail.txt", "ordinary_business.txt")
    names = [name for file in files for name in lines(file) if name not in judged]
    wrong, review = _told(labeller, names)
    yield share(
        "labels.ordinary.ai", "ordinary domains labelled ai", wrong, 2 * len(names), target=0.0005, better="lower",
    )  # fmt: skip
    yield share(
        "labels.ordinary.review", "ordinary domains shown for review", review, 2 * len(names), better="lower",
        note="trained on in part",
    )  # fmt: skip
    alike = lines("lookalikes.txt")
    wrong, _ = _told(labeller, alike)
    yield share("labels.lookalikes.ai", "look-alikes labelled ai", wrong, 2 * len(alike), target=0.01, better="lower")


def _told(labeller: Labeller, names: list[str]) -> tuple[int, int]:
    """How many hosts are labelled as use, and how many are for review or suspected."""
    found: Counter[Verdict] = Counter()
    for name in names:
        for host in (name, f"www.{name}"):
            label = labeller.of_host(host)
            if isinstance(label, Label):
                found[label.verdict] += 1
    return sum(found[verdict] for verdict in _USES), found[Verdict.REVIEW] + found[Verdict.SUSPECTED]


def _related(labeller: Labeller) -> Iterator[Figure]:
    hosts = {
        normalise(host.host)
        for vendor in catalog()
        for hosts in (vendor.hosts, *(product.hosts for product in vendor.products))
        for host in hosts
        if host.role not in _USE_ROLES
    }
    used = {
        normalise(host.host)
        for vendor in catalog()
        for product in vendor.products
        for host in product.hosts
        if host.role in _USE_ROLES
    }
    asked = sorted(hosts - used)
    wrong = sum(
        isinstance(label, Label) and label.verdict in _USES for label in (labeller.of_host(host) for host in asked)
    )
    yield share(
        "labels.related.use", "related hosts counted as use", wrong, len(asked), target=0.0, better="lower",
    )  # fmt: skip


def _examples(index: CatalogIndex) -> Iterator[Figure]:
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for product, target, fault in _checked(index):
        del product
        sort = target.partition(":")[0].replace("https", "host").replace("http", "host")
        of[sort] += 1
        right[sort] += not fault
    for sort in sorted(of):
        yield share(
            f"labels.examples.{sort}",
            f"the catalog's examples that are right: {sort}",
            right[sort],
            of[sort],
            gate=False,
        )


def _checked(index: CatalogIndex) -> Iterator[tuple[Product, str, bool]]:
    for vendor in catalog():
        for product in vendor.products:
            for example in product.examples:
                yield product, example.target, fault_of(example, product.id, index) is not None


def _by_kind() -> Table:
    products: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    unverified: Counter[str] = Counter()
    for vendor in catalog():
        for product in vendor.products:
            products[product.kind] += 1
            hosts[product.kind] += len(product.hosts)
            unverified[product.kind] += sum(host.evidence == "unverified" for host in product.hosts)
    rows = tuple((kind, str(products[kind]), str(hosts[kind]), str(unverified[kind])) for kind in sorted(products))
    return Table(title="The catalog by category", columns=("category", "products", "hosts", "unverified"), rows=rows)
