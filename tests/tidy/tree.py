# SPDX-License-Identifier: MIT
"""The repository as the tidy checks see it: its files, its layers, and comment-free C."""
import os
import re

SKIPPED_FOLDERS = {".git", ".cache", "__pycache__", "findings"}
C_ENDINGS = (".c", ".h", ".S", ".cc", ".cpp", ".hpp")
CODE_ENDINGS = C_ENDINGS + (".py", ".sh", ".build", ".rs", ".go", ".capnp", ".txt.in")


def files(root):
    """Every file of the tree, as a sorted list of paths relative to root; build directories are left out."""
    found = []
    for folder, names, leaves in os.walk(root):
        names[:] = sorted(
            name
            for name in names
            if name not in SKIPPED_FOLDERS
            and not name.startswith("build-")
            and not (folder == root and name == "build")
            and not os.path.exists(os.path.join(folder, name, "meson-private"))
        )
        for leaf in sorted(leaves):
            found.append(os.path.relpath(os.path.join(folder, leaf), root))
    return found


def read(root, path):
    """The text of a file; None if it is binary."""
    with open(os.path.join(root, path), "rb") as file:
        data = file.read()
    if b"\0" in data:
        return None
    return data.decode("utf-8", errors="replace")


def is_generated(path):
    """Golden files and what a generator wrote are judged by the generator's tests, not here."""
    return "golden" in path or "generated" in path or path.endswith((".mori.h", ".mori.c"))


def is_script(path, text):
    return path.endswith((".py", ".sh")) or text.startswith("#!")


def without_comments(text):
    """C with every comment replaced by blanks (so that lines keep their numbers); strings stay."""

    def blank(match):
        piece = match.group(0)
        if piece.startswith("/"):
            return re.sub(r"[^\n]", " ", piece)
        return piece

    return re.sub(
        r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', blank, text, flags=re.S
    )


def layers(root):
    """The names of the layers, top to bottom, as the headings of docs/architecture.md give them."""
    text = read(root, "docs/architecture.md")
    section = re.search(r"^## The layers\n(.*?)(?=^## |\Z)", text, flags=re.M | re.S)
    if not section:
        raise SystemExit('docs/architecture.md has no section "## The layers"')
    names = re.findall(r"^### `?(?:src/)?(\w+)/?`?$", section.group(1), flags=re.M)
    if not names:
        raise SystemExit('docs/architecture.md names no layer ("### NAME") in "## The layers"')
    return names


def layer_of(path):
    """'turn' for src/turn/..., else None."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None
