"""Answers each request with a description of what Python's http.server understood. Some paths answer in
a special way; conformance.py lists them."""

import hashlib
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        body = self.body()
        path = self.path.split("?")[0]
        if path == "/hints":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </shop.css>; rel=preload\r\n\r\n")
        status = {"/empty": 204, "/unchanged": 304}.get(path, 200)
        self.send_response(status)
        self.send_header("X-Seen", self.seen(body))
        if path == "/large":
            self.send_header("X-Large", "a" * 60000)
        if path == "/unchanged":
            self.send_header("ETag", '"1"')
        if path == "/never":
            time.sleep(3600)
        if path in ("/chunked", "/trailers"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in ["one", "two", "three"] if path == "/chunked" else ["ok"]:
                self.wfile.write(f"{len(part):x}\r\n{part}\r\n".encode())
                self.wfile.flush()
            self.wfile.write(b"0\r\n" + (b"X-Sum: 42\r\n" if path == "/trailers" else b"") + b"\r\n")
        elif path == "/close":
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"ok")
        elif status == 200:
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"ok")
        else:
            self.end_headers()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = answer

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def seen(self, body):
        cases = ",".join(value.strip(" \t") for value in self.headers.get_all("X-Case", []))
        parts = [self.command, self.path, self.headers.get("Host", ""), cases, str(len(body)),
                 hashlib.sha1(body).hexdigest()]
        return ".".join(part.encode("latin-1", "replace").hex() for part in parts)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
