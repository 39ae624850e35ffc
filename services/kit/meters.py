"""Every metric of the plumbing, named once with its help text; services declare theirs the same way beside them."""

from prometheus_client import Counter, Gauge

CONSUMED = Counter("penumbra_consumed_records", "Records a consumer has saved.", ["consumer"])
REJECTED = Counter("penumbra_rejected_records", "Records a consumer sent to the dead letters.", ["consumer"])
LAG = Gauge("penumbra_consumer_lag_records", "Records in the log that a consumer has not saved yet.", ["consumer"])
AGE = Gauge("penumbra_consumer_oldest_seconds", "Age of the oldest record a consumer has not saved yet.", ["consumer"])
RESTARTS = Counter("penumbra_loop_restarts", "Times a loop ended by a fault and was started again.", ["loop"])
