"""Reads requests of OTLP/JSON, one a line, with OpenTelemetry's own classes, and prints how
many spans there are. Ids are hexadecimal in OTLP, and base64 in the JSON of protobuf."""
import base64, json, sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

spans = 0
for line in sys.stdin:
    body = json.loads(line)
    for span in (span for r in body["resourceSpans"] for s in r["scopeSpans"] for span in s["spans"]):
        for key, size in (("traceId", 16), ("spanId", 8), ("parentSpanId", 8)):
            if key in span:
                number = bytes.fromhex(span[key])
                assert len(number) == size and any(number), span
                span[key] = base64.b64encode(number).decode()
    request = json_format.ParseDict(body, ExportTraceServiceRequest())
    spans += sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans)
print(spans)
