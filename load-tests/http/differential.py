"""Sends the same bytes to nginx and directly to servers in Go, Node and Python.

   differential.py ADDRESS TOKEN SEEDS [FIRST]

ADDRESS is nginx's, TOKEN the one of its admin port. Each server answers with what it understood, so a
difference shows where nginx and the server disagree about routing, framing or a limit. Prints all
differences by kind, and fails if one of them has no reason in EXPLAINED.
"""

import collections
import random
import re
import sys

from lab import Proxy, Recorder, converse, start

HOST = "shop.test"
END = f"GET /end HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
SEEN = re.compile(rb"(?i)\r\nX-Seen: *([0-9a-f.]+)\r\n")

SERVERS = {
    "Go": (9001, ["/lab/server-go", "9001"]),
    "Node": (9002, ["node", "servers/server.js", "9002"]),
    "Python": (9003, ["gunicorn", "--chdir", "servers", "--bind", "0.0.0.0:9003", "--worker-class",
                      "gthread", "--threads", "16", "--keep-alive", "10", "--log-level", "critical",
                      "wsgi:application"]),
}

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"]
TARGETS = ["/", "/a", "/a/b?x=1&y=2", "/a%20b/%2Fc", "/%7Euser/", "/a;v=1/b", "/a//b", "/a/./b/../c",
           "/a?b=/../c?d", "/a?", "/:@!$&'()*+,=", "/a?%", "/a%2e%2e/b"]
VALUES = ["a", "", "  spaced \t", "tab\tinside", "\u00fcml\u00e4ut", "a; b=\"d\"", "(comment)", "x" * 3000]
BODIES = ["", "a", "hello", END.decode(), "0123456789" * 2000]


class Draft:
    """A request whose parts can be changed before it becomes bytes."""

    def __init__(self, source):
        self.method = source.choice(METHODS)
        self.target = source.choice(TARGETS)
        self.version = "HTTP/1.1"
        self.fields = [("Host", HOST)]
        self.fields += [("X-Case", source.choice(VALUES)) for _ in range(source.randrange(4))]
        self.body = source.choice(BODIES)
        self.line_end = "\r\n"
        self.separator = " "
        if source.randrange(2):
            self.chunked(source)
        else:
            self.payload = self.body
            self.fields.append(("Content-Length", str(len(self.body))))

    def chunked(self, source):
        self.fields.append(("Transfer-Encoding", "chunked"))
        self.payload = ""
        rest = self.body
        while rest:
            size = min(len(rest), source.randrange(1, 8000))
            form = source.choice(["%x", "%X", "%05x", "%x;a=b", "%x;a=\"b c\""])
            self.payload += form % size + "\r\n" + rest[:size] + "\r\n"
            rest = rest[size:]
        self.payload += "0\r\n\r\n"

    def is_chunked(self):
        return any(name == "Transfer-Encoding" for name, _ in self.fields)

    def add(self, name, value):
        self.fields.append((name, value))

    def replace(self, name, *values):
        self.fields = [field for field in self.fields if field[0] != name]
        self.fields += [(name, value) for value in values]

    def unframed(self):
        """Makes it a request whose only framing is what a mutation adds."""
        self.fields = [field for field in self.fields if field[0] not in ("Content-Length", "Transfer-Encoding")]
        self.payload = ""

    def in_bytes(self):
        head = self.separator.join([self.method, self.target, self.version]) + self.line_end
        for name, value in self.fields:
            head += f"{name}: {value}{self.line_end}" if name else f"{value}{self.line_end}"
        return (head + self.line_end + self.payload).encode("latin-1") + END


def framing(*lines):
    def change(draft, _):
        draft.unframed()
        draft.method = "POST"
        for line in lines:
            draft.add("", line)
        is_chunked = any("chunked" in line for line in lines)
        draft.payload = "5\r\nhello\r\n0\r\n\r\n" if is_chunked else "hello"
    return change


def chunk(text):
    def change(draft, _):
        draft.unframed()
        draft.method = "POST"
        draft.add("Transfer-Encoding", "chunked")
        draft.payload = text + "0\r\n\r\n"
    return change


