"""Answers each request with a description of what gunicorn understood."""

import hashlib


def application(environ, start_response):
    body = environ["wsgi.input"].read()
    cases = ",".join(value.strip(" \t") for value in environ.get("HTTP_X_CASE", "").split(","))
    parts = [
        environ["REQUEST_METHOD"],
        environ["RAW_URI"],
        environ.get("HTTP_HOST", ""),
        cases,
        str(len(body)),
        hashlib.sha1(body).hexdigest(),
    ]
    seen = ".".join(part.encode("latin-1").hex() for part in parts)
    start_response("200 OK", [("X-Seen", seen), ("Content-Length", "2")])
    return [b"ok"]
