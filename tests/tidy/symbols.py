# SPDX-License-Identifier: MIT
"""Only platform/ reaches the kernel, the clock, random numbers and threads, only base/ atomics.

Two views of the same rule (design rule 15): the undefined symbols of every object of our libraries, and the
sources, for what leaves no symbol (atomics, inline system calls, the time stamp counter).
"""
import glob
import os
import re
import subprocess

import tree

FREE_LAYERS = ("base", "platform")

DENIED = {
    "the kernel": """
        syscall read write pread pwrite readv writev preadv2? pwritev2? open openat openat2 creat
        close close_range dup dup[23] fcntl ioctl lseek fsync fdatasync ftruncate truncate fallocate
        stat fstat lstat fstatat statx newfstatat __[a-z]*xstat(at)? access faccessat rename(at2?)?
        unlink(at)? mkdir(at)? rmdir link(at)? symlink(at)? readlink(at)? chdir getcwd opendir
        fdopendir readdir closedir scandir getdents64 pipe2? socket(pair)? bind listen accept4?
        connect shutdown send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg getsockopt
        setsockopt getsockname getpeername getaddrinfo poll ppoll select pselect epoll_[a-z0-9_]+
        eventfd(_read|_write)? signalfd timerfd_[a-z]+ inotify_[a-z0-9_]+ sendfile splice tee vmsplice
        copy_file_range memfd_create mmap mremap munmap mprotect madvise mincore mlock2? mlockall brk
        sbrk fork vfork clone posix_spawnp? exec[lv]p?e? wait waitpid waitid kill raise sigaction
        signal sigprocmask sigaltstack prctl arch_prctl getpid gettid getuid sysconf
        getrlimit setrlimit prlimit getrusage sysinfo sched_[a-z_]+ get_nprocs getenv secure_getenv
        setenv dlopen dlsym dlmopen io_uring_[a-z_]+ _exit exit abort
        fopen fdopen freopen fclose fread fwrite fputs fputc puts putchar printf fprintf vprintf
        vfprintf dprintf vdprintf perror fflush getline fgets fscanf scanf mkstemp tmpfile
    """,
    "the clock": """
        clock clock_gettime clock_getres clock_nanosleep gettimeofday time nanosleep usleep sleep
        alarm setitimer timer_(create|settime|gettime|delete|getoverrun) ftime times localtime(_r)?
    """,
    "random numbers": """
        s?rand rand_r s?random s?random_r [dlmnj]rand48 getrandom getentropy arc4random[a-z_]*
    """,
    "threads": """
        pthread_[a-z_]+ thrd_[a-z]+ mtx_[a-z]+ cnd_[a-z]+ call_once tss_[a-z]+ sem_[a-z]+
    """,
    "atomics": """
        __atomic_[a-z0-9_]+ __sync_[a-z0-9_]+
    """,
}
# glibc's other spellings of the same: __open64_2, __read_chk, __isoc99_fscanf, fstat64.
SYMBOL = {
    what: re.compile(r"^(?:__|__isoc\d\d_|__GI_)?(?:%s)(?:64)?(?:_2|_chk)?$" % "|".join(names.split()))
    for what, names in DENIED.items()
}

SOURCE = [
    ("atomics", re.compile(r"\b(__atomic_\w+|__sync_\w+|_Atomic\b|stdatomic)")),
    ("atomics", re.compile(r"\block[ \t;]+(cmpxchg|xadd|xchg|inc|dec|add|sub|and|or|bt[src])")),
    ("atomics", re.compile(r"\b([ml]fence|sfence)\b")),
    ("the kernel", re.compile(r"(?<![\w])syscall\b(?=\s*\(|\s*[\"\\;\n])")),
    ("the clock", re.compile(r"\b((?:__)?(?:builtin_ia32_)?rdtscp?)\b")),
    ("random numbers", re.compile(r"\b((?:__)?(?:builtin_ia32_)?rd(?:rand|seed)\w*)\b")),
]


def denied(symbol):
    """What a symbol reaches that is not for it, or None."""
    name = symbol.split("@")[0]
    for what, pattern in SYMBOL.items():
        if pattern.match(name):
            return what
    return None


def check_objects(root, build):
    """Every member of libmori.a and libmori-mapped.a below build. The name of a member begins with its layer."""
    problems = []
    order = tree.layers(root)
    for archive in sorted(glob.glob(os.path.join(build, "src", "libmori*.a"), recursive=True)):
        listing = subprocess.run(
            ["nm", "-A", "--undefined-only", "--format=posix", archive],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for line in listing.splitlines():
            match = re.match(r"^.*\[([^\]]+)\]: (\S+) ", line) or re.match(r"^(\S+): (\S+) ", line)
            if not match:
                raise SystemExit(f"nm says what this test cannot read: {line}")
            member, symbol = os.path.basename(match.group(1)), match.group(2)
            layer = member.split("_")[0]
            if layer not in order:
                problems.append(f"{os.path.basename(archive)}: {member}: of no layer")
            elif layer not in FREE_LAYERS and denied(symbol):
                problems.append(
                    f"{os.path.basename(archive)}: {member}: {symbol}: "
                    f"{denied(symbol)} is reached through platform/ or base/"
                )
    return sorted(set(problems))


def check_sources(root):
    problems = []
    for path in tree.files(root):
        layer = tree.layer_of(path)
        if not (path.startswith("include/") or layer) or layer in FREE_LAYERS:
            continue
        if not path.endswith(tree.C_ENDINGS) or path.endswith("_test.c"):
            continue
        text = tree.without_comments(tree.read(root, path) or "")
        for number, line in enumerate(text.split("\n"), 1):
            for what, pattern in SOURCE:
                if pattern.search(line + "\n"):
                    problems.append(
                        f"{path}:{number}: {line.strip()}: "
                        f"{what} is reached through platform/ or base/"
                    )
    return problems
