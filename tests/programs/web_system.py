#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""web_system.py MORI MANIFEST ENGINE: the web server for files as a system, from the outside. Exits with 77 where the engine is io_uring and
the kernel does not offer it.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

MORI, MANIFEST = (str(Path(path).resolve()) for path in sys.argv[1:3])
ENGINE, NO_ENGINE = sys.argv[3], 78
LARGE = bytes(i * 7 % 251 for i in range(300000))
NAMES = ["a b&c<d>.txt", "plain.html", "a%2e", "inner"]


def connect(address):
    return socket.create_connection(address, timeout=60)


def answers(peer, count, body=True):
    """So many answers, from one stream: (status, fields, body) each."""
    stream = peer.makefile("rb")
    for _ in range(count):
        status = int(stream.readline().split()[1])
        fields = dict(line.decode().rstrip().lower().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
        yield status, fields, stream.read(int(fields["content-length"])) if body else b""


def ask(address, target, method="GET", more=b"", status=200):
    with connect(address) as peer:
        peer.sendall(f"{method} {target} HTTP/1.1\r\nHost: a\r\n".encode() + b"Connection: close\r\n" + more + b"\r\n")
        got = next(answers(peer, 1, method != "HEAD"))
        assert got[0] == status, (method, target, got[:2])
        assert peer.recv(1) == b"", target
    return got


def files(address):
    assert ask(address, "/large")[2] == LARGE
    assert int(ask(address, "/large", "HEAD")[1]["content-length"]) == len(LARGE)
    assert ask(address, "/empty.css")[1:] == ({"server": "mori", "content-type": "text/css; charset=utf-8", "content-length": "0",
                                               "connection": "close"}, b"")
    assert ask(address, "/inner/a%20b%26c%3cd%3E.txt?x#y")[2] == b"a b&c<d>.txt"
    assert ask(address, "/inner", status=301)[1]["location"] == "/inner/"
    for target in "/none", "/large/x", "/out", "/inner/up", "/inner/none/":
        ask(address, target, status=404)
    for target in "/../x", "/inner/../../x", "/%00", "x", "/%zz":
        ask(address, target, status=400)
    ask(address, "/large", "POST", b"Content-Length: 0\r\n", status=405)
    ask(address, "/" + "x" * 5000, status=414)
    ask(address, "/large", more=b"X: " + b"y" * 9000 + b"\r\n", status=431)


def listings(address):
    page = ask(address, "/inner/")[2].decode()
    links = [line.split('"')[1] for line in page.splitlines() if line.startswith("<li>")]
    assert links == ["../", "./a%20b%26c%3Cd%3E.txt", "./a%252e", "./inner/", "./plain.html", "./up"], links
    assert "a b&amp;c&lt;d&gt;.txt</a>" in page, page
    assert ask(address, "/")[2].count(b"<li>") == 4


def streams(address):
    """Many at a time, each with requests one behind the other, which come in pieces."""
    peers = [connect(address) for _ in range(40)]
    request = b"GET /inner/plain.html HTTP/1.1\r\nHost: a\r\n\r\n"
    for peer in peers:
        peer.sendall(3 * request + request[:20])
    for peer in peers:
        assert all(body == b"plain.html" for _, _, body in answers(peer, 3))
    for peer in peers:
        peer.sendall(request[20:])
        assert next(answers(peer, 1))[2] == b"plain.html"
    for peer in peers[:20]:
        peer.sendall(b"nonsense\r\n\r\n")
        assert next(answers(peer, 1))[0] in (400, 501)
    for peer in peers[20:]:
        peer.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")  # and goes, without reading it
    for peer in peers:
        peer.close()


def dribbles(address):
    """A client that goes on sending, and never has a request together, is left all the same: `idle` is 1 s here."""
    with connect(address) as peer:
        peer.sendall(b"GET /")
        peer.settimeout(0.2)
        for _ in range(150):
            try:
                peer.sendall(b"x")
                assert peer.recv(1) == b""
                return
            except TimeoutError:
                pass
            except ConnectionError:  # it lingered, and has gone by now
                return
    raise AssertionError("a client that dribbles is waited for")


def make_files(folder):
    inner = Path(folder, "root/inner")
    (inner / "inner").mkdir(parents=True)
    for name in NAMES[:3]:
        (inner / name).write_text(name)
    Path(folder, "secret").write_text("secret")
    Path(folder, "root/large").write_bytes(LARGE)
    Path(folder, "root/empty.css").write_text("")
    Path(folder, "root/out").symlink_to("../secret")
    (inner / "up").symlink_to("../../secret")
    text = Path(MANIFEST).read_text()
    Path(folder, "web.yaml").write_text(text.replace("127.0.0.1:8080", "127.0.0.1:0").replace("path: .,", "path: root,"))
    shutil.copy(Path(MANIFEST).parent / "web.so", folder)


def serve(folder, *parts):
    """False: no such engine."""
    with subprocess.Popen([MORI, "run", "web.yaml"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={"MORI_STALL_MS": "0", **os.environ, "MORI_IO": ENGINE}) as child:
        try:
            line = child.stdout.readline()
            if not line.startswith("listening on ") and child.wait() == NO_ENGINE:
                return False
            host, port = line.split()[2].rsplit(":", 1)
            for part in parts:
                part((host, int(port)))
                print("ok:", part.__name__)
            with connect((host, int(port))) as idle:
                child.send_signal(signal.SIGTERM)
                out, err = child.communicate(timeout=60)
                assert idle.recv(1) == b""
            assert (child.returncode, out, err) == (128 + signal.SIGTERM, "", ""), (child.returncode, out, err)
        finally:
            child.kill()  # where something was wrong
    return True


def main():
    with tempfile.TemporaryDirectory() as folder:
        make_files(folder)
        if not serve(folder, files, listings, streams, files):
            return 77
        manifest = Path(folder, "web.yaml")
        manifest.write_text(manifest.read_text().replace("console: console", "console: console\n      idle: 1"))
        assert serve(folder, dribbles)
    return 0


if __name__ == "__main__":
    sys.exit(main())
