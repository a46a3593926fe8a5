"""Runs each case with each client and each server through nginx, and prints the results as a table.

   conformance.py ADDRESS TOKEN

ADDRESS is nginx's, TOKEN the one of its admin port. Each case first runs without nginx, so that what a
client or a server cannot do does not count against nginx. Fails if a case fails that has no reason in
EXPLAINED.

The servers answer with X-Seen, which describes what they understood, and with "ok". These paths differ:
/chunked (three chunks), /close (ends with the connection), /empty (204), /unchanged (304), /hints (103
first), /trailers (X-Sum: 42), /large (a header of 60,000 bytes), /never, /websocket (returns messages).
"""

import base64
import hashlib
import os
import re
import socket
import struct
import subprocess
import sys
import textwrap

from lab import Proxy, start

JAVA = ["java", "-XX:TieredStopAtLevel=1", "-cp", "classes:/usr/share/java/*"]
SERVERS = {
    "Go": (9001, ["/lab/server-go", "9001"]),
    "Node": (9002, ["node", "servers/server.js", "9002", "websockets"]),
    "Python": (9003, ["python3", "servers/server.py", "9003"]),
    "JDK": (9004, JAVA + ["JdkServer", "9004"]),
    "Jetty": (9005, JAVA + ["JettyServer", "9005"]),
    "Netty": (9006, JAVA + ["NettyServer", "9006"]),
    "HAProxy": (9007, ["haproxy", "-f", "servers/haproxy.cfg"]),
    "Caddy": (9008, ["caddy", "run", "--config", "servers/Caddyfile", "--adapter", "caddyfile"]),
}
CLIENTS = {
    "curl": ["clients/curl.sh"],
    "h2load": ["clients/h2load.sh"],
    "Node": ["node", "clients/client.js", "http"],
    "undici": ["node", "clients/client.js", "undici"],
    "ws": ["node", "clients/client.js", "ws"],
    "JDK": JAVA + ["JdkClient"],
    "Python": ["python3", "clients/client.py"],
    "Go": ["/lab/client-go"],
}

# Why a case fails, by the case and the column, or by the case alone.
EXPLAINED = {}