def line(text):
    return lambda draft, _: draft.add("", text)


def sets(**values):
    return lambda draft, _: vars(draft).update(values)


# Each changes a draft. Some changes are valid HTTP, others are not.
CHANGES = {
    "Content-Length twice, equal": framing("Content-Length: 5", "Content-Length: 5"),
    "Content-Length twice, different": framing("Content-Length: 5", "Content-Length: 4"),
    "Content-Length with a list": framing("Content-Length: 5, 5"),
    "Content-Length with a sign": framing("Content-Length: +5"),
    "Content-Length below 0": framing("Content-Length: -5"),
    "Content-Length in hexadecimal": framing("Content-Length: 0x5"),
    "Content-Length with zeros in front": framing("Content-Length: 005"),
    "Content-Length beyond 64 bits": framing("Content-Length: 99999999999999999999"),
    "Content-Length without a number": framing("Content-Length:"),
    "Content_Length": framing("Content-Length: 5", "Content_Length: 4"),
    "Content-Length and chunks": framing("Content-Length: 5", "Transfer-Encoding: chunked"),
    "chunks and Content-Length": framing("Transfer-Encoding: chunked", "Content-Length: 5"),
    "Transfer-Encoding twice": framing("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "Transfer-Encoding: xchunked": framing("Transfer-Encoding: xchunked"),
    "Transfer-Encoding: identity": framing("Transfer-Encoding: identity", "Content-Length: 5"),
    "Transfer-Encoding: chunked, identity": framing("Transfer-Encoding: chunked, identity"),
    "Transfer-Encoding: gzip, chunked": framing("Transfer-Encoding: gzip, chunked"),
    "Transfer-Encoding with a tab": framing("Transfer-Encoding:\tchunked"),
    "Transfer-Encoding, with a vertical tab": framing("Transfer-Encoding: \x0bchunked"),
    "Transfer-Encoding with a space before the colon": framing("Transfer-Encoding : chunked"),
    "Transfer-Encoding in HTTP/1.0": lambda draft, source: (
        draft.unframed(), draft.chunked(source), sets(version="HTTP/1.0")(draft, source)),
    "chunk size with 0x": chunk("0x5\r\nhello\r\n"),
    "chunk size with a sign": chunk("+5\r\nhello\r\n"),
    "chunk size below 0": chunk("-5\r\nhello\r\n"),
    "chunk size with a space after it": chunk("5 \r\nhello\r\n"),
    "chunk size with a space in front": chunk(" 5\r\nhello\r\n"),
    "chunk size beyond 64 bits": chunk("FFFFFFFFFFFFFFFFF5\r\nhello\r\n"),
    "chunk size of nothing": chunk("\r\nhello\r\n"),
    "chunk longer than its size": chunk("5\r\nhello!\r\n"),
    "chunk shorter than its size": chunk("5\r\nhell\r\n"),
    "chunk with bare LF": chunk("5\nhello\n"),
    "chunk with bare LF in its extension": chunk("5;a\nb\r\nhello\r\n"),
    "chunk with bare CR after its data": chunk("5\r\nhello\r"),
    "trailers": lambda draft, _: (
        chunk("5\r\nhello\r\n")(draft, _), sets(payload="5\r\nhello\r\n0\r\nX-Case: late\r\n\r\n")(draft, _)),
    "trailer that frames": lambda draft, _: (
        chunk("5\r\nhello\r\n")(draft, _), sets(payload="5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n")(draft, _)),
    "space before a colon": line("X-Case : a"),
    "folded field": lambda draft, _: (draft.add("X-Case", "a"), draft.add("", " b")),
    "folded first field": lambda draft, _: draft.fields.insert(0, ("", " X-Case: a")),
    "NUL in a value": line("X-Case: a\0b"),
    "bare CR in a value": line("X-Case: a\rX-Case: b"),
    "other control character in a value": line("X-Case: a\x01b"),
    "field without name": line(": a"),
    "field without colon": line("X-Case"),
    "name that is no token": line("X(Case): a"),
    "name with a NUL": line("X-Ca\0se: a"),
    "two hosts": lambda draft, _: draft.add("Host", "other.test"),
    "the same host twice": lambda draft, _: draft.add("Host", HOST),
    "no host": lambda draft, _: draft.replace("Host"),
    "empty host": lambda draft, _: draft.replace("Host", ""),
    "host with a path": lambda draft, _: draft.replace("Host", HOST + "/a"),
    "host with a user": lambda draft, _: draft.replace("Host", "user@" + HOST),
    "host with a list": lambda draft, _: draft.replace("Host", HOST + ", other.test"),
    "host in upper case": lambda draft, _: draft.replace("Host", HOST.upper()),
    "host with a port": lambda draft, _: draft.replace("Host", HOST + ":8080"),
    "host with a port that is none": lambda draft, _: draft.replace("Host", HOST + ":80a"),
    "host with a dot at its end": lambda draft, _: draft.replace("Host", HOST + "."),
    "absolute URI": lambda draft, _: sets(target=f"http://{HOST}{draft.target}")(draft, _),
    "absolute URI with another Host": lambda draft, _: (
        sets(target=f"http://{HOST}{draft.target}")(draft, _), draft.replace("Host", "other.test")),
    "absolute URI without path": sets(target=f"http://{HOST}"),
    "absolute URI of https": lambda draft, _: sets(target=f"https://{HOST}{draft.target}")(draft, _),
    "path above the root": sets(target="/../a"),
    "NUL in the path, encoded": sets(target="/a%00b"),
    "two slashes in front": sets(target="//a/b"),
    "backslash": sets(target="/a\\b"),
    "fragment": sets(target="/a#b"),
    "space in the target": sets(target="/a b"),
    "asterisk": sets(target="*", method="OPTIONS"),
    "target without slash": sets(target="a/b"),
    "target with obs-text": sets(target="/\u00e4"),
    "target with a control character": sets(target="/a\x01b"),
    "target of 5,000 bytes": sets(target="/" + "a" * 5000),
    "target of 20,000 bytes": sets(target="/" + "a" * 20000),
    "field of 7,000 bytes": line("X-Case: " + "a" * 7000),
    "field of 20,000 bytes": line("X-Case: " + "a" * 20000),
    "80 fields": lambda draft, _: draft.fields.extend(("X-Other", str(i)) for i in range(80)),
    "500 fields": lambda draft, _: draft.fields.extend(("X-Other", str(i)) for i in range(500)),
    "body of 3 MB": lambda draft, _: (
        draft.unframed(), draft.add("Content-Length", str(3 << 20)), sets(payload="a" * (3 << 20))(draft, _)),
    "method in lower case": sets(method="get"),
    "unknown method": sets(method="BREW"),
    "method with odd characters": sets(method="M!#$%&'*+.^`|~1"),
    "TRACE": lambda draft, _: (draft.unframed(), sets(method="TRACE")(draft, _)),
    "CONNECT": lambda draft, _: (draft.unframed(), sets(method="CONNECT", target=HOST + ":80")(draft, _)),
    "HTTP/1.0": sets(version="HTTP/1.0"),
    "HTTP/1.2": sets(version="HTTP/1.2"),
    "HTTP/2.0": sets(version="HTTP/2.0"),
    "HTTP/1.10": sets(version="HTTP/1.10"),
    "http/1.1": sets(version="http/1.1"),
    "HTTP/0.9": lambda draft, _: (draft.unframed(), sets(method="GET", version="", fields=[])(draft, _)),
    "bare LF": sets(line_end="\n"),
    "tabs in the first line": sets(separator="\t"),
    "two spaces in the first line": sets(separator="  "),
    "space at the end of the first line": sets(version="HTTP/1.1 "),
    "empty line in front": lambda draft, _: sets(method="\r\n" + draft.method)(draft, _),
    "space in front": lambda draft, _: sets(method=" " + draft.method)(draft, _),
    "Expect: 100-continue": lambda draft, _: draft.add("Expect", "100-continue"),
    "another expectation": lambda draft, _: draft.add("Expect", "200-ok"),
    "Connection: close": lambda draft, _: draft.add("Connection", "close"),
    "Connection names a field": lambda draft, _: (draft.add("X-Case", "a"), draft.add("Connection", "X-Case")),
    "Upgrade: h2c": lambda draft, _: (draft.add("Upgrade", "h2c"), draft.add("Connection", "Upgrade, HTTP2-Settings"),
                                      draft.add("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")),
}

REFUSED, ACCEPTED, DIFFERENT = "refused", "accepted", "different"

# What nginx refuses although a server accepts it, accepts although a server refuses it, or changes, by
# the kind of difference and the change of the request. A change that is not valid HTTP may always be
# refused. A request that HTTP permits may not, except for a reason of its own.
INVALID = "HTTP does not permit it, and nginx refuses it for all apps"
REPAIRED = "nginx understands it as HTTP permits, and the app gets it in the usual form"
EXPLAINED = {
    (REFUSED, name): INVALID
    for name in [
        "Content-Length twice, equal", "Content-Length twice, different", "Content-Length with a list",
        "Content-Length with a sign", "Content-Length below 0", "Content-Length in hexadecimal",
        "Content-Length beyond 64 bits", "Content-Length without a number", "Content_Length",
        "Content-Length and chunks", "chunks and Content-Length", "Transfer-Encoding twice",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: identity", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding, with a vertical tab", "Transfer-Encoding with a space before the colon",
        "Transfer-Encoding in HTTP/1.0", "chunk size with 0x", "chunk size with a sign", "chunk size below 0",
        "chunk size with a space in front", "chunk size beyond 64 bits", "chunk size of nothing",
        "chunk longer than its size", "chunk shorter than its size", "chunk with bare CR after its data",
        "chunk with bare LF", "chunk with bare LF in its extension",
        "space before a colon", "folded field", "folded first field", "NUL in a value", "bare CR in a value",
        "other control character in a value", "field without name", "field without colon",
        "name that is no token", "name with a NUL", "two hosts", "the same host twice", "no host", "empty host",
        "host with a path", "host with a user", "host with a list", "host with a port that is none",
        "absolute URI of https", "two slashes in front", "backslash", "fragment", "space in the target",
        "target without slash", "target with obs-text", "target with a control character", "HTTP/2.0",
        "HTTP/1.10", "http/1.1", "HTTP/0.9", "tabs in the first line", "space in front",
    ]
}
EXPLAINED |= {
    (ACCEPTED, name): REPAIRED
    for name in [
        "bare LF", "chunk with bare LF", "two spaces in the first line", "space at the end of the first line",
        "empty line in front", "HTTP/1.2", "chunk size with a space after it", "Content-Length with zeros in front",
        "absolute URI", "absolute URI with another Host", "absolute URI without path", "trailers", "HTTP/1.0",
        "Transfer-Encoding with a tab", "trailer that frames", "chunk shorter than its size", "HTTP/1.10",
    ]
}
EXPLAINED |= {
    (REFUSED, "Transfer-Encoding: gzip, chunked"): "nginx knows no coding except chunked, and answers 501",
    (REFUSED, "path above the root"): "nginx refuses a path that leaves the root, because no route covers it",
    (REFUSED, "NUL in the path, encoded"): "nginx refuses a path with NUL, which ends a string in C",
    (REFUSED, "asterisk"): "nginx does not serve OPTIONS *, because it belongs to no app",
    (REFUSED, "method in lower case"): "nginx refuses methods with other characters than A to Z, _ and -",
    (REFUSED, "method with odd characters"): "nginx refuses methods with other characters than A to Z, _ and -",
    (REFUSED, "TRACE"): "nginx does not serve TRACE",
    (REFUSED, "CONNECT"): "nginx does not serve CONNECT",
    (REFUSED, "target of 20,000 bytes"): "nginx's limit is 16 KB",
    (REFUSED, "field of 20,000 bytes"): "nginx's limit is 16 KB",
    (REFUSED, "body of 3 MB"): "the limit of the app, which is 2 MB here",
    (DIFFERENT, "absolute URI with another Host"):
        "RFC 9112, 3.2.2: the host of the URI counts, and nginx makes it the app's Host",
    (DIFFERENT, "host with a dot at its end"): "nginx removes the dot for the route and for the app",
    (DIFFERENT, "another expectation"): "nginx handles Expect itself, and no app gets it",
    (DIFFERENT, "absolute URI without path"): "the app gets the path /",
}


def draw(seed):
    """Returns the names of the changes, and the bytes."""
    source = random.Random(seed)
    draft = Draft(source)
    names = source.sample(sorted(CHANGES), source.choice([0, 1, 1, 1, 2]))
    for name in names:
        CHANGES[name](draft, source)
    return names, draft.in_bytes()


def understood(answer):
    """Returns how the server understood each request, as tuples of method, target, host and so on."""
    return [normal([bytes.fromhex(part.decode()).decode("latin-1") for part in seen.split(b".")])
            for seen in SEEN.findall(answer)]


def normal(parts):
    method, target, host, cases, length, digest = parts
    target = re.sub(r"^https?://[^/?]*", "", target)
    return method, target, host.lower(), re.sub(r"[ \t]+", " ", cases), length, digest


def compare(direct, through):
    if direct == through:
        return None
    if not direct:
        return ACCEPTED
    # nginx closes the connection after a request that it refuses, so the rest may be missing
    if through == direct[:len(through)] and len(through) < len(direct):
        return REFUSED
    # a server that refuses a request closes its connection too
    if direct == through[:len(direct)]:
        return ACCEPTED
    return DIFFERENT


def reason(kind, names):
    reasons = [EXPLAINED[kind, name] for name in names if (kind, name) in EXPLAINED]
    return reasons[0] if reasons else None


# What the app gets must be well-formed, whatever the client sent.
HEAD = re.compile(rb"[A-Z_-]+ /[^ \0-\x1f]* HTTP/1\.1\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[^\0\r\n]*\r\n)+\r\n")


def is_well_formed(data):
    while data:
        head = HEAD.match(data)
        if not head:
            return False
        lengths = re.findall(rb"(?i)\r\nContent-Length: (\d+)(?=\r\n)", head.group())
        if len(lengths) > 1 or re.search(rb"(?i)\r\nTransfer-Encoding:", head.group()):
            return False
        data = data[head.end() + int(lengths[0] if lengths else 0):]
    return True


def main(address, token, seeds, first=0):
    proxy = Proxy(address, token)
    found = collections.defaultdict(list)
    for number, (server, (port, command)) in enumerate(SERVERS.items(), 1):
        start(command, port)
        recorder = Recorder(8000 + number, port)
        proxy.route({HOST: 8000 + number})
        for seed in range(first, first + seeds):
            names, data = draw(seed)
            direct = understood(converse("127.0.0.1", port, data))
            recorder.take()
            through = understood(converse(address, 80, data))
            sent = recorder.take()
            kind = compare(direct, through)
            if kind:
                found[kind, " + ".join(names), server, reason(kind, names)].append((seed, direct, through))
            if not all(is_well_formed(one) for one in sent):
                found["not well-formed", " + ".join(names), server, None].append((seed, sent, []))
    return report(found, seeds)


def report(found, seeds):
    unexplained = [(key, examples) for key, examples in found.items() if not key[3]]
    rows = collections.defaultdict(set)
    for kind, names, server, why in found:
        if why:
            rows[kind, why].update((name, server) for name in names.split(" + ") if (kind, name) in EXPLAINED)
    print(f"{seeds} requests to each of {', '.join(SERVERS)}\n")
    print("| nginx compared with the server | Requests | Reason |\n|---|---|---|")
    for (kind, why), cases in sorted(rows.items()):
        print(f"| {kind} | {'; '.join(sorted({name for name, _ in cases}))} | {why} |")
    for (kind, names, server, _), examples in unexplained:
        seed, direct, through = examples[0]
        print(f"\nFINDING ({len(examples)} times): {server}, {names or 'a valid request'}: {kind}")
        print(f"  seed {seed}: {draw(seed)[1][:400]!r}\n  direct  {str(direct)[:600]}\n  through {str(through)[:600]}")
    print(f"\n{len(unexplained)} findings")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
