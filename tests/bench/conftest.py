"""The run's broker, for benchmarks that are only tried."""

from tests.brokers import kafka  # noqa: F401 - found by name