class Answer:
    """An answer, read from a file that socket.makefile made."""

    def __init__(self, stream, method="GET"):
        self.interim = []
        while True:
            self.head = self.read_head(stream)
            self.status = int(self.head.split(b" ", 2)[1])
            if self.status >= 200 or self.status == 101:
                break
            self.interim.append(self.head)
        self.trailers = b""
        coding = self.field("Transfer-Encoding")
        length = self.field("Content-Length")
        if method == "HEAD" or self.status in (101, 204, 304):
            self.body = b""
        elif coding == "chunked":
            self.body = self.read_chunks(stream)
        elif length is not None:
            self.body = stream.read(int(length))
        else:
            self.body = stream.read()

    @staticmethod
    def read_head(stream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                raise EOFError(f"the connection ended after {head!r}")
            head += line
        return head

    def read_chunks(self, stream):
        body = b""
        while size := int(stream.readline().split(b";")[0], 16):
            body += stream.read(size)
            stream.readline()
        while (line := stream.readline()) != b"\r\n":
            self.trailers += line
        return body

    def field(self, name):
        found = re.search(rb"(?im)^" + name.encode() + rb": *(.*?) *\r$", self.head)
        return found.group(1).decode("latin-1") if found else None

    def seen(self):
        parts = [bytes.fromhex(part).decode("latin-1") for part in self.field("X-Seen").split(".")]
        return dict(zip(["method", "target", "host", "cases", "length", "digest"], parts))


class Talk:
    """A connection of the client of this program, which sends bytes as they are."""

    def __init__(self, address, port, host):
        self.host = host
        self.connection = socket.create_connection((address, port), 10)
        self.stream = self.connection.makefile("rb")

    def request(self, method="GET", path="/", fields=(), body=b"", version="HTTP/1.1"):
        lines = [f"{method} {path} {version}", f"Host: {self.host}", *fields]
        if body and not any("chunked" in field for field in fields):
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def ask(self, method="GET", *arguments, **options):
        self.connection.sendall(self.request(method, *arguments, **options))
        return Answer(self.stream, method)

    def close(self):
        self.connection.close()


def must(condition, what):
    if not condition:
        raise AssertionError(what)


def ok(answer):
    must(answer.status == 200, f"the status is {answer.status}")
    must(answer.body == b"ok", f"the body is {answer.body[:50]!r}")
    return answer


def next_one(talk):
    """The connection must be usable after the answer."""
    ok(talk.ask())


def method(name, body=b"", **options):
    def check(talk):
        answer = ok(talk.ask(name, body=body, **options))
        must(answer.seen()["method"] == name, "the app saw another method")
        must(answer.seen()["digest"] == hashlib.sha1(body).hexdigest(), "the app saw another body")
        next_one(talk)
    return check


def head(talk):
    answer = talk.ask("HEAD")
    must(answer.status == 200, f"the status is {answer.status}")
    next_one(talk)


def chunked_post(talk):
    answer = ok(talk.ask("POST", fields=["Transfer-Encoding: chunked"], body=b"2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"))
    must(answer.seen()["digest"] == hashlib.sha1(b"hello").hexdigest(), "the app saw another body")
    next_one(talk)


def repeated(talk):
    answer = ok(talk.ask(fields=["X-Case: a", "X-Case: b", "X-Case: c"]))
    must(re.fullmatch("a, ?b, ?c", answer.seen()["cases"]), f"the app saw {answer.seen()['cases']}")


def latin(talk):
    must(ok(talk.ask(fields=["X-Case: \u00e4"])).seen()["cases"] == "\u00e4", "the app saw another value")


def large_request(talk):
    must(len(ok(talk.ask(fields=["X-Case: " + "a" * 7000])).seen()["cases"]) == 7000, "the app saw less")


def host_with_port(talk):
    host = talk.host + ":8080"
    talk.host = host
    must(ok(talk.ask()).seen()["host"] == host, "the app saw another host")


def absolute(talk):
    seen = ok(talk.ask(path=f"http://{talk.host}/a?b")).seen()
    must(seen["target"].endswith("/a?b"), f"the app saw {seen['target']}")
    must(seen["host"] == talk.host, f"the app saw the host {seen['host']}")
    next_one(talk)


def raw_target(talk):
    target = "/a%2Fb/./c/../d;e=f//g?h=/../i&j=%20"
    must(ok(talk.ask(path=target)).seen()["target"] == target, "the app saw another target")


def large_answer(talk):
    must(len(ok(talk.ask(path="/large")).field("X-Large") or "") == 60000, "the header was cut")
    next_one(talk)


def chunked_answer(talk):
    must(talk.ask(path="/chunked").body == b"onetwothree", "the body is another")
    next_one(talk)


def closed_answer(talk):
    answer = talk.ask(path="/close")
    must(answer.body == b"ok", "the body is another")


def bodiless(path, status):
    def check(talk):
        must(talk.ask(path=path).status == status, "the status is another")
        next_one(talk)
    return check


def trailers(talk):
    answer = talk.ask(path="/trailers", fields=["TE: trailers", "Connection: TE"])
    must(answer.body == b"ok", "the body is another")
    must(b"X-Sum: 42" in answer.trailers.title(), "the trailer is missing")
    next_one(talk)


def hints(talk):
    answer = ok(talk.ask(path="/hints", fields=["Sec-Fetch-Mode: navigate"]))
    must(answer.interim and b"rel=preload" in answer.interim[0], "there is no 103")
    next_one(talk)


def no_hints(talk):
    ok(talk.ask(path="/hints"))
    next_one(talk)


def expectation(talk):
    talk.connection.sendall(talk.request("POST", fields=["Expect: 100-continue", "Content-Length: 5"]))
    must(Answer.read_head(talk.stream).startswith(b"HTTP/1.1 100 "), "there is no 100")
    talk.connection.sendall(b"hello")
    must(ok(Answer(talk.stream)).seen()["length"] == "5", "the app saw another body")
    next_one(talk)


def frame(opcode, payload):
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length)
    return bytes([0x80 | opcode]) + size + b"\0\0\0\0" + payload


def websocket(talk):
    key = base64.b64encode(os.urandom(16)).decode()
    answer = talk.ask(path="/websocket", fields=[
        "Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"])
    must(answer.status == 101, f"the status is {answer.status}")
    for payload in (b"hello", b"a" * 60000):
        talk.connection.sendall(frame(1, payload))
        start = talk.stream.read(2)
        must(start[0] == 0x81, "the answer is no text")
        size = start[1] if start[1] < 126 else struct.unpack(">H", talk.stream.read(2))[0]
        must(talk.stream.read(size) == payload, "the message came back changed")
    talk.connection.sendall(frame(8, struct.pack(">H", 1000)))
    must(talk.stream.read(1) == b"\x88", "there is no close frame")


