"""The one table that says which role may ask what. A route that is not in it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from recsys.errors import UnknownIdError
from serving.guard.keys import Principal, Role
from serving.loaded import LoadedRelease


class Own(StrEnum):
    """What holds a creator's or a brand's key to its own."""

    PATH = "the id in the path must be its own"
    ROUTE = "the route itself shows or takes no more than that, such as by `acts_for_brand`"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route: everybody, or keys of some roles.

    Watching routes answer under any load. Pages are for browsers: they take the key from its cookie too, and
    send who has none to where it is asked for.
    """

    roles: frozenset[Role] = frozenset()
    own: Own = Own.PATH
    is_public: bool = False
    is_watching: bool = False
    is_page: bool = False


def _keys(*roles: Role, own: Own = Own.PATH) -> Access:
    """Keys of these roles, and those that may ask for anyone."""
    return Access(frozenset({*roles, Role.MARKETPLACE, Role.ADMIN}), own)


def _page(*roles: Role, own: Own = Own.PATH) -> Access:
    return replace(_keys(*roles, own=own), is_page=True)


_PUBLIC = Access(is_public=True)
_HEALTH = Access(is_public=True, is_watching=True)

ACCESS: Mapping[tuple[str, str], Access] = {
    ("GET", "/"): _PUBLIC,
    ("GET", "/health/live"): _HEALTH,
    ("GET", "/health/ready"): _HEALTH,
    ("GET", "/metrics"): Access(frozenset({Role.MARKETPLACE, Role.ADMIN}), is_watching=True),
    ("GET", "/docs"): _PUBLIC,
    ("GET", "/docs/{asset}"): _PUBLIC,
    ("GET", "/openapi.json"): _PUBLIC,
    ("GET", "/console"): _page(Role.CREATOR, Role.BRAND, own=Own.ROUTE),
    ("GET", "/console/creators/{creator_id}"): _page(Role.CREATOR),
    ("GET", "/console/products/{product_id}"): _page(Role.BRAND),
    ("GET", "/console/brands/{brand_id}"): _page(Role.BRAND),
    ("GET", "/console/brands/{brand_id}/plan"): _page(Role.BRAND),
    ("GET", "/console/brands/{brand_id}/samples"): _page(Role.BRAND),
    ("GET", "/console/releases"): _page(),
    ("GET", "/console/releases/{release_id}"): _page(),
    ("GET", "/console/health"): replace(_page(), is_watching=True),
    ("GET", "/console/sign-in"): _PUBLIC,
    ("POST", "/console/sign-in"): _PUBLIC,
    ("POST", "/console/sign-out"): _PUBLIC,
    ("GET", "/console/console.css"): _PUBLIC,
    ("GET", "/v1/creators/{creator_id}/products"): _keys(Role.CREATOR),
    ("GET", "/v1/creators/{creator_id}/eligibility"): _keys(Role.CREATOR),
    ("GET", "/v1/products/{product_id}/creators"): _keys(Role.BRAND),
    ("GET", "/v1/brands/{brand_id}/creators"): _keys(Role.BRAND),
    ("GET", "/v1/brands/{brand_id}/sample-requests"): _keys(Role.BRAND),
    ("POST", "/v1/creators/products"): _keys(),
    ("POST", "/v1/events"): _keys(),
    ("POST", "/v1/campaigns/plan"): _keys(Role.BRAND, own=Own.ROUTE),
}


def acts_for_brand(who: Principal, brand_id: str) -> bool:
    """May this key ask for this brand."""
    return who.role in (Role.MARKETPLACE, Role.ADMIN) or (who.role is Role.BRAND and who.subject == brand_id)


def owns(who: Principal, parameters: Mapping[str, str], release: LoadedRelease | None) -> bool:
    """Is what a path names the key's own. A product is its brand's; one that is unknown is nobody's."""
    if not who.role.has_subject:
        return True
    if who.role is Role.CREATOR:
        return parameters.get("creator_id") == who.subject
    if "brand_id" in parameters:
        return parameters["brand_id"] == who.subject
    if "product_id" in parameters and release is not None:
        return _brand_of(parameters["product_id"], release) == who.subject
    return False


def _brand_of(product_id: str, release: LoadedRelease) -> str | None:
    try:
        return release.products.brand[release.product_index(product_id)]
    except UnknownIdError:
        return None
