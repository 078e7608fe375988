#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The reference: a page for each public header, made of its comments.

    reference.py man HEADER OUT        a manual page (mdoc) of section 3
    reference.py links HEADER FOLDER   a page for each name that the header declares, which shows the header's page
    reference.py markdown HEADER OUT   the same for reading on a screen
    reference.py check HEADER...       names what is declared and not described; exit code 1 if there is any

A header is read as its reader does: the comment at its top is about the concept; a comment right above declarations
is about them, up to the next empty line or comment; what comes behind "What the macros are made of" is nobody's business.
"""
import os
import re
import sys

COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
PRIVATE = re.compile(r"/\* -* ?What the macros are made of")
MACRO = re.compile(r"^#define (\w+)(\([^)]*\))?", re.M)
FUNCTION = re.compile(r"\b(mori_\w+)\s*\(")
TYPE = re.compile(r"\b(?:struct|union|enum) (mori_\w+)\s*\{")
TYPEDEF = re.compile(r"^typedef\b(?:[^;{]|\{[^}]*\})*?\b(mori_\w+)(?:\([^;]*\))?;", re.M | re.S)


class Entry:
    """Declarations that stand together, and what is said of them. A heading has no declarations."""

    def __init__(self, said, code, line):
        self.said = said
        self.code = code
        self.line = line

    def names(self):
        names = []
        for match in MACRO.finditer(self.code):
            names.append(match.group(1))
        plain = "\n".join(line for line in self.code.split("\n") if not line.startswith("#"))
        for pattern in (TYPE, TYPEDEF):
            names += pattern.findall(plain)
        if "typedef" not in plain:
            outside = re.sub(r"\{.*?\n\}", "", plain, flags=re.S)
            names += [name for name in FUNCTION.findall(outside)]
        return [n for i, n in enumerate(names) if n not in names[:i] and "DETAIL" not in n and "detail" not in n]


def uncomment(text):
    """The words of a comment, without its stars."""
    lines = [re.sub(r"^\s*\* ?", "", line) if i else line.strip() for i, line in enumerate(text.split("\n"))]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(line.rstrip() for line in lines)


def shorten(code):
    """What of the declarations a user needs: no bodies of macros and functions, no private conditions."""
    shown = []
    lines = code.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("#define"):
            body = line
            while body.endswith("\\"):
                at += 1
                body = body[:-1].rstrip() + " " + lines[at].strip()
            match = MACRO.match(body)
            rest = body[match.end():].strip()
            simple = len(rest) < 40 and "DETAIL" not in rest and "{" not in rest and not match.group(2)
            shown.append(f"#define {match.group(1)}{match.group(2) or ''}{' ' + rest if simple and rest else ''}")
        elif not line.startswith("#"):
            shown.append(line)
        at += 1
    text = "\n".join(shown)
    # The body of an inline function.
    text = re.sub(r"\)\n\{.*?\n\}", ");", text, flags=re.S)
    text = re.sub(r"^static inline (__attribute__\(\(always_inline\)\) )?", "", text, flags=re.M)
    text = re.sub(r"^MORI_API ", "", text, flags=re.M)
    return text.strip("\n")


def read(path):
    """(title, about, entries) of a header."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    private = PRIVATE.search(text)
    if private:
        text = text[: private.start()]
    text = re.sub(r'#ifdef __cplusplus\nextern "C" \{\n#endif\n|#ifdef __cplusplus\n\}\n#endif\n', "\n", text)
    comments = list(COMMENT.finditer(text))
    if len(comments) < 2:
        raise SystemExit(f"{path}: no comment at its top")
    about = uncomment(comments[1].group(1))
    title = about.split("\n")[0]
    entries = []
    lines = text[comments[1].end():].split("\n")
    first = text[: comments[1].end()].count("\n") + 1
    said, code, began = "", [], 0

    def finish():
        nonlocal said, code
        body = "\n".join(code)
        if body.strip() or said:
            entries.append(Entry(said, body, began))
        said, code = "", []

    at = 0
    depth = 0
    while at < len(lines):
        line = lines[at]
        if depth == 0 and re.match(r"\s*/\*", line) and (not code or not line.startswith(" ")):
            finish()
            began = first + at
            comment = line
            while "*/" not in comment:
                at += 1
                comment += "\n" + lines[at]
            said = uncomment(COMMENT.search(comment).group(1))
            if at + 1 < len(lines) and not lines[at + 1].strip():
                finish()
        elif not line.strip() and depth == 0 and not (code and code[-1].endswith("\\")):
            finish()
        elif re.match(r"#(include|pragma|ifdef|ifndef|if|else|endif|error)", line):
            pass
        else:
            if not code and not said:
                began = first + at
            code.append(line)
            plain = re.sub(r"/\*.*?\*/", "", line)
            if not line.startswith("#"):
                depth += plain.count("{") - plain.count("}")
        at += 1
    finish()
    return title, about, [e for e in entries if e.said or shorten(e.code)]


