#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""echo_server.py ENGINE PROGRAM: what 05-echo-server promises, over TCP and a Unix socket."""
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile

ENGINE, PROGRAM = sys.argv[1], sys.argv[2]
NO_ENGINE = 78
PATIENCE = 100  # seconds after which something will never happen: no test waits for it to pass


class Server:
    def __init__(self, addresses, files=None):
        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self.run = subprocess.Popen(
            [PROGRAM, *addresses], env={"MORI_STALL_MS": "0", **os.environ, "MORI_IO": ENGINE}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=limit,
        )
        self.addresses = []
        for _ in addresses:
            line = self.run.stdout.readline()
            if not line:
                if self.run.wait() == NO_ENGINE and ENGINE == "uring":
                    sys.exit(77)
                raise AssertionError(self.run.stderr.read())
            self.addresses.append(line.split()[-1])

    def connect(self, which=0):
        address = self.addresses[which]
        if address.startswith("unix:"):
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(address[5:])
        else:
            host, port = address.rsplit(":", 1)
            peer = socket.create_connection((host, int(port)))
        peer.settimeout(PATIENCE)
        return peer

    def stop(self, number=signal.SIGTERM):
        self.run.send_signal(number)
        out, err = self.run.communicate(timeout=PATIENCE)
        assert (self.run.returncode, out, err) == (0, "stopped\n", ""), (self.run.returncode, out, err)


def receive(peer, count):
    got = b""
    while len(got) < count:
        piece = peer.recv(count - len(got))
        if not piece:
            break
        got += piece
    return got


def echoes():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(["127.0.0.1:0", f"unix:{folder}/echo"])
        for which in (0, 1):
            peers = [server.connect(which) for _ in range(50)]
            for n, peer in enumerate(peers):
                peer.sendall(b"%d " % n * 1000)
            for n, peer in enumerate(peers):
                sent = b"%d " % n * 1000
                assert receive(peer, len(sent)) == sent
                peer.shutdown(socket.SHUT_WR)
                assert receive(peer, 1) == b""
        server.stop()


def stops_with_idle_connections():
    server = Server(["127.0.0.1:0"])
    idle = server.connect()
    idle.sendall(b"x")
    assert receive(idle, 1) == b"x"
    server.stop(signal.SIGINT)
    assert receive(idle, 1) == b""


def stops_with_a_peer_that_does_not_read():
    server = Server(["127.0.0.1:0"])
    stuck = server.connect()
    stuck.settimeout(1)
    try:
        for _ in range(1000):
            stuck.sendall(bytes(65536))
    except TimeoutError:
        pass
    server.stop()


def a_reset_harms_nobody():
    server = Server(["127.0.0.1:0"])
    good, bad = server.connect(), server.connect()
    bad.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    bad.sendall(bytes(100000))
    bad.close()
    good.sendall(b"still here")
    assert receive(good, 10) == b"still here"
    server.stop()


def descriptors_run_out_and_come_back():
    server = Server(["127.0.0.1:0"], files=40)
    peers = [server.connect() for _ in range(60)]  # more than it can accept; the rest wait in the backlog
    peers[0].sendall(b"early")
    assert receive(peers[0], 5) == b"early"
    for peer in peers[:50]:
        peer.close()
    peers[59].sendall(b"late")
    assert receive(peers[59], 4) == b"late"
    server.stop()


def wrong_addresses():
    for address in ("nonsense", "127.0.0.1:99999", "unix:"):
        run = subprocess.run([PROGRAM, address], env={**os.environ, "MORI_IO": ENGINE}, capture_output=True,
                             text=True, timeout=PATIENCE, check=False)
        assert run.returncode == 1 and address in run.stderr, run


for case in (echoes, stops_with_idle_connections, stops_with_a_peer_that_does_not_read, a_reset_harms_nobody,
             descriptors_run_out_and_come_back, wrong_addresses):
    case()
    print(f"{case.__name__}: ok")