def no_h2c(talk):
    answer = ok(talk.ask(fields=["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"]))
    must(answer.status == 200, "nginx or the app changed the protocol")
    next_one(talk)


def three(talk):
    for _ in range(3):
        ok(talk.ask())


def pipelined(talk):
    talk.connection.sendall(b"".join(talk.request(path=f"/{i}") for i in range(3)))
    for i in range(3):
        must(ok(Answer(talk.stream)).seen()["target"] == f"/{i}", "the answers are in another order")


def closes(**options):
    def check(talk):
        ok(talk.ask(**options))
        must(talk.stream.read() == b"", "the connection stayed open")
    return check


def old_version(talk):
    closes(version="HTTP/1.0")(talk)


def too_large(talk):
    answer = talk.ask("POST", fields=["Content-Length: 3000000"])
    must(answer.status == 413, f"the status is {answer.status}")


def too_large_in_chunks(talk):
    talk.connection.sendall(talk.request("POST", fields=["Transfer-Encoding: chunked"]))
    try:
        for _ in range(50):
            talk.connection.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")
        talk.connection.sendall(b"0\r\n\r\n")
    except OSError:
        pass  # nginx has answered and closed the connection
    answer = Answer(talk.stream)
    must(answer.status == 413, f"the status is {answer.status}")


def never(talk):
    answer = talk.ask(path="/never")
    must(answer.status == 504, f"the status is {answer.status}")
    next_one(talk)


# Of each case: group, name, check, and whether it can run without nginx too.
SERVER_CASES = [
    ("Methods", "GET", method("GET"), True),
    ("Methods", "HEAD", head, True),
    ("Methods", "POST with Content-Length", method("POST", b"hello"), True),
    ("Methods", "POST in chunks", chunked_post, True),
    ("Methods", "PUT of 1 MB", method("PUT", b"a" * (1 << 20)), True),
    ("Methods", "PATCH", method("PATCH", b"hello"), True),
    ("Methods", "DELETE", method("DELETE"), True),
    ("Methods", "OPTIONS", method("OPTIONS"), True),
    ("Headers", "a field three times arrives in order", repeated, True),
    ("Headers", "a value in Latin-1", latin, True),
    ("Headers", "a field of 7,000 bytes", large_request, True),
    ("Headers", "an answer with a field of 60,000 bytes", large_answer, True),
    ("Target and Host", "a target arrives as it was written", raw_target, True),
    ("Target and Host", "Host with a port", host_with_port, True),
    ("Target and Host", "absolute form", absolute, True),
    ("Framing", "an answer in chunks", chunked_answer, True),
    ("Framing", "an answer that ends with the connection", closed_answer, True),
    ("Framing", "204", bodiless("/empty", 204), True),
    ("Framing", "304", bodiless("/unchanged", 304), True),
    ("Framing", "trailers", trailers, True),
    ("Interim answers", "103 reaches a browser that loads a page", hints, True),
    ("Interim answers", "103 does not disturb others", no_hints, True),
    ("Interim answers", "Expect: 100-continue", expectation, True),
    ("Upgrade", "WebSocket", websocket, True),
    ("Upgrade", "h2c is not passed on", no_h2c, False),
    ("Connection", "three requests", three, True),
    ("Connection", "three requests at once", pipelined, True),
    ("Connection", "Connection: close", closes(fields=["Connection: close"]), True),
    ("Connection", "HTTP/1.0", old_version, True),
    ("Limits", "a body of 3 MB, where 2 MB are permitted", too_large, False),
    ("Limits", "the same in chunks", too_large_in_chunks, False),
    ("Timeouts", "no answer in time is a 504", never, False),
]
CLIENT_CASES = [
    ("Methods", "GET", "get"),
    ("Methods", "HEAD", "head"),
    ("Methods", "POST with Content-Length", "post"),
    ("Methods", "POST of 1 MB in chunks", "upload"),
    ("Headers", "an answer with a field of 60,000 bytes", "large"),
    ("Target and Host", "absolute form, as for a proxy", "absolute"),
    ("Framing", "an answer in chunks", "chunked"),
    ("Framing", "an answer that ends with the connection", "close"),
    ("Framing", "204, then another request", "empty"),
    ("Framing", "304, then another request", "unchanged"),
    ("Framing", "trailers", "trailers"),
    ("Interim answers", "103 does not disturb it", "hints"),
    ("Interim answers", "Expect: 100-continue", "expect"),
    ("Upgrade", "WebSocket, with a close code", "websocket"),
    ("Upgrade", "a request for h2c gets an answer", "upgrade"),
    ("Connection", "several requests on a connection", "three"),
    ("Connection", "TLS", "tls"),
]


