"""Credentials and client of Google Speech-to-Text; nothing of a credential ever reaches a message."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import google.auth
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.speech import SpeechClient
from google.oauth2 import service_account

from f5_worker.settings import Settings
from f5_worker.timing import Unavailable

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def make_client(settings: Settings) -> SpeechClient:
    """A client with the first credentials there are: the JSON setting, the file setting, the machine's own.

    Raises `Unavailable` with a sentence that names the setting and what is wrong with it, not its value.
    """
    options = {"api_endpoint": settings.google_speech_endpoint} if settings.google_speech_endpoint else None
    return SpeechClient(credentials=_credentials(settings), client_options=options)


def _credentials(settings: Settings) -> Credentials:
    if settings.google_credentials_json is not None:
        return _from_json(settings.google_credentials_json.get_secret_value())
    if settings.google_credentials_file is None and not _machine_has_credentials():
        raise Unavailable("no Google credentials are set (GOOGLE_CREDENTIALS_JSON)")
    try:
        credentials, _ = google.auth.default(scopes=_SCOPES)  # it reads GOOGLE_APPLICATION_CREDENTIALS itself
    except (GoogleAuthError, OSError, ValueError):
        if settings.google_credentials_file is not None:
            raise Unavailable("GOOGLE_APPLICATION_CREDENTIALS names no file that holds credentials") from None
        raise Unavailable(
            "Google gave this machine no credentials (GOOGLE_CREDENTIALS_JSON sets some)"
        ) from None
    return credentials


def _machine_has_credentials() -> bool:
    """Whether `google.auth.default` may be asked: where no file is, it goes on to Google's metadata server.

    That answers on Google's own machines only, and elsewhere the question costs seconds.
    """
    folder = os.environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
    has_file = (Path(folder) / "application_default_credentials.json").exists()
    return has_file or os.environ.get("NO_GCE_CHECK") == "false"


def _from_json(text: str) -> Credentials:
    try:
        info = json.loads(text)
    except ValueError:
        raise Unavailable("GOOGLE_CREDENTIALS_JSON is not JSON; it must hold the whole key file") from None
    if not isinstance(info, dict) or info.get("type") != "service_account":
        raise Unavailable("GOOGLE_CREDENTIALS_JSON is not the key file of a service account")
    load: Callable[..., Credentials] = service_account.Credentials.from_service_account_info
    try:
        return load(info, scopes=_SCOPES)
    except (GoogleAuthError, ValueError, TypeError, AttributeError, KeyError):
        raise Unavailable("GOOGLE_CREDENTIALS_JSON is a key file with missing or damaged fields") from None
