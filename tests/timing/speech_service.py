"""A local gRPC server that implements Google's Speech service from the package's own protos."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import grpc
from google.cloud.speech import (
    RecognizeRequest,
    RecognizeResponse,
    SpeechClient,
    SpeechRecognitionAlternative,
    SpeechRecognitionResult,
    WordInfo,
)
from google.cloud.speech_v1.services.speech.transports import SpeechGrpcTransport

WordTiming = list[tuple[str, float, float]]  # word, start and end in seconds of the request's audio


@dataclass
class SpeechService:
    """What the server was asked, and what it answers: `hears` maps a request to words, or aborts."""

    hears: Callable[[RecognizeRequest, grpc.ServicerContext], WordTiming] = lambda request, context: []
    requests: list[RecognizeRequest] = field(default_factory=list)

    def recognize(self, request: RecognizeRequest, context: grpc.ServicerContext) -> RecognizeResponse:
        self.requests.append(request)
        words = [
            WordInfo(
                word=word,
                start_time=timedelta(seconds=start),
                end_time=timedelta(seconds=end),
                confidence=0.9,
            )
            for word, start, end in self.hears(request, context)
        ]
        alternative = SpeechRecognitionAlternative(words=words)
        seconds = len(request.audio.content) / 2 / request.config.sample_rate_hertz
        return RecognizeResponse(
            results=[SpeechRecognitionResult(alternatives=[alternative])],
            total_billed_time=timedelta(seconds=-(-seconds // 15) * 15),
        )


@contextmanager
def serving(service: SpeechService) -> Iterator[SpeechClient]:
    """The real client, connected to `service` over gRPC on loopback."""
    handler = grpc.unary_unary_rpc_method_handler(
        service.recognize,
        request_deserializer=RecognizeRequest.deserialize,
        response_serializer=RecognizeResponse.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("google.cloud.speech.v1.Speech", {"Recognize": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield SpeechClient(transport=SpeechGrpcTransport(channel=channel))
    finally:
        server.stop(None).wait()
