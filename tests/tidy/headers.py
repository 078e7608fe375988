# SPDX-License-Identifier: MIT
"""Each public header compiles alone, as C17 and as C++17, with gcc and clang, without a warning.

keywords.h is opt-in and C only: its lower-case words would break C++ programs, so there it must refuse.
"""
import os
import subprocess

import tree

WARNINGS = ["-Wall", "-Wextra", "-Wundef", "-Wshadow", "-Wconversion", "-Werror"]
LANGUAGES = {
    "C17": ["-x", "c", "-std=c17", "-Wstrict-prototypes", "-Wmissing-prototypes"],
    "C++17": ["-x", "c++", "-std=c++17"],
}
C_ONLY = ("include/mori/keywords.h",)


def compilers():
    found = []
    for name in ("gcc", "clang"):
        try:
            subprocess.run([name, "--version"], check=True, capture_output=True)
            found.append(name)
        except OSError:
            print(f"{name} is not installed; its half is left out")
    return found


def compiles(root, compiler, language, header, mode=("-DMORI_MAPPED=1",)):
    """(whether it compiled, what the compiler said)"""
    name = header[len("include/"):]
    done = subprocess.run(
        [compiler, *LANGUAGES[language], *WARNINGS, *mode, "-fsyntax-only",
         "-I", os.path.join(root, "include"), "-"],
        input=f"#include <{name}>\n#include <{name}>\nint mori_tidy_nothing;\n",
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stderr.strip()


def check(root):
    problems = []
    headers = [path for path in tree.files(root) if path.startswith("include/mori/") and path.endswith(".h")]
    for compiler in compilers() if headers else []:
        for header in headers:
            for language in LANGUAGES:
                ok, said = compiles(root, compiler, language, header)
                refuse = language == "C++17" and header in C_ONLY
                if refuse and ok:
                    problems.append(f"{header}: is C only, yet {compiler} takes it as {language}")
                elif not refuse and not ok:
                    problems.append(f"{header}: alone as {language} with {compiler}: {said}")
        # Without plugin and without its word for mapped stacks it would link with the wrong library.
        ok, said = compiles(root, compiler, "C17", "include/mori/base.h", ())
        if ok or "moricc" not in said:
            problems.append(f"include/mori/base.h: {compiler} takes it without a mode, or does not hear of moricc: {said}")
    return problems
