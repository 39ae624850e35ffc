"""`POST /v1/traces`: OpenTelemetry's traces over HTTP as JSON, of which spans of generative AI are kept.

https://opentelemetry.io/docs/specs/otlp/#otlphttp: 200 with what was rejected, 429 and 503 to send again, 400 not to.
Protobuf is not read: exporters have a setting for JSON (`OTEL_EXPORTER_OTLP_PROTOCOL=http/json`; a collector's
`encoding: json`).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from services.ingest.push import PushRoute, take
from services.ingest.pushed import Intakes
from services.ingest.senders import Sender

PATH = "/v1/traces"
SOURCE = "otel_genai"
JSON = "application/json"
INVALID_ARGUMENT = 3
"""Of google.rpc.Code, which OTLP's errors carry."""
ONLY_JSON = "traces are read as JSON: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json, or a collector's `encoding: json`"


def router(intakes: Intakes) -> APIRouter:
    """The route."""
    made = APIRouter(route_class=PushRoute)

    @made.post(PATH, dependencies=[Depends(Sender("push:write"))])
    async def traces(request: Request, source: Annotated[str, Query(max_length=200)] = SOURCE) -> Response:
        """Takes spans in; answers how many could not be read."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            return JSONResponse({"code": INVALID_ARGUMENT, "message": ONLY_JSON}, status_code=415)
        origin = await intakes.origin(source)
        async with intakes.room.body(request) as sent, intakes.work():
            taken = await take(intakes, origin, sent)
        rejected: dict[str, Any] = {}
        if taken.rejected:
            rejected = {"rejectedSpans": str(taken.rejected), "errorMessage": "spans that could not be read"}
        return JSONResponse({"partialSuccess": rejected})

    return made
