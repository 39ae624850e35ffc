"""What senders send to see whether their destination takes anything, before they send records. Pure.

Cloudflare Logpush posts a gzipped `{"content":"tests"}` before it saves a job, and saves none without a 200 to that
(https://developers.cloudflare.com/logs/logpush/logpush-job/enable-destinations/http/; as others who take Logpush in
quote that page, read on 2026-11-21).
"""

from typing import Any

import msgspec

from connectors.records.bytestream import Cut, raw_chunks, unpacked

LONGEST = 512
_TRIALS = ({"content": "tests"},)


def is_trial(sent: bytes) -> bool:
    """Whether a body, packed or not, is such a trial; only short ones are looked at."""
    if len(sent) > LONGEST:
        return False
    text = b""
    try:
        for part in unpacked(raw_chunks(sent)):
            text += part
            if len(text) > LONGEST:
                return False
    except Cut:
        return False
    return _json(text) in _TRIALS


def _json(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
