"""SecretRef: where a credential is kept, so that it is never in the database in clear."""

import msgspec


class SecretRef(msgspec.Struct, frozen=True):
    """A reference `env:NAME` or `file:/path`. Its text may be shown and stored; what it points at may not.

    Raises ValueError where the text is neither form.
    """

    ref: str

    def __post_init__(self) -> None:
        scheme, _, rest = self.ref.partition(":")
        if scheme not in {"env", "file"} or not rest:
            raise ValueError(f"secret reference {scheme!r}: write env:NAME or file:/path")
