from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from services.inventory.delivery import signature

# The published vector of the Standard Webhooks reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)
EXPECTED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector():
    headers = signature.headers(MESSAGE, AT, BODY, [SECRET])
    assert headers == {
        "webhook-id": MESSAGE, "webhook-timestamp": "1614265330", "webhook-signature": EXPECTED,
    }  # fmt: skip


def test_the_zone_of_the_time_does_not_matter():
    elsewhere = AT.astimezone(timezone(timedelta(hours=8)))
    assert signature.headers(MESSAGE, elsewhere, BODY, [SECRET])["webhook-signature"] == EXPECTED


def test_during_a_rotation_either_secret_verifies():
    new, now = signature.make_secret(), datetime.now(UTC)
    headers = signature.headers(MESSAGE, now, BODY, [new, SECRET])
    assert Webhook(new).verify(BODY, headers) == Webhook(SECRET).verify(BODY, headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(signature.make_secret()).verify(BODY, headers)
