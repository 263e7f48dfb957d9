"""What a request states in its headers, read without copying all of them."""

from starlette.types import Scope


def header_of(scope: Scope, name: bytes, default: str = "") -> str:
    """The first header of a name, which is given in lower case; the default where there is none."""
    for stated, value in scope["headers"]:
        if stated == name:
            text: str = value.decode("latin-1")
            return text
    return default
