"""Credentials and client of Google Speech-to-Text; nothing of a credential ever reaches a message."""

import json
import os
from typing import TYPE_CHECKING

import google.auth
from google.auth.exceptions import GoogleAuthError
from google.cloud.speech import SpeechClient

from f5_worker.settings import Settings
from f5_worker.timing import Unavailable

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def make_client(settings: Settings) -> SpeechClient:
    """A client with the first credentials there are: the JSON setting, the file setting, the machine's own.

    Raises `Unavailable` with a sentence that names the setting and what is wrong with it, not its value.
    """
    options = {"api_endpoint": settings.google_speech_endpoint} if settings.google_speech_endpoint else None
    return SpeechClient(credentials=_credentials(settings), client_options=options)


def _credentials(settings: Settings) -> "Credentials":
    if settings.google_credentials_json is not None:
        return _from_json(settings.google_credentials_json.get_secret_value())
    if settings.google_credentials_file is not None:
        try:
            text = settings.google_credentials_file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise Unavailable("GOOGLE_APPLICATION_CREDENTIALS names a file that cannot be read") from None
        return _from_json(text, "the file of GOOGLE_APPLICATION_CREDENTIALS")
    # A metadata server answers on Google's own machines only; elsewhere the question costs seconds.
    os.environ.setdefault("NO_GCE_CHECK", "true")
    try:
        credentials, _ = google.auth.default(scopes=_SCOPES)
    except GoogleAuthError:
        raise Unavailable("no Google credentials are set (GOOGLE_CREDENTIALS_JSON)") from None
    return credentials


def _from_json(text: str, source: str = "GOOGLE_CREDENTIALS_JSON") -> "Credentials":
    try:
        info = json.loads(text)
    except ValueError:
        raise Unavailable(f"{source} is not JSON; it must hold the whole key file") from None
    if not isinstance(info, dict) or "type" not in info:
        raise Unavailable(f'{source} is no key file; it must be a JSON object with a "type"')
    try:
        credentials, _ = google.auth.load_credentials_from_dict(info, scopes=_SCOPES)
    except (GoogleAuthError, ValueError, TypeError, AttributeError, KeyError):
        raise Unavailable(f"{source} is a key file with fields that are missing, damaged or unknown") from None
    return credentials