def host_of(server):
    return server.lower() + ".test"


def attempt(check, address, port, host):
    """Returns why the check failed, or None."""
    try:
        talk = Talk(address, port, host)
        try:
            check(talk)
        finally:
            talk.close()
    except (AssertionError, OSError, EOFError, ValueError, AttributeError, IndexError) as error:
        return f"{error}" or type(error).__name__
    return None


def server_cell(check, direct, server, address):
    port = SERVERS[server][0]
    if direct and attempt(check, "127.0.0.1", port, host_of(server)):
        return "–", None
    why = attempt(check, address, 80, host_of(server))
    return ("✗", why) if why else ("✓", None)


def run(command):
    """Returns why the command failed, or None."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "it did not end in a minute"
    return None if done.returncode == 0 else (done.stderr.strip() or "it failed").splitlines()[-1]


def client_cell(case, client):
    # Only Node's server here has WebSockets; Go's has all the rest.
    server = "Node" if case == "websocket" else "Go"
    direct = f"http://127.0.0.1:{SERVERS[server][0]}"
    if case == "tls":  # the servers have no TLS, but a client that can GET can do it
        if run(CLIENTS[client] + ["get", direct]):
            return "–", None
        why = run(CLIENTS[client] + [case, f"https://{host_of(server)}"])
    else:
        if run(CLIENTS[client] + [case, direct]):
            return "–", None
        why = run(CLIENTS[client] + [case, f"http://{host_of(server)}"])
    return ("✗", why) if why else ("✓", None)


class Table:
    def __init__(self, title, columns):
        self.columns = columns
        self.group = None
        self.failures = []
        print(f"\n### {title}\n\n| | Case | {' | '.join(columns)} |\n|---|---|{'---|' * len(columns)}", flush=True)

    def row(self, group, name, cells):
        shown = []
        for column, (mark, why) in zip(self.columns, cells):
            if why:
                reason = EXPLAINED.get((name, column)) or EXPLAINED.get(name)
                if reason:
                    mark = f"✗ {reason}"
                else:
                    self.failures.append(f"{name}, {column}: {why}")
            shown.append(mark)
        print(f"| {group if group != self.group else ''} | {name} | {' | '.join(shown)} |", flush=True)
        self.group = group


def certify(proxy, host):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}",
         "-addext", f"subjectAltName=DNS:{host}", "-keyout", "/tmp/key.pem", "-out", "/tmp/chain.pem"],
        check=True, capture_output=True)
    with open("/tmp/chain.pem") as chain, open("/tmp/key.pem") as key:
        proxy.certify(host, chain.read(), key.read())


def versions():
    packages = ["curl", "nghttp2-client", "nodejs", "node-undici", "node-ws", "golang-go", "python3",
                "openjdk-25-jdk-headless", "libjetty9-java", "libnetty-java", "haproxy", "caddy"]
    listed = subprocess.run(["dpkg-query", "--show", "--showformat", "${Package} ${Version}, ", *packages],
                            check=True, capture_output=True, text=True).stdout
    return textwrap.fill("The packages of Debian: " + listed.rstrip(", ") + ".", 100, break_on_hyphens=False)


def main(address, token):
    print(versions())
    for port, command in SERVERS.values():
        start(command, port)
    proxy = Proxy(address, token)
    proxy.route({host_of(server): port for server, (port, _) in SERVERS.items()}, read=5000)
    certify(proxy, host_of("Go"))
    servers = Table("Servers behind nginx", list(SERVERS))
    for group, name, check, direct in SERVER_CASES:
        servers.row(group, name, [server_cell(check, direct, server, address) for server in SERVERS])
    clients = Table("Clients in front of nginx", list(CLIENTS))
    for group, name, case in CLIENT_CASES:
        clients.row(group, name, [client_cell(case, client) for client in CLIENTS])
    failures = servers.failures + clients.failures
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(failures)} failures without a reason", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
