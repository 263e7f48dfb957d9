"""A client of the service: a method for each of its routes, named as the operation in its document.

It needs httpx2 (the extra `client`) and nothing of the service itself.
"""

from serving.client.client import Client
from serving.client.errors import ProblemError, ServiceError

__all__ = ["Client", "ProblemError", "ServiceError"]
