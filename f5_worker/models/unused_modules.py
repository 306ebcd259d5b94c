"""Imports of a module without some of the modules that it imports and that the worker never calls."""

import importlib
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_without(name: str, *unused: str) -> types.ModuleType:
    """The module, made without the unused ones; an import of it elsewhere gets one of its own, with them."""
    if name in sys.modules:
        return sys.modules[name]
    with unused_modules(*unused):
        module = importlib.import_module(name)
    del sys.modules[name]
    return module


@contextmanager
def unused_modules(*names: str) -> Iterator[None]:
    """Put empty modules in place of those that are not there; afterwards the real ones can be imported."""
    unused = [name for name in names if name not in sys.modules]
    for name in unused:
        sys.modules[name] = UnusedModule(name)
    try:
        yield
    finally:
        for name in unused:
            del sys.modules[name]


class UnusedModule(types.ModuleType):
    """Gives a function of any name, so that `from librosa.filters import mel` works until it is called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_: object, **__: object) -> None:
            raise NotImplementedError(f"{self.__name__}.{name} is not loaded by the worker")

        return refuse
