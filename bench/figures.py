# SPDX-License-Identifier: MIT
"""What is measured: the figures with their units and targets, and the programs that print them.

A program is a command line below the directory of builds; it prints lines "NAME VALUE". A group is what is
measured together, alternating: ours first, then each peer. What a figure means, and where a comparison is
uneven, stands in docs/benchmarks.md.
"""
from dataclasses import dataclass, field


@dataclass
class Figure:
    unit: str
    target: str = ""
    # Whether the value meets the target, from it and all the values of the run; None: there is no target.
    met: object = None
    more_is_better: bool = False
    # Whether it is as good as the peers must be beaten, from it and their values; None: there is no such target.
    beats: object = None


def at_most(limit, unit, per=""):
    return Figure(unit, f"at most {limit:g}{per}", lambda value, all: value <= limit)


def ahead(unit, least=1, target="ahead of its peers"):
    """More than the best of the peers times `least`; only told where there are peers."""
    return Figure(unit, target, None, True, lambda value, peers: value > least * max(peers))


def behind(unit):
    """Less than the best of the peers; only told where there are peers."""
    return Figure(unit, "ahead of its peers", None, False, lambda value, peers: value < min(peers))


FIGURES = {
    "activity_bytes_1m": at_most(192, "bytes"),
    "activity_bytes_10m": at_most(224, "bytes"),
    "plain_call_ns": Figure("ns"),
    "await_ns": Figure("ns", "at most 1.5 calls", lambda value, all: value <= 1.5 * all["plain_call_ns"]),
    "gate_ns": at_most(3, "ns", " over a call"),
    "start_ns": at_most(18, "ns"),
    "start_wait_ns": at_most(30, "ns"),
    "switch_ns": at_most(6, "ns"),
    "turn_switch_ns": at_most(15, "ns"),
    "skynet_ms": at_most(40, "ms"),
    "skynet_wait_ms": at_most(80, "ms"),
    "ring_ns": at_most(12, "ns"),
    "queue_items_per_s": Figure("items/s", "at least 100 M", lambda value, all: value >= 100e6,
                                more_is_better=True),
    "then_ns": at_most(20, "ns"),
    "rwlock_ns": at_most(15, "ns"),
    "semaphore_ns": at_most(15, "ns"),
    "timer_ns": at_most(60, "ns"),
    "process_bytes_1m": at_most(768, "bytes"),
    "process_start_ns": at_most(200, "ns"),
    "process_start_fresh_ns": Figure("ns"),
    "process_start_end_1m_ms": Figure("ms", "a third of its peers", None, False,
                                      lambda value, peers: 3 * value <= min(peers)),
    "call_near_ns": at_most(15, "ns"),
    "call_ns": at_most(80, "ns"),
    "calls_per_s": Figure("calls/s", "at least 10 M", lambda value, all: value >= 10e6, more_is_better=True),
    "pipeline10_ratio": Figure("calls"),
    "line_ping_pong_ns": Figure("ns"),
    "call_cross_ns": Figure("ns", "at most 3 ping-pongs of a cache line", lambda value, all:
                            value <= 3 * all["line_ping_pong_ns"]),
    "calls_cross_per_s": Figure("calls/s", "at least 10 M", lambda value, all: value >= 10e6, more_is_better=True),
    "pipeline10_cross_ratio": at_most(1.5, "calls"),
    "offload_ns": behind("ns"),
    "offload_64_ns": behind("ns"),
    "encode_ns": behind("ns"),
    "decode_ns": behind("ns"),
    "resolve_ns": behind("ns"),
    "resolve_cpu_ns": behind("ns"),
    "resolve_64_ns": behind("ns"),
    "resolve_64_cpu_ns": behind("ns"),
    "parallel_speedup": Figure("times", "at least 1.8", lambda value, all: value >= 1.8, more_is_better=True),
    "echo_d1_per_cpu_s": ahead("messages"),
    "echo_d16_per_cpu_s": ahead("messages"),
    "udp_d1_per_cpu_s": ahead("messages"),
    "udp_d8_per_cpu_s": ahead("messages"),
    "http_small_per_cpu_s": ahead("requests"),
    # What differs by less than the noise of the machine is equal.
    "http_64k_per_s": ahead("requests", 0.95, "equal to its peers"),
    "idle_connection_bytes": at_most(1024, "bytes"),
}

