# SPDX-License-Identifier: MIT
"""What every text file keeps: a licence line, no open marks, lines and files of a size to be read."""
import os
import re

import tree

C_COLUMNS = 100
DOC_COLUMNS = 160
FILE_LINES = 900
# Spelt in halves, so that this file does not find itself.
MARKS = re.compile(r"\b(%s)\b" % "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")))


def check(root):
    problems = []
    root_path = os.path.abspath(root)
    for path in tree.files(root):
        text = tree.read(root, path)
        if text is None or tree.is_generated(path):
            continue
        lines = text.expandtabs(8).split("\n")
        code = path.endswith(tree.CODE_ENDINGS) or tree.is_script(path, text) or (
            os.path.basename(path) == "Makefile"
        )

        if code and text and "SPDX-License-Identifier: MIT" not in "\n".join(lines[:5]):
            problems.append(f"{path}:1: no line SPDX-License-Identifier: MIT in the first five")
        if path.endswith(tree.C_ENDINGS):
            columns = C_COLUMNS
        elif path.endswith(".md"):
            columns = DOC_COLUMNS
        else:
            columns = None
        for number, line in enumerate(lines, 1):
            if columns and len(line) > columns:
                problems.append(f"{path}:{number}: {len(line)} columns, {columns} at most")
            mark = MARKS.search(line)
            if mark:
                problems.append(f"{path}:{number}: {mark.group(1)}: finish it, or name it in README's \"Not yet\"")
            if root_path in line and len(root_path) > 4:
                problems.append(f"{path}:{number}: a path of this machine")
        if code and len(lines) > FILE_LINES:
            problems.append(f"{path}: {len(lines)} lines; is it one concept?")
    return problems
