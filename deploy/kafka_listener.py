"""A second listener of the local broker, as organisations run them: with TLS, with SASL, with both.

Properties: https://kafka.apache.org/41/documentation.html#security
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Secured:
    """A second listener: SASL/PLAIN where `users` (name → password) are given, TLS where `keystore` is.

    `keystore` is a PEM file with the key and its chain; `truststore`, a PEM of CAs, makes client certificates a must.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    keystore: Path | None = None
    truststore: Path | None = None

    @property
    def protocol(self) -> str:
        """The listener's security protocol in Kafka's words."""
        tls = "SSL" if self.keystore else "PLAINTEXT"
        return f"SASL_{tls}" if self.users else tls

    def properties(self) -> dict[str, str]:
        """The broker's properties of this listener."""
        given: dict[str, str] = {}
        at = "listener.name.secured."
        if self.users:
            users = " ".join(f'user_{name}="{password}"' for name, password in self.users.items())
            module = "org.apache.kafka.common.security.plain.PlainLoginModule"
            given |= {f"{at}sasl.enabled.mechanisms": "PLAIN"}
            given |= {f"{at}plain.sasl.jaas.config": f"{module} required {users};"}
        if self.keystore:
            given |= {f"{at}ssl.keystore.type": "PEM", f"{at}ssl.keystore.location": str(self.keystore)}
        if self.truststore:
            given |= {f"{at}ssl.truststore.type": "PEM", f"{at}ssl.truststore.location": str(self.truststore)}
            given |= {f"{at}ssl.client.auth": "required"}
        return given
