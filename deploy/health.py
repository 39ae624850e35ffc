"""`python -m deploy.health`: exit 0 where the service of this container is alive, 1 where not.

Liveness and not readiness: a database that is away for a minute mends itself, and starting again would not help.
"""

import http.client
import os
import sys

SECONDS = 4
OK = 200


def alive(listen: str) -> bool:
    """Whether `/healthz` answers on the port of `PENUMBRA_LISTEN`."""
    host, _, port = listen.rpartition(":")
    if host in {"", "0.0.0.0", "[::]"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if alive(os.environ.get("PENUMBRA_LISTEN", "127.0.0.1:8480")) else 1)
