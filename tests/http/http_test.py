#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""http_test.py ENGINE SERVER [CASE...]: what 07-web-file-server promises, asked over its socket, byte by byte."""
import contextlib
import email.utils
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ENGINE, PROGRAM = sys.argv[1], sys.argv[2]
NO_ENGINE = 78
PATIENCE = 100  # seconds after which something will never happen: no test waits for it to pass
SMALL = b"small " * 100
LARGE = bytes(range(256)) * 4096  # 1 MiB: not kept in memory
MIDDLE = bytes(range(256)) * 256  # 64 KiB


def make_tree(folder):
    root = f"{folder}/root"
    os.makedirs(f"{root}/dir/sub")
    os.makedirs(f"{root}/with-index")
    for path, content in {
        "small.txt": SMALL, "large.bin": LARGE, "middle.bin": MIDDLE, "empty.html": b"",
        "with-index/index.html": b"<p>index", "dir/a&<b>.txt": b"odd", "dir/sub/deep.css": b"deep", "sp ace.txt": b"space",
    }.items():
        with open(f"{root}/{path}", "wb") as file:
            file.write(content)
    with open(f"{folder}/secret.txt", "wb") as file:
        file.write(b"secret")
    os.symlink("small.txt", f"{root}/inside.txt")
    os.symlink("../secret.txt", f"{root}/outside.txt")
    os.symlink("/etc", f"{root}/etc")
    os.symlink("dir/sub", f"{root}/inner")
    os.mkfifo(f"{root}/fifo")
    return root


class Answer:
    def __init__(self, status, headers, body, version):
        self.status, self.headers, self.body, self.version = status, headers, body, version


