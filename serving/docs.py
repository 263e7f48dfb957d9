"""`/docs`: the OpenAPI document as a page that needs nothing from outside."""

from collections.abc import Mapping
from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

import recsys

docs_routes = APIRouter(include_in_schema=False)

ASSETS: Mapping[str, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
}
# Swagger UI has its icons in the style sheet.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOLDER = files("serving") / "assets" / "swagger-ui"
# The version makes a browser fetch them anew after an update.
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Creator–product recommender: API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css?{recsys.__version__}">
</head>
<body>
<main id="docs"></main>
<script src="docs/swagger-ui-bundle.js?{recsys.__version__}"></script>
<script src="docs/start.js?{recsys.__version__}"></script>
</body>
</html>
"""


@docs_routes.get("/docs")
async def docs() -> HTMLResponse:
    """The page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": POLICY})


@docs_routes.get("/docs/{asset}")
def docs_asset(asset: str) -> Response:
    """What the page loads."""
    if asset not in ASSETS:
        raise HTTPException(404, "the docs have no such part")
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response((_FOLDER / asset).read_bytes(), media_type=ASSETS[asset], headers=headers)
