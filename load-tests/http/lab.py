"""What the conformance suite and the differential requests share: servers, nginx's table, raw bytes."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


class Proxy:
    """nginx, which gets its tables from here."""

    def __init__(self, address, token):
        self.address = address
        self.token = token
        self.seq = 0

    def route(self, hosts, read=60000):
        """Routes each host to a port of this machine, and to the path / alone."""
        self.seq += 1
        here = own_address()
        apps = {
            host.replace(".", "-"): {
                "hosts": [{"host": host, "path": "/"}],
                "algorithm": "least_conn",
                "maxBody": 2 << 20,
                "websocket": True,
                "timeouts": {"connect": 2000, "send": read, "read": read},
                "endpoints": [
                    # a new id for each table, so that no connection to an earlier server is used
                    {"instance": str(self.seq * 1000 + port % 1000), "revision": 1, "host": here,
                     "port": port, "weight": 100}
                ],
            }
            for host, port in hosts.items()
        }
        self.put("/table", {"version": self.version(), "apps": apps})

    def certify(self, host, chain, key):
        self.seq += 1
        site = {"chain": chain, "key": key, "redirect": False, "hsts": False}
        self.put("/certificates", {"version": self.version(), "sites": {host: site}, "challenges": {}})

    def version(self):
        return {"timeline": 1, "epoch": 1, "seq": self.seq}

    def put(self, path, document):
        request = urllib.request.Request(
            f"http://{self.address}:8081{path}",
            json.dumps(document).encode(),
            {"Authorization": f"Bearer {self.token}"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=30).read()


def own_address():
    return socket.gethostbyname(socket.gethostname())


def start(command, port):
    """Starts a server, and waits until it listens."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=HERE)
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended with {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{' '.join(command)} did not listen at port {port} in a minute")


def converse(address, port, data, idle=2.0, finish=False):
    """Sends bytes on a new connection, and returns what arrives until it closes or is silent."""
    answer = b""
    with socket.create_connection((address, port), 10) as connection:
        connection.settimeout(idle)
        try:
            connection.sendall(data)
            if finish:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass  # the other side was silent, or closed the connection before it read everything
    return answer


class Recorder:
    """Passes connections on to a server, and records the bytes that it gets."""

    def __init__(self, port, server_port):
        self.server_port = server_port
        self.recorded = []
        self.listening = socket.create_server(("0.0.0.0", port), backlog=256)
        threading.Thread(target=self.accept, daemon=True).start()

    def take(self):
        """Returns the bytes of each connection since the last call."""
        recorded, self.recorded = self.recorded, []
        return [bytes(one) for one in recorded]

    def accept(self):
        while True:
            connection, _ = self.listening.accept()
            server = socket.create_connection(("127.0.0.1", self.server_port))
            threading.Thread(target=self.copy, args=(connection, server, True), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, connection, False), daemon=True).start()

    def copy(self, source, target, record):
        current, owner = None, None
        try:
            while part := source.recv(65536):
                if record:
                    if owner is not self.recorded:  # the first bytes since the last call of take
                        current, owner = bytearray(), self.recorded
                        owner.append(current)
                    current += part
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            target.close()