class Peer:
    """A connection that reads answers one by one."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def fill(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        self.buffer += piece

    def answer(self, head=False):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        top, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = top.decode("latin-1").split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        length = 0 if head or status == "304" else int(headers["content-length"])
        while len(self.buffer) < length:
            self.fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(int(status), headers, body, version)

    def ask(self, target, *lines, method="GET", version="1.1"):
        self.send("\r\n".join([f"{method} {target} HTTP/{version}", "Host: test", *lines, "", ""]))
        return self.answer(method == "HEAD")

    def ended(self):
        """True where the server has closed, and nothing is left."""
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


class Server:
    def __init__(self, *options, files=None):
        self.folder = tempfile.mkdtemp()
        self.root = make_tree(self.folder)

        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self.run = subprocess.Popen(
            [PROGRAM, "--root", self.root, "--listen", "127.0.0.1:0", "--json", *options],
            env={"MORI_STALL_MS": "0", **os.environ, "MORI_IO": ENGINE}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=limit,
        )
        line = self.run.stdout.readline()
        if not line:
            if self.run.wait() == NO_ENGINE and ENGINE == "uring":
                sys.exit(77)
            raise AssertionError(self.run.stderr.read())
        host, port = line.split()[-1].rsplit(":", 1)
        self.address = (host, int(port))

    def peer(self):
        return Peer(self.address)

    def stop(self, number=signal.SIGTERM):
        self.run.send_signal(number)
        return self.end()

    def end(self):
        out, err = self.run.communicate(timeout=PATIENCE)
        assert (self.run.returncode, err) == (0, ""), (self.run.returncode, err)
        return json.loads(out)


@contextlib.contextmanager
def serving(*options, files=None):
    server = Server(*options, files=files)
    try:
        yield server
        if server.run.returncode is None:
            server.stop()
    finally:
        if server.run.poll() is None:
            server.run.kill()
            server.run.wait()
        shutil.rmtree(server.folder)


def files_and_headers():
    with serving() as server:
        peer = server.peer()
        for _ in range(2):  # read, and then known
            begun = time.time()
            got = peer.ask("/small.txt")
            assert (got.status, got.body, got.version) == (200, SMALL, "HTTP/1.1")
            assert got.headers["content-type"] == "text/plain; charset=utf-8"
            assert "connection" not in got.headers
            now = email.utils.parsedate_to_datetime(got.headers["date"]).timestamp()
            assert begun - 2 < now < time.time() + 1, (begun, now)
            modified = email.utils.parsedate_to_datetime(got.headers["last-modified"]).timestamp()
            assert modified == int(os.stat(f"{server.root}/small.txt").st_mtime)
        for path, body in (("/large.bin", LARGE), ("/middle.bin", MIDDLE), ("/empty.html", b""),
                           ("/sp%20ace.txt", b"space"), ("/dir/sub/deep.css", b"deep"), ("/small.txt?a=b#c", SMALL),
                           ("/with-index/", b"<p>index"), ("http://other/small.txt", SMALL),
                           ("/dir//./sub/../sub/deep.css", b"deep")):
            for _ in range(2):
                got = peer.ask(path)
                assert (got.status, got.body) == (200, body), (path, got.status)
                got = peer.ask(path, method="HEAD")
                assert (got.status, int(got.headers["content-length"])) == (200, len(body)), path


def keep_alive():
    with serving() as server:
        peer = server.peer()
        for n in range(100):
            assert peer.ask("/small.txt").status == 200, n
        got = peer.ask("/small.txt", "Connection: close")
        assert got.headers["connection"] == "close" and peer.ended()
        peer = server.peer()
        got = peer.ask("/small.txt", version="1.0")
        assert got.headers["connection"] == "close" and peer.ended()
        peer = server.peer()
        got = peer.ask("/small.txt", "Connection: keep-alive", version="1.0")
        assert got.headers["connection"] == "keep-alive"
        assert peer.ask("/small.txt").status == 200
        assert server.stop()["connections"] == 3


def pipelining():
    with serving() as server:
        peer = server.peer()
        paths = ["/small.txt", "/middle.bin", "/none", "/large.bin", "/with-index/", "/dir", "/dir/", "/empty.html"] * 2
        for _ in range(3):
            peer.send("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths))
            statuses = [peer.answer().status for _ in paths]
            assert statuses == [200, 200, 404, 200, 200, 301, 200, 200] * 2, statuses
        peer.send("HEAD /small.txt HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)  # more than its buffers hold
        for _ in range(1000):
            assert peer.answer(head=True).status == 200


def split_at_every_byte():
    with serving() as server:
        peer = server.peer()
        request = b"GET /small.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=1-3\r\nIf-Range: \"no\"\r\n\r\n"
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(1, len(request)):
            peer.send(request[:at])
            time.sleep(0.001)
            peer.send(request[at:])
            got = peer.answer()
            assert (got.status, got.body) == (200, SMALL), at
        for byte in request:
            peer.send(bytes([byte]))
        assert peer.answer().status == 200


def ranges():
    with serving() as server:
        peer = server.peer()
        for path, body in (("/small.txt", SMALL), ("/middle.bin", MIDDLE), ("/large.bin", LARGE)):
            size = len(body)
            for text, first, end in (("0-0", 0, 1), ("5-9", 5, 10), (f"{size - 1}-", size - 1, size), ("-7", size - 7, size),
                                     (f"-{size * 2}", 0, size), ("10-999999999", 10, size)):
                got = peer.ask(path, f"Range: bytes={text}")
                assert got.status == 206 and got.body == body[first:end], (path, text, got.status)
                assert got.headers["content-range"] == f"bytes {first}-{end - 1}/{size}"
            for text in (f"{size}-", "99999999-", "-0"):
                got = peer.ask(path, f"Range: bytes={text}")
                assert got.status == 416 and got.headers["content-range"] == f"bytes */{size}", text
            for text in ("bytes=0-1,3-4", "bytes=", "bytes=a-b", "bytes=5-2", "lines=1-2", "bytes=-", "bytes=1",
                         "bytes=99999999999999999999999-"):
                got = peer.ask(path, f"Range: {text}")
                assert got.status == 200 and got.body == body, text  # ranges that are not for us: the whole


def conditions():
    with serving() as server:
        peer = server.peer()
        got = peer.ask("/small.txt")
        tag, date = got.headers["etag"], got.headers["last-modified"]
        later = email.utils.formatdate(time.time() + 1000, usegmt=True)
        rfc850 = time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(time.time() + 1000))
        asctime = time.asctime(time.gmtime(time.time() + 1000))
        for line, status in ((f"If-None-Match: {tag}", 304), (f'If-None-Match: "x", W/{tag}', 304), ("If-None-Match: *", 304),
                             ('If-None-Match: "other"', 200), (f"If-Modified-Since: {date}", 304),
                             (f"If-Modified-Since: {later}", 304), (f"If-Modified-Since: {rfc850}", 304),
                             (f"If-Modified-Since: {asctime}", 304), ("If-Modified-Since: yesterday", 200),
                             ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200)):
            got = peer.ask("/small.txt", line)
            assert got.status == status, (line, got.status)
            assert got.headers["etag"] == tag
        assert peer.ask("/small.txt", 'If-None-Match: "no"', f"If-Modified-Since: {later}").status == 200
        for line, status in ((f"If-Range: {tag}", 206), (f"If-Range: {date}", 206), ('If-Range: "other"', 200),
                             (f"If-Range: {later}", 200), (f"If-Range: W/{tag}", 200)):
            assert peer.ask("/small.txt", "Range: bytes=0-1", line).status == status, line
        # a file that changes is noticed within its second
        with open(f"{server.root}/small.txt", "wb") as file:
            file.write(b"changed")
        time.sleep(1.1)
        got = peer.ask("/small.txt", f"If-None-Match: {tag}")
        assert (got.status, got.body) == (200, b"changed")
        os.unlink(f"{server.root}/small.txt")
        time.sleep(1.1)
        assert peer.ask("/small.txt").status == 404


def listings():
    with serving() as server:
        peer = server.peer()
        got = peer.ask("/dir/")
        text = got.body.decode()
        assert got.status == 200 and got.headers["content-type"].startswith("text/html")
        assert '<a href="./a%26%3Cb%3E.txt">a&amp;&lt;b&gt;.txt</a>' in text and "<b>" not in text
        assert '<a href="./sub/">sub/</a>' in text and '<a href="../">' in text
        assert peer.ask("/dir/a%26%3Cb%3E.txt").body == b"odd"
        assert peer.ask("/dir", method="HEAD").headers["location"] == "/dir/"
        assert "../" not in peer.ask("/").body.decode()
        assert peer.ask("/inner/").status == 200


def nothing_outside():
    with serving() as server:
        peer = server.peer()
        for target, statuses in (
            ("/../secret.txt", (400,)), ("/dir/../../secret.txt", (400,)), ("/%2e%2e/secret.txt", (400,)),
            ("/%2E%2E%2Fsecret.txt", (400,)), ("/..%2fsecret.txt", (400,)), ("/%00", (400,)), ("/a%", (400,)),
            ("/a%zz", (400,)), ("*", (400,)), ("/..%5csecret.txt", (404,)), ("/%252e%252e/secret.txt", (404,)),
            ("/outside.txt", (403,)), ("/etc/passwd", (403,)), ("/etc/", (403,)), ("/etc", (403,)), ("/fifo", (403,)),
            ("/small.txt/", (404,)), ("/small.txt/x", (404,)), ("/" + "a" * 300, (404,)),
        ):
            got = peer.ask(target)
            assert got.status in statuses and b"secret" not in got.body and b"root:" not in got.body, (target, got.status)
        assert peer.ask("/inside.txt").body == SMALL
        assert peer.ask("/inner/deep.css").body == b"deep"


def refusals():
    with serving() as server:
        for data, status in (
            (b"GET /small.txt HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 501), (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
            (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505), (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), (b"GET /\r\n\r\n", 505), (b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n", 400),
            (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5000 + b"\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n", 413),
            (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ):
            peer = server.peer()
            peer.send(data)
            got = peer.answer()
            assert got.status == status, (data[:40], got.status)
            assert got.headers["connection"] == "close"
            peer.socket.shutdown(socket.SHUT_WR)
            assert peer.ended(), data[:40]
        peer = server.peer()
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            got = peer.ask("/small.txt", method=method)
            assert got.status == 405 and got.headers["allow"] == "GET, HEAD", method
        assert peer.ask("/small.txt", "Connection: Upgrade", "Upgrade: websocket").status == 200
        peer.send(b"GET /small.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n" + bytes(30000))
        assert peer.answer().status == 200  # a body that nobody wants is read
        peer.send(b"GET /small.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + b"1000\r\n" + bytes(4096) + b"\r\n0\r\nRange: bytes=0-1\r\n\r\n")
        assert peer.answer().status == 200
        assert peer.ask("/small.txt").body == SMALL


def garbage():
    with serving() as server:
        generator = __import__("random").Random(7)
        for _ in range(200):
            peer = server.peer()
            with contextlib.suppress(OSError):
                peer.send(generator.randbytes(generator.randrange(1, 3000)))
            peer.close()
        base = b"GET /small.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9\r\nIf-None-Match: \"a\"\r\n\r\n"
        for _ in range(300):
            data = bytearray(base)
            for _ in range(generator.randrange(1, 4)):
                data[generator.randrange(len(data))] = generator.randrange(256)
            peer = server.peer()
            peer.send(bytes(data))
            peer.socket.shutdown(socket.SHUT_WR)
            with contextlib.suppress(EOFError, OSError):
                assert peer.answer().status < 600
            peer.close()
        assert server.peer().ask("/small.txt").status == 200


def slow_clients():
    with serving("--timeout", "2", "--idle", "3") as server:  # in which we say what we have to say, on a busy machine, too
        slow, silent, idle, reader = server.peer(), server.peer(), server.peer(), server.peer()
        slow.send("GET /small.txt HT")
        assert idle.ask("/small.txt").status == 200
        reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.send("GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n" * 20)  # and takes nothing of it
        got = slow.answer()
        assert got.status == 408 and got.headers["connection"] == "close"
        assert silent.ended() and idle.ended()
        drip = server.peer()  # slow loris: bytes keep coming, the deadline stays
        drip.send("GET /small.txt HTTP/1.1\r\nHost: ")
        try:
            for _ in range(50 * PATIENCE):
                drip.send(b"x")
                time.sleep(0.02)
            raise AssertionError("a request takes for ever")
        except OSError:
            pass
        assert server.peer().ask("/small.txt").status == 200
        assert server.stop()["timed_out"] >= 2


def resets():
    with serving() as server:
        for n in range(50):
            peer = server.peer()
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            peer.send("GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n" * 4 if n % 2 else "GET /sm")
            if n % 6 == 1:
                peer.socket.recv(100)
            peer.close()
        assert server.peer().ask("/large.bin").body == LARGE


def many_connections():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(2000, hard - 200)
    try:
        with serving() as server:
            peers = [server.peer() for _ in range(count)]
            for peer in peers:
                peer.send("GET /small.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            for peer in peers:
                assert peer.answer().body == SMALL
            for peer in peers[::7]:
                assert peer.ask("/middle.bin").body == MIDDLE
            assert server.stop()["connections"] == count
            for peer in peers:
                assert peer.ended()
                peer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def few_descriptors():
    with serving(files=64) as server:
        peers = [server.peer() for _ in range(100)]
        while len(os.listdir(f"/proc/{server.run.pid}/fd")) < 64:
            assert server.run.poll() is None, server.end()
            time.sleep(0.01)
        assert peers[0].ask("/small.txt").status in (200, 503)
        for peer in peers[:90]:
            peer.close()
        for peer in peers[90:]:
            assert peer.ask("/small.txt").status in (200, 503)
        for peer in peers[90:]:
            peer.close()
        peer = server.peer()
        while peer.ask("/small.txt").status == 503:  # until the connections are closed on its side, too
            time.sleep(0.01)
        assert peer.ask("/small.txt").body == SMALL
        assert peer.ask("/dir/").status == 200
        assert server.stop()["accepts_failed"] > 0


def no_stalls():
    """A delayed acknowledgement takes 40 ms. Not every burst does, on its own connection or not, however busy the machine."""

    def burst(peer):
        peer.send("GET /small.txt HTTP/1.1\r\nHost: x\r\n\r\n" * 16)
        for _ in range(16):
            assert peer.answer().status == 200

    def part(peer):
        assert len(peer.ask("/large.bin", "Range: bytes=0-999").body) == 1000

    with serving() as server:
        server.peer().ask("/small.txt")
        for fresh, ask in (True, burst), (False, burst), (False, part):
            peer, took = server.peer(), []
            for _ in range(200):
                if fresh:
                    peer.close()
                    peer = server.peer()
                begun = time.monotonic()
                ask(peer)
                took.append(time.monotonic() - begun)
            took.sort()
            assert took[50] < 0.04, (fresh, ask.__name__, took[::20])


def stops_gracefully():
    for number in (signal.SIGTERM, signal.SIGINT):
        with serving("--grace", str(10 * PATIENCE)) as server:
            idle, busy = server.peer(), server.peer()
            assert idle.ask("/small.txt").status == 200
            # The first is answered, so the server has read what came with it: the second has begun.
            busy.send("GET /small.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /small.txt HTTP/1.1\r\nHos")
            assert busy.answer().body == SMALL
            server.run.send_signal(number)
            assert idle.ended()
            busy.send("t: x\r\n\r\n")  # what has begun is answered
            got = busy.answer()
            assert got.body == SMALL and got.headers["connection"] == "close"
            busy.close()
            server.end()
    with serving("--grace", "0.3", "--timeout", str(10 * PATIENCE)) as server:
        stuck = server.peer()
        stuck.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.send("GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        stuck.fill()
        server.stop()


def wrong_arguments():
    for arguments, code, word in ((["--wrong"], 2, "usage"), (["--idle", "soon"], 2, "usage"), (["extra"], 2, "usage"),
                                  (["--root", "/no/such"], 3, "/no/such"), (["--root", "/etc/passwd"], 3, "directory"),
                                  (["--listen", "nowhere"], 4, "nowhere"), (["--help"], 0, "usage")):
        run = subprocess.run([PROGRAM, *arguments], env={**os.environ, "MORI_IO": ENGINE}, capture_output=True,
                             text=True, timeout=PATIENCE, check=False)
        if run.returncode == NO_ENGINE and ENGINE == "uring":
            sys.exit(77)
        assert run.returncode == code and word in run.stdout + run.stderr, (arguments, run)


CASES = (wrong_arguments, files_and_headers, keep_alive, pipelining, split_at_every_byte, ranges, conditions, listings,
         nothing_outside, refusals, garbage, slow_clients, resets, many_connections, few_descriptors, no_stalls,
         stops_gracefully)

for case in CASES:
    if len(sys.argv) > 3 and case.__name__ not in sys.argv[3:]:
        continue
    started = time.time()
    case()
    print(f"{case.__name__}: ok, {time.time() - started:.1f} s", flush=True)
