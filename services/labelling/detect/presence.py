"""Whether an expression fits anywhere in a text: by RE2 where it is installed, since `re` is slow at long alternatives.

Only for expressions that both read alike, over characters; who needs places takes `re`.
"""

import re
from collections.abc import Callable
from importlib.util import find_spec


def fits_anywhere(expression: str) -> Callable[[str], object]:
    """A test of a text, true where the expression fits. Raises `re.error`, or RE2's own, for a wrong expression."""
    if find_spec("re2") is None:
        return re.compile(expression).search
    import re2  # noqa: PLC0415 - the fallback does without

    alone = re2.Set.SearchSet()
    alone.Add(expression)
    alone.Compile()
    matched: Callable[[bytes], object] = alone.Match
    return lambda text: matched(text.encode("utf-8", "replace"))
