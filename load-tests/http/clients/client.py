"""Python's http.client as a client of one case: client.py CASE BASE. Fails if the case does."""

import http.client
import ssl
import sys
from urllib.parse import urlsplit

case, base = sys.argv[1], urlsplit(sys.argv[2])


def connect():
    if base.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(base.hostname, base.port or 443, timeout=10, context=context)
    return http.client.HTTPConnection(base.hostname, base.port or 80, timeout=10)


connection = connect()


def ask(method, path, body=None, headers={}, **options):
    connection.request(method, path, body, headers, **options)
    answer = connection.getresponse()
    return answer, answer.read()


def length(answer):
    return int(bytes.fromhex(answer.headers["X-Seen"].split(".")[4]).decode())


def check(path, status, body, method="GET"):
    answer, received = ask(method, path)
    assert (answer.status, received) == (status, body), (answer.status, received)
    return answer


def upload(size):
    parts = iter([b"a" * (size // 2), b"a" * (size // 2)])
    answer, _ = ask("POST", "/", parts, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert length(answer) == size, length(answer)


def through_proxy():
    answer, body = ask("GET", f"http://{base.netloc}/")
    assert body == b"ok", body


CASES = {
    "get": lambda: check("/", 200, b"ok"),
    "head": lambda: check("/", 200, b"", "HEAD"),
    "post": lambda: length(ask("POST", "/", b"hello")[0]) == 5 or sys.exit("the body was lost"),
    "upload": lambda: upload(1 << 20),
    "three": lambda: [check("/", 200, b"ok") for _ in range(3)],
    "chunked": lambda: check("/chunked", 200, b"onetwothree"),
    "close": lambda: check("/close", 200, b"ok"),
    "empty": lambda: [check("/empty", 204, b""), check("/", 200, b"ok")],
    "unchanged": lambda: [check("/unchanged", 304, b""), check("/", 200, b"ok")],
    "hints": lambda: check("/hints", 200, b"ok"),
    "large": lambda: len(check("/large", 200, b"ok").headers["X-Large"]) == 60000 or sys.exit("cut"),
    "absolute": through_proxy,
    "tls": lambda: check("/", 200, b"ok"),
}

if case not in CASES:
    sys.exit("this client has no such feature")
CASES[case]()
