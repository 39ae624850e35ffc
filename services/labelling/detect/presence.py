"""Whether an expression fits anywhere in a text: by RE2 where it is installed, since `re` is slow at long alternatives.

Only for expressions that both read alike, over characters; who needs places takes `re`.
"""

import re
from collections.abc import Callable
from importlib.util import find_spec


def fits_anywhere(expression: str) -> Callable[[bytes], object]:
    """A test of a text in UTF-8, true where the expression fits. Raises RE2's error, or `re.error`, for a wrong one."""
    if find_spec("re2") is None:
        pattern = re.compile(expression)
        return lambda data: pattern.search(data.decode())
    import re2  # noqa: PLC0415 - the fallback does without

    alone = re2.Set.SearchSet()
    alone.Add(expression)
    alone.Compile()
    matched: Callable[[bytes], object] = alone.Match
    return matched
