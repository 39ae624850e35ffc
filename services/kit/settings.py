"""Settings: one frozen tree, read once in the composition root, passed down. Every fault is reported at once."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.kit import identity, wellformed
from services.kit.errors import Misconfigured
from services.kit.folders import default_data_folder


def _split(value: object) -> object:
    return tuple(part for part in value.replace(" ", "").split(",") if part) if isinstance(value, str) else value


def _topic_part(value: str) -> str:
    if not re.fullmatch("[a-z0-9.-]*", value):
        raise ValueError("write lower-case letters, digits, dots and dashes only")
    return value


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """All settings; each is the environment variable `PENUMBRA_<NAME>`, or a line of the `.env` file of that name.

    One that is set to nothing counts as unset, as compose files write `${NAME:-}`.
    """

    model_config = SettingsConfigDict(
        env_prefix="PENUMBRA_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data: Path = Field(default_factory=default_data_folder, description="folder of the embedded database and keys")
    database_url: SecretStr | None = Field(None, description="PostgreSQL ≥ 16, postgresql://…; unset: the embedded one")
    log_url: str = Field("postgres", description="kafka://host:port,… or postgres")
    keys: str | None = Field(
        None,
        description="where the keys are: file:/path (made there at the first start only) or env:NAME; "
        "unset: keys.json in data",
    )
    listen: str | None = Field(None, description="host:port to listen on; port 0 takes a free one")
    syslog_udp: str | None = Field(None, description="host:port to take syslog datagrams on; unset: none are taken")
    syslog_tcp: str | None = Field(None, description="host:port to take syslog streams on; unset: none are taken")
    syslog_tls: str | None = Field(None, description="host:port to take syslog streams under TLS on; unset: none")
    syslog_cert_file: Path | None = Field(None, description="certificate (and its chain) for syslog under TLS, PEM")
    syslog_key_file: Path | None = Field(None, description="key of that certificate, PEM")
    syslog_client_ca_file: Path | None = Field(
        None, description="CA certificates of syslog senders; set: each must show a certificate"
    )
    syslog_senders: Listed = Field((), description="networks syslog is taken from, CIDR list; unset: any")
    syslog_routes: Listed = Field(
        (), description="which source reads a message: program@host=source, …; * is any, the first that fits counts"
    )
    topic_prefix: Annotated[str, AfterValidator(_topic_part)] = Field("", description="put before every topic name")
    partitions: int = Field(4, ge=1, le=512, description="partitions of a topic that is made")
    takeover_seconds: float | None = Field(
        None, ge=1, description="how long a process may be silent before others take over; unset: 6 to 15 s, by kind"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how the brokers are spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_sasl_mechanism: str | None = Field(None, description="PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
    kafka_sasl_username: str | None = Field(None, description="SASL user")
    kafka_sasl_password: SecretStr | None = Field(None, description="SASL password")
    kafka_ca_file: Path | None = Field(None, description="CA certificates that sign the brokers'")
    kafka_cert_file: Path | None = Field(None, description="client certificate for mutual TLS")
    kafka_key_file: Path | None = Field(None, description="key of the client certificate")
    kafka_client_id: str = Field("penumbra", description="client id shown to the brokers")
    kafka_replication: int = Field(1, ge=1, description="replication factor of a topic that is made")
    egress_proxy: str | None = Field(None, description="the organisation's egress proxy, http://host:port")
    ca_file: Path | None = Field(None, description="CA certificates for outgoing requests")
    allow_private: Listed = Field((), description="networks outgoing requests may reach though private, CIDR list")
    catalog_dirs: Listed = Field((), description="folders of an organisation's own catalog files; later outranks")
    policy: Path | None = Field(None, description="an organisation's policy file (TOML); unset: the built-in numbers")
    detect: bool = Field(
        default=True, description="prompts a source hands over are read for data classes before they are dropped"
    )
    published_on_loopback: bool = Field(default=False, description="the port is published on loopback only, by a proxy")
    public_url: str | None = Field(None, description="address people open, https://…; needed with an identity provider")
    oidc_issuer: str | None = Field(
        None, description="identity provider (OpenID Connect), its issuer exactly; unset: one-time links, loopback only"
    )
    oidc_client_id: str | None = Field(None, description="client id of Penumbra at the identity provider")
    oidc_client_secret: SecretStr | None = Field(
        None, description="where its secret is: file:/path or env:NAME; unset: a public client, PKCE alone"
    )
    oidc_name: str = Field("your identity provider", description="what the sign-in page calls the identity provider")
    oidc_scopes: Listed = Field(("openid", "profile", "email"), description="scopes that are asked for, openid among")
    oidc_groups_claim: str = Field("groups", description="claim that holds the groups; dots lead inside")
    oidc_user_claim: str = Field("preferred_username", description="claim people are called by; e-mail, then sub, else")
    oidc_skew_seconds: int = Field(60, ge=0, le=300, description="how far the provider's clock may be off")
    role_map: str | None = Field(
        None, description="roles by group, group=role;…, or file:/path with a pair a line, read again when changed"
    )
    session_idle_hours: float = Field(8, gt=0, le=168, description="hours without a request that end a session")
    session_hours: float = Field(72, gt=0, le=720, description="hours after which a session ends in any case")
    console_log: bool | None = Field(None, description="readable log lines; unset: on a terminal")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")
    sample_company: bool = Field(default=False, description="pages say that the company is a sample")

    @property
    def needs_no_folder(self) -> bool:
        """Whether database and keys are elsewhere, so that nothing has to be kept in `data`."""
        return self.database_url is not None and self.keys is not None


def load(**overrides: object) -> Settings:
    """Reads the settings; raises Misconfigured with every fault, each naming its variable.

    What settings mean together is looked at even where one alone is wrong: that one counts as unset meanwhile.
    """
    faults: dict[str, str] = {}
    try:
        settings = _read(overrides)
    except ValidationError as error:
        faults = {str(e["loc"][0]): f"{variable(*map(str, e['loc']))}: {_said(e)}" for e in error.errors()}
        unset = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in faults}
        settings = _read({**overrides, **unset})
    found = (*wellformed.faults(settings), *identity.faults(settings))
    together = [f"{variable(name)}: {fault}" for name, fault in found if name not in faults]
    if faults or together:
        raise Misconfigured(*faults.values(), *together)
    return settings


def _read(given: Mapping[str, object]) -> Settings:
    return Settings(**given)  # type: ignore[arg-type] # what is given is checked by pydantic itself


def _said(error: Mapping[str, Any]) -> str:
    """What pydantic found, as a person would say it: the choices there are, and no word of how it was checked."""
    if error["type"] == "literal_error":
        return f"write {error['ctx']['expected']}".replace("'", "")
    return str(error["msg"]).removeprefix("Value error, ")


def variable(*names: str) -> str:
    """The environment variable of a setting."""
    return f"PENUMBRA_{'_'.join(names).upper()}"
