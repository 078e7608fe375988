# SPDX-License-Identifier: MIT
"""Includes go upwards only, in the order of docs/architecture.md.

A file of src/LAYER names its own layer and those above it, written from src/ ("base/list.h"), and public
headers as <mori/...>. A public header names public headers and the system's. An example names public
headers, the system's and those of its own folder: it is a user's program.
"""
import os
import re

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', flags=re.M)

# What only platform/ may talk to, as headers; the symbols check sees the same at the linker's level.
PLATFORM_HEADERS = {
    "pthread.h",
    "threads.h",
    "liburing.h",
    "linux/futex.h",
    "linux/io_uring.h",
    "sys/epoll.h",
    "sys/eventfd.h",
    "sys/mman.h",
    "sys/random.h",
    "sys/syscall.h",
    "sys/timerfd.h",
}


def check(root):
    order = tree.layers(root)
    problems = []

    for name in sorted(os.listdir(os.path.join(root, "src"))) if os.path.isdir(
        os.path.join(root, "src")
    ) else []:
        if os.path.isdir(os.path.join(root, "src", name)) and name not in order:
            problems.append(f"src/{name}: not a layer of docs/architecture.md")

    for path in tree.files(root):
        if not path.endswith(tree.C_ENDINGS):
            continue
        layer = tree.layer_of(path)
        public = path.startswith("include/")
        example = path.startswith("examples/")
        if not (layer in order or public or example):
            continue
        text = tree.without_comments(tree.read(root, path) or "")
        for match in INCLUDE.finditer(text):
            quoted, name = match.group(1) == '"', match.group(2)
            where = f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}"
            problem = None
            if layer in order:
                problem = judge_layer(order, layer, path, quoted, name)
            elif public and quoted:
                problem = f'"{name}": a public header names <mori/...> and the system\'s'
            elif example and quoted and not any(
                # what is made of a schema is in the folder as that
                os.path.exists(os.path.join(root, os.path.dirname(path), beside))
                for beside in (name, name.replace(".mori.h", ".capnp"))
            ):
                problem = f'"{name}": an example uses public headers, as a user would'
            if problem:
                problems.append(f"{where}: {problem}")
    return problems


def judge_layer(order, layer, path, quoted, name):
    test = path.endswith(("_test.c", "_test.h"))
    if not quoted:
        if name in PLATFORM_HEADERS and layer not in ("platform", "base") and not test:
            return f"<{name}>: only platform/ and base/ talk to the kernel and to threads"
        return None
    target = name.split("/")[0] if "/" in name else None
    if test and target == "support":
        return None
    if target is None or target not in order:
        return f'"{name}": write it from src/ ("layer/file.h"), or <mori/...>'
    if order.index(target) > order.index(layer):
        return f'"{name}": {target}/ lies below {layer}/'
    return None