# Printed beside them, and not written to bench.json.
MORE = {
    "await_allocations": at_most(0, "mallocs"),
    "start_allocations": at_most(0, "mallocs"),
    "start_stack_bytes": at_most(0, "bytes"),
    "activity_start_ns": Figure("ns"),
    "activity_end_ns": Figure("ns"),
    "start_wait_one_ns": Figure("ns"),
    "skynet_first_ms": Figure("ms"),
    "skynet_wait_first_ms": Figure("ms"),
    "ring_1k_ns": Figure("ns"),
    "queue_many_items_per_s": Figure("items/s", more_is_better=True),
    "queue_round_trip_ns": Figure("ns"),
    "then_alone_ns": Figure("ns"),
    "then_wait_ns": Figure("ns"),
    "then_loop_ns": Figure("ns"),
    "then_allocations": at_most(0, "mallocs"),
    "encode_cars_ns": Figure("ns"),
    "encode_results_ns": Figure("ns"),
    "encode_tree_ns": Figure("ns"),
    "decode_cars_ns": Figure("ns"),
    "decode_results_ns": Figure("ns"),
    "decode_tree_ns": Figure("ns"),
    "encode_allocations": at_most(0, "mallocs"),
    "lock_ns": Figure("ns"),
    "rwlock_write_ns": Figure("ns"),
    "lock_handover_ns": Figure("ns"),
    "timer_first_ns": Figure("ns"),
    "timer_scope_ns": Figure("ns"),
    "process_end_ns": Figure("ns"),
    "process_life_ns": Figure("ns"),
    "offload_cpu_ns": Figure("ns"),
    "seats_speedup": Figure("times", more_is_better=True),
    "seats_ring_ns": Figure("ns"),
    "seats_ring_two_ns": Figure("ns"),
    "parallel_ms": Figure("ms"),
    "parallel_empty_us": Figure("us"),
    "echo_d1_per_s": Figure("messages", more_is_better=True),
    "echo_d16_per_s": Figure("messages", more_is_better=True),
    "udp_d1_per_s": Figure("messages", more_is_better=True),
    "udp_d8_per_s": Figure("messages", more_is_better=True),
    "http_small_per_s": Figure("requests", more_is_better=True),
    "http_64k_per_cpu_s": Figure("requests", more_is_better=True),
    "idle_connections": Figure("", more_is_better=True),
}


@dataclass
class Group:
    name: str
    ours: str  # the program, without its mode, and its arguments
    peers: dict = field(default_factory=dict)  # by the name of the peer
    rename: dict = field(default_factory=dict)  # of what the programs print
    mapped: str = "same"  # the arguments in mapped mode; None: not measured
    warm: bool = False  # run once before it counts: the memory is large, and the host has to find it
    # The arguments of bench/serve, which then runs `ours` and `peers`: servers, or for "dns" clients; {bench}: where
    # our programs are.
    serve: str = ""
    all_cores: bool = False  # not on one alone


HAND, NODE = "C++ by hand", "Node"
CXX, GO, TOKIO, BOOST, UV = "C++20 coroutines", "Go", "Tokio", "Boost.Context", "libuv"
ERLANG, CAPNP = "Erlang", "Cap'n Proto C++"
EPOLL, URING, NGINX, OPENMP = "epoll", "liburing", "nginx", "OpenMP"
THREADS = "threads"

ECHO_PEERS = {EPOLL: "echo_epoll", URING: "echo_uring", UV: "echo_uv"}
UDP_PEERS = {EPOLL: "udp_epoll", UV: "udp_uv"}
WEB_SERVER = "../examples/07-web-file-server"

