"""
The HTTP interface as OpenAPI.

https://spec.openapis.org/oas/v3.1.1.html

The addresses come from the application's routes, what they do from their handlers, bodies and
answers from the structs, refusals from the errors.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from roomserver.edge.description.operations import (
    EXAMPLES,
    HEADER,
    JSON,
    OPERATIONS,
    PATH,
    QUERY,
    TAGS,
    TEXT,
    Operation,
    Schema,
)
from roomserver.edge.description.schemas import Json, codes, components_of, reference
from roomserver.edge.description.shapes import Refusal

OPENAPI: Final = "3.1.1"

_PLACES: Final = re.compile(r"\{(\w+)\}")
_REFUSED: Final[Json] = {"$ref": "#/components/responses/Refused"}


def openapi(router: web.UrlDispatcher, *, version: str) -> Json:
    """Describe every route of *router*."""
    paths: dict[str, Json] = {}
    for method, path, handler in sorted(_routes(router), key=lambda route: route[:2]):
        # The tests see to it that there is none.
        if (operation := OPERATIONS.get((method, path))) is not None:
            paths.setdefault(path, {})[method.lower()] = _described(path, operation, handler)
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "roomserver",
            "version": version,
            "summary": "Real-time chat rooms: durable, ordered, searchable.",
            "description": "In open mode whoever asks says who they are, in user_id and username."
            " Elsewhere a token or a browser's session says it.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}, {"session": []}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components_of(_kinds()),
            "responses": {"Refused": _refused()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A program's token, or one that your application has signed.",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "roomserver_session"},
            },
        },
    }


def _routes(router: web.UrlDispatcher) -> Iterator[tuple[str, str, object]]:
    for route in router.routes():
        if route.resource is not None and route.method != "HEAD":
            yield route.method, route.resource.canonical, route.handler


def _kinds() -> Iterator[type]:
    yield Refusal
    for operation in OPERATIONS.values():
        if isinstance(operation.answer, type):
            yield operation.answer
        if operation.body is not None:
            yield operation.body


def _about(handler: object) -> str:
    """Return what a handler's docstring says behind its address."""
    first = (inspect.getdoc(handler) or "").partition("\n\n")[0]
    sentence = first.partition("``: ")[2] or first.partition(": ")[2]
    sentence = " ".join(sentence.replace("``", "").split())
    return sentence[:1].upper() + sentence[1:]


def _described(path: str, operation: Operation, handler: object) -> Json:
    described: Json = {
        "operationId": _name(path, handler, operation),
        "tags": [operation.tag],
        "summary": operation.summary or _about(handler),
        "parameters": list(_parameters(path, operation)),
        "responses": _responses(operation),
    }
    if operation.body is not None:
        described["requestBody"] = _request_body(operation, operation.body)
    return described


def _name(path: str, handler: object, operation: Operation) -> str:
    if operation.tag != "page":
        return str(getattr(handler, "__name__", ""))
    # Several pages have one handler.
    return "_".join(["page", *re.findall(r"\w+", path.replace("-", "_"))])


def _parameters(path: str, operation: Operation) -> Iterator[Json]:
    for name in _PLACES.findall(path):
        yield {**_parameter(name, "path", PATH), "required": True}
    identity = () if operation.tag in {"page", "accounts"} else ("user_id", "username")
    for name in (*operation.query, *identity):
        yield _parameter(name, "query", QUERY)
    for name in operation.headers:
        yield _parameter(name, "header", HEADER)


def _parameter(name: str, place: str, table: Mapping[str, tuple[Schema, str]]) -> Json:
    schema, about = table[name]
    example = {"example": EXAMPLES[name]} if name in EXAMPLES else {}
    return {"name": name, "in": place, "description": about, "schema": schema, **example}


def _request_body(operation: Operation, body: type) -> Json:
    example = json.loads(operation.example)
    content: Json = {JSON: {"schema": reference(body), "example": example}}
    if operation.takes_text:
        content[TEXT] = {"schema": {"type": "string"}, "example": next(iter(example.values()))}
    return {"required": operation.is_body_needed, "content": content}


def _responses(operation: Operation) -> Json:
    status = 204 if operation.answer is None and operation.status == 200 else operation.status
    responses: Json = {str(status): _response(HTTPStatus(status).phrase, operation.answer)}
    for other, about in operation.other_statuses.items():
        responses[str(other)] = _response(about, operation.answer)
    return {**responses, "default": _REFUSED}


def _response(about: str, answer: type | str | None) -> Json:
    match answer:
        case None:
            return {"description": about}
        case str():
            return {"description": about, "content": {answer: {}}}
        case _:
            return {"description": about, "content": {JSON: {"schema": reference(answer)}}}


def _refused() -> Json:
    table = "\n".join(f"| `{code}` | {status} |" for code, status in sorted(codes().items()))
    return {
        "description": f"Why not.\n\n| code | status |\n|---|---|\n{table}",
        "headers": {
            "Retry-After": {
                "description": "With 429 and 503: when it may succeed.",
                "schema": {"type": "integer"},
            }
        },
        "content": {JSON: {"schema": reference(Refusal)}},
    }
