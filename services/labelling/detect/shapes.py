"""All shapes, in one order: a hit is told by its place in it. A new family is a module with `SHAPES`, named here."""

from services.labelling.detect import cards, contacts, iban, keys, numbers, secrets, southeast, western
from services.labelling.detect.finding import Shape

SHAPES: tuple[Shape, ...] = (
    *keys.SHAPES, *secrets.SHAPES, *iban.SHAPES, *numbers.SHAPES, *cards.SHAPES, *southeast.SHAPES, *western.SHAPES,
    *contacts.SHAPES,
)  # fmt: skip
KINDS: tuple[str, ...] = tuple(sorted({rule.kind for shape in SHAPES for rule in shape.rules}))
