"""Imported first, it has this Python import all else from its environment's bundle, if there is one."""

import sys
from pathlib import Path

from network_venv.bundle import import_from_bundle

import_from_bundle(Path(sys.prefix))