GROUPS = [
    Group("bytes_1m", "activity_bytes 1000000 1",
          {CXX: "coroutines bytes 1000000 1", TOKIO: "tokio-peer bytes 1000000",
           GO: "go-peer bytes 1000000", BOOST: "context bytes 200000"},
          {"activity_bytes": "activity_bytes_1m"}, mapped="activity_bytes 100000 1"),
    Group("bytes_10m", "activity_bytes 10000000 2", {CXX: "coroutines bytes 10000000 2"},
          {"activity_bytes": "activity_bytes_10m", "activity_start_ns": "activity_start_10m_ns",
           "activity_end_ns": "activity_end_10m_ns"}, mapped=None),
    Group("call", "call"),
    Group("encode", "encode", {CAPNP: "encode"}),
    Group("lock", "lock", {THREADS: "lock"}),
    Group("start", "start", {CXX: "coroutines start", BOOST: "context start",
                             TOKIO: "tokio-peer start", GO: "go-peer start"}),
    Group("switch", "switch", {CXX: "coroutines switch", BOOST: "context switch",
                               TOKIO: "tokio-peer switch", GO: "go-peer switch"}),
    Group("skynet", "skynet 1000000", {CXX: "coroutines skynet 1000000",
                                       TOKIO: "tokio-peer skynet 1000000",
                                       GO: "go-peer skynet 1000000"}),
    Group("skynet_wait", "skynet 1000000 wait", {CXX: "coroutines skynet 1000000 wait",
                                                 TOKIO: "tokio-peer skynet 1000000 wait",
                                                 GO: "go-peer skynet 1000000 wait"},
          mapped=None, warm=True),
    Group("ring", "ring 1000000 100000", {CXX: "coroutines ring 1000000 100000",
                                           TOKIO: "tokio-peer ring 500000 100000",
                                           GO: "go-peer ring 500000 100000"}),
    Group("ring_1k", "ring 1000000 1000", {CXX: "coroutines ring 1000000 1000"},
          {"ring_ns": "ring_1k_ns"}),
    Group("queue", "queue", {CXX: "coroutines queue", TOKIO: "tokio-peer queue",
                             GO: "go-peer queue"}),
    Group("then", "then", {HAND: "then", NODE: "then.js"}),
    Group("timer", "timer", {UV: "libuv timer", TOKIO: "tokio-peer timer", GO: "go-peer timer"},
          warm=True),
    Group("process", "process 1000000", {ERLANG: "process-erl 1000000", GO: "go-peer process 1000000"},
          {"process_bytes": "process_bytes_1m", "process_start_end_ms": "process_start_end_1m_ms"},
          mapped="process 10000", warm=True),
    Group("object", "object", {CAPNP: "object", ERLANG: "object-erl 200000", GO: "go-peer object",
                               TOKIO: "tokio-peer object"}),
    Group("across", "across", mapped=None, all_cores=True),
    Group("offload", "offload", {UV: "offload_uv"}, all_cores=True),
    Group("resolve", "resolve 2000", {UV: "resolve_uv 2000"}, serve="dns {bench}/dns_server"),
    Group("parallel", "parallel", {OPENMP: "openmp"}, all_cores=True),
    Group("seats", "seats", all_cores=True),
    Group("echo_d1", "echo_server", ECHO_PEERS, serve="echo 1000 1 {bench}/echo_load"),
    Group("echo_d16", "echo_server", ECHO_PEERS, serve="echo 1000 16 {bench}/echo_load"),
    Group("udp_d1", "udp_server", UDP_PEERS, serve="udp 16 1 {bench}/udp_load"),
    Group("udp_d8", "udp_server", UDP_PEERS, serve="udp 16 8 {bench}/udp_load"),
    Group("http_small", WEB_SERVER, {NGINX: "/usr/sbin/nginx"}, serve="http 600"),
    Group("http_64k", WEB_SERVER, {NGINX: "/usr/sbin/nginx"}, serve="http 65536"),
    Group("idle", WEB_SERVER, serve="idle 10000"),
]