def page_name(path):
    return "mori_" + os.path.basename(path)[:-2]


def summary(title):
    """The title up to its first stop, as a manual page has it."""
    text = title.split(": ", 1)[1] if ": " in title else title
    return text.rstrip(".,;:")


def paragraphs(said):
    """(literal, text) pieces of a comment: what is indented keeps its lines."""
    for block in re.split(r"\n\s*\n", said):
        lines = block.split("\n")
        literal = any(line.startswith("  ") for line in lines)
        yield literal, block


def roff(text):
    text = text.replace("\\", "\\e")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def man_text(said):
    out = []
    for literal, block in paragraphs(said):
        if literal:
            out += [".Bd -literal -compact", roff(block), ".Ed", ".Pp"]
        else:
            out += [roff(block), ".Pp"]
    return out[:-1] if out and out[-1] == ".Pp" else out


def man(path):
    title, about, entries = read(path)
    name = page_name(path)
    out = [
        '.\\" Made of the header by man/reference.py.',
        ".Dd November 22, 2026",
        f".Dt {name.upper()} 3",
        ".Os mori",
        ".Sh NAME",
        f".Nm {name}",
    ]
    for each in sorted({n for e in entries for n in e.names()} - {name}):
        out[-1] += " ,"
        out.append(f".Nm {each}")
    out += [f".Nd {roff(summary(title))}", ".Sh SYNOPSIS", f".In mori/{os.path.basename(path)}", ".Sh DESCRIPTION"]
    out += man_text(about)
    for entry in entries:
        code = shorten(entry.code)
        if not code:
            out.append(f".Ss {roff(entry.said.strip('- ').splitlines()[0])}" if entry.said.startswith("-") else ".Pp")
            if not entry.said.startswith("-"):
                out += man_text(entry.said)
            continue
        out += [".Pp", ".Bd -literal", roff(code), ".Ed", ".Bd -filled -offset indent -compact"]
        out += man_text(entry.said) + [".Ed"]
    out += [".Sh SEE ALSO", ".Xr mori 1 ,", ".Xr moricc 1"]
    return "\n".join(out) + "\n"


def markdown(path):
    title, about, entries = read(path)
    out = [f"# <mori/{os.path.basename(path)}>", ""]
    del title

    def say(text):
        for literal, block in paragraphs(text):
            out.extend(["```", block, "```", ""] if literal else [block, ""])

    say(about)
    for entry in entries:
        code = shorten(entry.code)
        if not code:
            if entry.said.startswith("-"):
                out.extend([f"## {entry.said.strip('- ')}", ""])
            else:
                say(entry.said)
            continue
        out.extend(["```c", code, "```", ""])
        if entry.said:
            say(entry.said)
    return "\n".join(out)


def bare(path):
    """(line, names) of declarations of which nothing is said, neither above them nor by their names in the head."""
    _, about, entries = read(path)
    for entry in entries:
        names = [n for n in entry.names() if not re.search(rf"\b{re.escape(n)}\b", about)]
        if names and not entry.said:
            yield entry.line, names


def check(paths):
    code = 0
    for path in paths:
        for line, names in bare(path):
            print(f"{path}:{line}: not described: {', '.join(names)}")
            code = 1
    return code


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("man", "links", "markdown", "check"):
        print(__doc__, file=sys.stderr)
        return 0 if sys.argv[1:] == ["--help"] else 2
    what, header = sys.argv[1], sys.argv[2]
    if what == "check":
        return check(sys.argv[2:])
    if what == "links":
        # Run by `meson install`, which says where.
        folder = os.path.join(os.environ.get("MESON_INSTALL_DESTDIR_PREFIX", ""), sys.argv[3])
        for entry in read(header)[2]:
            for name in entry.names():
                # What keywords.h calls `start` or `join` is not to be found under so general a name.
                if name != page_name(header) and name.lower().startswith("mori_"):
                    write(os.path.join(folder, name + ".3"), f".so man3/{page_name(header)}.3\n")
        return 0
    write(sys.argv[3], man(header) if what == "man" else markdown(header))
    return 0


if __name__ == "__main__":
    sys.exit(main())
