"""What every Kafka client of a deployment is given: addresses, TLS and SASL, from the settings."""

import ssl
from typing import Any

from services.kit.errors import Misconfigured
from services.kit.settings import Settings, variable
from services.kit.wellformed import sasl_missing


def options(servers: str, settings: Settings) -> dict[str, Any]:
    """Keyword arguments of aiokafka's clients; raises Misconfigured with every fault of the settings."""
    protocol = settings.kafka_security_protocol
    given: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in servers.split(",") if server.strip()],
        "client_id": settings.kafka_client_id,
        "security_protocol": protocol,
    }
    faults = [] if given["bootstrap_servers"] else ["PENUMBRA_LOG_URL: name a broker, kafka://host:port"]
    if protocol.startswith("SASL"):
        faults += _sasl(settings, given)
    if protocol.endswith("SSL"):
        try:
            given["ssl_context"] = _tls(settings)
        except (OSError, ValueError) as error:
            faults.append(f"PENUMBRA_KAFKA_CA_FILE, _CERT_FILE, _KEY_FILE: {error}")
    if faults:
        raise Misconfigured(*faults)
    return given


def _sasl(settings: Settings, given: dict[str, Any]) -> list[str]:
    password = settings.kafka_sasl_password
    given["sasl_mechanism"] = settings.kafka_sasl_mechanism or "PLAIN"
    given["sasl_plain_username"] = settings.kafka_sasl_username
    given["sasl_plain_password"] = password.get_secret_value() if password else None
    wanted = settings.kafka_security_protocol
    return [f"{variable(name)}: is needed for {wanted}" for name in sasl_missing(settings)]


def _tls(settings: Settings) -> ssl.SSLContext:
    """TLS that checks the broker's certificate and name, with a client certificate where one is set."""
    context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_cert_file:
        context.load_cert_chain(settings.kafka_cert_file, settings.kafka_key_file)
    return context
