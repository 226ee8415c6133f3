"""The web component stays where it was for ever, for pages of every origin, and is what its hash says."""

from __future__ import annotations

import base64
import gzip
import hashlib

import brotli

from aggregator.embed.component import MOVING, current
from tests.shell.api.library import BASE
from tests.shell.api.running import Service


async def test_the_moving_address_is_asked_again_and_the_other_never(plain: Service) -> None:
    moving, build = await plain.get(MOVING), await plain.get(current().path)
    assert moving.status == build.status == 200
    assert moving.body == build.body == current().body
    for reply in (moving, build):
        assert reply.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["ETag"]
    assert moving.headers["Cache-Control"].startswith("public, max-age=3600,")
    assert build.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_it_comes_compressed_and_only_once(plain: Service) -> None:
    packed = await plain.get(MOVING, Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(packed.body) == current().body
    zipped = await plain.get(MOVING, Accept_Encoding="gzip")
    assert gzip.decompress(zipped.body) == current().body
    again = await plain.get(MOVING, Accept_Encoding="gzip, br", If_None_Match=packed.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert (await plain.head(MOVING)).body == b""


async def test_the_integrity_is_that_of_the_bytes(plain: Service) -> None:
    body = (await plain.get(current().path)).body
    assert current().integrity == f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"
    assert hashlib.sha256(body).hexdigest().startswith(current().digest)


async def test_the_gallery_names_the_build_and_its_integrity(plain: Service) -> None:
    page = await plain.get("/embed/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    text = page.body.decode()
    assert f'src="{current().path.removeprefix("/embed/")}" integrity="{current().integrity}"' in text
    assert f"src=&#34;{BASE}/index.json&#34;" in text
    moved = await plain.get("/embed")
    assert (moved.status, moved.headers["Location"]) == (308, "./embed/")
    assert (await plain.ask("POST", "/embed/")).status == 405


async def test_nothing_else_is_there(plain: Service) -> None:
    assert (await plain.get(f"{MOVING}?v=2")).status == 200, "people append a number to get past a cache"
    assert (await plain.get("/embed/v9/article-feed.js")).status == 404
    assert (await plain.get("/embed/article-feed-9.9.9.000000000000.js")).status == 404
    assert (await plain.get("/embedded")).status == 404
    assert (await plain.ask("POST", MOVING)).status == 405
    assert (await plain.ask("OPTIONS", MOVING)).status == 204
