# SPDX-License-Identifier: MIT
"""mori in gdb: activities as visible as threads. gdb loads this by itself with the library (docs/debugging.md).

    info processes          the processes of the program; what seats and threads of offloaded functions are at
    info activities         its activities: state, what they wait for, where, where they were started
    activity NUMBER         looks at that one: bt, up, info locals work. Nothing of the program changes
    activity                back to the thread
    mori why NUMBER         for whom it waits, and who started it

It works on programs that run and on core files, and reads what it shows by the record mori_inspect_root
(src/inspect/root.h), as `mori ps` does; so it needs no debug information of the library.

Looking at an activity. gdb has no threads that are not the system's. So the innermost frame of the thread is given a
caller that it never had, by an unwinder of ours: the frame that the activity is suspended in, with the registers that
it has kept. A filter leaves the thread's own frame out of `bt`, and what joins segments and stacks as well.
"""
import itertools
import struct

import gdb
import gdb.unwinder
from gdb.FrameDecorator import FrameDecorator

MAGIC = 0x746F6F7269726F6D
VERSION = 1
LINKED = 1
BYTES_MAX = 65536
WAIT_ACTIVITY, WAIT_OPERATION, WAIT_TIMER, WAIT_ITEM, WAIT_SELECT, WAIT_RECEIVER = 1, 2, 3, 4, 5, 6
STATE_FREE, STATE_RUNNING, STATE_DONE, STATE_SELECT_NODE = 0, 1, 10, 11
NAME_OPERATION, NAME_PROCESS = 1, 2
OWNED_CREWS = 2
FLAG_WAITED = 1
LIST_MAX = 10000000
REGISTERS = ("r15", "r14", "r13", "r12", "rbx", "rbp")
JOINTS = ("__morestack", "mori_start_linked", "mori_enter", "mori_activity_base")


def read(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def word(address, size=8):
    return int.from_bytes(read(address, size), "little")


def text_of(data):
    return data.split(b"\0")[0].decode("utf-8", "replace")


class Root:
    """What mori_inspect_root says."""

    def __init__(self):
        try:
            at = int(gdb.parse_and_eval("(unsigned long)&mori_inspect_root"))
        except gdb.error:
            raise gdb.GdbError("This is no program of mori, or its symbols were stripped: no mori_inspect_root.")
        try:
            head = read(at, 56)
            magic, version, size, self.mode, self.shift = struct.unpack_from("<QIIII", head)
            if magic != MAGIC or not 56 <= size <= BYTES_MAX:
                raise gdb.GdbError("The record mori_inspect_root is damaged.")
            if version != VERSION:
                raise gdb.GdbError(f"The program's mori_inspect_root has version {version}, and this script knows "
                                   f"{VERSION}: load the gdb/mori.py of that mori.")
            whole = read(at, size)
            arena_at, self.seats_at = struct.unpack_from("<QQ", whole, 40)
            self.arena = word(arena_at)
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"The record mori_inspect_root cannot be read: {error}.")
        if self.arena == 0:
            raise gdb.GdbError("The program has not begun to run mori yet.")
        tables = [struct.unpack_from("<IHH", whole, 56 + 8 * i) for i in range(4)]
        fields, states, names, owned = (
            [whole[offset + i * unit:offset + (i + 1) * unit] for i in range(count)] for offset, count, unit in tables)
        self.fields = {text_of(one[:28]): struct.unpack_from("<HH", one, 28) for one in fields}
        self.states = {one[0]: (one[1], text_of(one[2:])) for one in states}
        self.names = {struct.unpack_from("<HH", one): text_of(one[4:]) for one in names}
        self.releases = {struct.unpack_from("<QQ", one)[1] for one in owned if struct.unpack_from("<Q", one)[0] == 1}
        self.crews = next((at for kind, at in (struct.unpack_from("<QQ", one) for one in owned) if kind == OWNED_CREWS), 0)

    def get(self, name, address, otherwise=0):
        """A field of a structure at an address."""
        field = self.fields.get(name)
        if field is None or address == 0:
            return otherwise
        try:
            return word(address + field[0], min(field[1], 8))
        except gdb.MemoryError:
            return otherwise

    def at(self, number):
        return self.arena + (number << self.shift)

    def number(self, address):
        return (address - self.arena) >> self.shift if address >= self.arena else 0

    def own_scope(self, number):
        return number + (self.fields["activity.children"][0] >> self.shift)


class Activity:
    def __init__(self, root, number):
        """Raises KeyError where there is none of that number."""
        size = root.fields["activity.is"][1]
        try:
            block = read(root.at(number), size)
        except gdb.MemoryError:
            raise KeyError(number)

        def part(name):
            offset, length = root.fields["activity." + name]
            return int.from_bytes(block[offset:offset + length], "little")

        self.root, self.number = root, number
        self.generation, self.state = part("generation"), part("state")
        self.wait, self.causality, self.owner, self.scope = part("wait"), part("causality"), part("owner"), part("scope")
        self.children, self.sibling_next, self.before = part("children"), part("sibling_next"), part("sibling_previous")
        self.current, self.next, self.size = part("current"), part("next"), part("size16")
        offset = part("stack_offset")
        self.stack_offset = offset - (1 << 32) if offset >> 31 else offset
        site = part("site")
        self.flags, self.start_site, self.cancelled = site & 255, site >> 16, site >> 10 & 3
        self.process = self.parent = None
        self.depth = self.thread = self.frame = self.queue = 0
        self.sends = False

    @property
    def exists(self):
        return self.generation != 0 and self.state not in (STATE_FREE, STATE_SELECT_NODE)

    @property
    def suspended(self):
        return self.exists and self.state not in (STATE_RUNNING, STATE_DONE)

    def registers(self):
        """The registers that it has kept; None where it runs, or has ended."""
        if self.suspended:
            sp = self.root.at(self.current) + self.stack_offset
            values = struct.unpack("<7Q", read(sp, 56))
            return dict(zip(REGISTERS, values), rip=values[6], rsp=sp + 56)
        if self.frame:
            rbx, rbp, r12, r13, r14, r15, sp, _ = struct.unpack("<8Q", read(self.frame, 64))
            sp += 8 if self.root.mode == LINKED else 0
            return dict(rbx=rbx, rbp=rbp, r12=r12, r13=r13, r14=r14, r15=r15, rip=word(sp), rsp=sp + 8)
        return None

    def state_words(self):
        return self.root.states.get(self.state, (0, f"state {self.state}"))[1]

    def wait_words(self):
        """What it waits for, in words, and for whom, or None."""
        root = self.root
        kind = root.states.get(self.state, (0, ""))[0]
        if kind == WAIT_ACTIVITY:
            number = root.number(self.wait)
            return f"activity {number}", number
        if kind == WAIT_OPERATION:
            code = root.get("operation.code", self.wait)
            fd = root.get("operation.fd", self.wait, 1 << 31)
            name = root.names.get((NAME_OPERATION, code), f"operation {code}")
            return (name if fd >> 31 else f"{name} on descriptor {fd}"), None
        if kind == WAIT_RECEIVER:
            return f"bytes on descriptor {root.get('receiver.fd', self.wait)}", None
        if self.queue:
            return (f"to {'send to' if self.sends else 'receive from'} queue 0x{self.queue:x}, which has "
                    f"{root.get('queue.count', self.queue)} of {root.get('queue.capacity', self.queue)} items"), None
        if kind > WAIT_RECEIVER:
            holder = self.holder()
            return f"object 0x{self.wait:x}" + (f", which activity {holder} has" if holder else ""), holder
        if self.thread:
            return f"on thread {self.thread}", None
        return "", None

    def holder(self):
        """Who has the object that it waits for, where that is known."""
        for name, kind in (("mori_lock.holder", 8), ("mori_rwlock.writer", 9), ("mori_once.runner", 10)):
            if self.root.states.get(self.state, (0, ""))[0] == kind:
                owner = self.root.get(name, self.wait)
                generation = self.root.get(name.split(".")[0] + ".generation", self.wait)
                number = self.root.number(owner)
                if owner > 4096 and self.root.get("activity.generation", owner) == generation:
                    return number
        return None

    def stack_bytes(self):
        total, ref = self.size, self.next
        for _ in range(65536):
            if ref == 0:
                break
            total += self.root.get("activity.size16", self.root.at(ref))
            ref = self.root.get("activity.next", self.root.at(ref))
        return total << self.root.shift


class Process:
    def __init__(self, root, address, seat):
        self.root, self.address, self.seat = root, address, seat
        self.worker = root.get("process.worker", address)
        self.index, self.live = root.get("process.index", address), root.get("process.live", address)
        self.turns, self.starts = root.get("process.turns", address), root.get("process.starts", address)
        if self.worker:
            self.live = root.get("worker.live", self.worker)
            self.turns = (root.get("worker.turns", self.worker) - root.get("worker.turns_before", self.worker)) % 2**64
            self.starts = root.get("worker.starts", self.worker)
        self.operations = root.get("process.operations_count", address)
        state = root.get("process.state", address)
        self.state = root.names.get((NAME_PROCESS, state), f"state {state}")
        name = root.get("process.name", address)
        try:
            self.name = text_of(read(name, 64)) if name else ""
        except gdb.MemoryError:
            self.name = "?"
        self.damaged = 0


class Domain:
    """All processes and activities, read once: by number in `activities`, each behind its owner."""

    def __init__(self):
        self.root = root = Root()
        self.processes, self.activities = [], {}
        seat, seats = word(root.seats_at), []
        while seat and seat not in seats and len(seats) < 4096:
            seats.append(seat)
            process = root.get("seat.all", seat)
            while process and len(self.processes) < 1000000:
                self.processes.append(Process(root, process, seat))
                self.walk(self.processes[-1])
                self.queues(self.processes[-1])
                process = root.get("process.all_next", process)
            seat = root.get("seat.next", seat)
        self.seats = seats
        for _, worker in self.workers():
            self.worker(worker)

    def workers(self):
        """Who sits in each seat: its own worker, and the spare."""
        for seat, name in itertools.product(self.seats, ("seat.own", "seat.other")):
            worker = self.root.get(name, seat)
            if worker:
                yield seat, worker

    def running(self, worker):
        """The activity that a worker runs, or None."""
        activity = self.activities.get(self.root.number(self.root.get("worker.activity", worker)))
        return activity if activity is not None and activity.state == STATE_RUNNING else None

    def walk(self, process):
        """Down from the root, by a stack of lists: (owner, scope, first child, depth)."""
        root = self.root
        base = root.get("process.root", process.address)
        todo = [(None, root.own_scope(base), root.get("activity.children", root.at(base)), 0)]
        while todo:
            owner, scope, child, depth = todo.pop()
            before = 0
            found = []
            while child:
                try:
                    activity = Activity(root, child)
                except KeyError:
                    activity = None
                # a list that is damaged, or goes in a circle, is left where it no longer fits
                if (activity is None or not activity.exists or activity.owner != scope or activity.before != before
                        or child in self.activities):
                    process.damaged += 1
                    break
                activity.process, activity.parent, activity.depth = process, owner, depth
                self.activities[child] = activity
                found.append(activity)
                before, child = child, activity.sibling_next
            for activity in reversed(found):
                own = root.own_scope(activity.number)
                todo.append((activity.number, own, activity.children, depth + 1))
                scope_of = activity.scope
                for _ in range(65536):
                    if scope_of == own:
                        break
                    if root.get("mori_scope.activity", root.at(scope_of)) != activity.number:
                        process.damaged += 1
                        break
                    todo.append((activity.number, scope_of, root.get("mori_scope.children", root.at(scope_of)),
                                 depth + 1))
                    scope_of = root.get("mori_scope.outer", root.at(scope_of))

    def in_order(self, process):
        """The activities of a process, each behind its owner."""
        below = {}
        for activity in self.activities.values():
            if activity.process is process:
                below.setdefault(activity.parent, []).append(activity)
        todo = list(reversed(below.get(None, [])))
        while todo:
            activity = todo.pop()
            yield activity
            todo.extend(reversed(below.get(activity.number, [])))

    def queues(self, process):
        """Who waits for which queue: the rings of waiters are walked from the queues."""
        root = self.root
        if "queue.owned" not in root.fields:
            return
        owned = root.get("process.owned", process.address)
        links = root.fields["activity.link_next"][0]
        for _ in range(LIST_MAX):
            if owned == 0:
                return
            if root.get("owned.free", owned) in root.releases:
                queue = owned - root.fields["queue.owned"][0]
                for end, sends in (("queue.receivers", False), ("queue.senders", True)):
                    head_at = queue + root.fields[end][0]
                    at = word(head_at, 4)
                    for _ in range(len(self.activities) + 4096):
                        if at in (root.number(head_at - links), 0):
                            break
                        if at in self.activities:
                            self.activities[at].queue, self.activities[at].sends = queue, sends
                        at = root.get("activity.link_next", root.at(at))
            owned = root.get("owned.next", owned)

    def worker(self, worker):
        """Who runs on it, and who has started whom."""
        root = self.root
        activity = self.running(worker)
        if activity is None:
            return
        activity.thread = root.get("worker.thread", worker)
        frame = root.get("worker.sync_sp", worker)
        while activity is not None and not activity.flags & FLAG_WAITED:
            try:
                activity = self.activities.get(root.number(word(frame + 56)))
            except gdb.MemoryError:
                return
            if activity is None or activity.frame:
                return
            activity.frame = frame
            frame += 64

    def activity(self, text):
        try:
            number = int(text, 0)
        except ValueError:
            raise gdb.GdbError(f"{text}: no number of an activity. \"info activities\" has them.")
        if number not in self.activities:
            raise gdb.GdbError(f"There is no activity {number}. \"info activities\" has those that there are.")
        return self.activities[number]


# ---- Places


def place(pc):
    """Function and line of an address, as much as is known."""
    block, names = gdb.block_for_pc(pc), []
    while block is not None and not block.is_global:
        if block.function is not None:
            names.append(block.function.print_name)
        block = block.superblock
    line = gdb.find_pc_line(pc)
    file = line.symtab.filename if line.symtab else None
    if not names:
        symbol = gdb.execute(f"info symbol {pc:#x}", to_string=True).split(" in section")[0].strip()
        return "0x%x" % pc if symbol.startswith("No symbol") else symbol.split(" + ")[0]
    # what a header of ours has inlined says less than who called it
    if file and "include/mori/" in file and len(names) > 1:
        return names[1]
    return f"{names[0]} ({file}:{line.line})" if file else names[0]


def started_at(activity):
    at = place(activity.start_site - 1)
    return "the program's begin, or a post" if at.startswith("activity_enter") else at


def where(activity):
    registers = activity.registers()
    at = place(registers["rip"] - 1) if registers else ""
    return "" if at.startswith(JOINTS) else at


def describe(activity):
    wait, _ = activity.wait_words()
    at = where(activity)
    return (activity.state_words() + (f": {wait}" if wait else "") + (", cancelled" if activity.cancelled else "")
            + (f", at {at}" if at else ""))


# ---- Looking at one


class Look:
    """The activity that is looked at: for this thread, as long as it stays where it is."""

    now = None

    def __init__(self, activity, registers):
        frame = gdb.newest_frame()
        self.activity, self.registers = activity, registers
        self.thread = gdb.selected_thread().ptid
        self.rsp, self.rip = (int(frame.read_register(name)) & (1 << 64) - 1 for name in ("rsp", "rip"))

    @classmethod
    def end(cls, *_):
        if cls.now is not None:
            cls.now = None
            gdb.invalidate_cached_frames()


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class Unwinder(gdb.unwinder.Unwinder):
    """Answers for the thread's innermost frame that its caller is the frame of the activity."""

    def __init__(self):
        super().__init__("mori")

    def __call__(self, pending):
        look = Look.now
        if look is None or gdb.selected_thread() is None or gdb.selected_thread().ptid != look.thread:
            return None
        rsp = int(pending.read_register("rsp")) & (1 << 64) - 1
        rip = int(pending.read_register("rip")) & (1 << 64) - 1
        if rsp != look.rsp or rip != look.rip:
            return None
        # an id below every stack, so that no caller is taken for one inside of it
        info = pending.create_unwind_info(FrameId(gdb.Value(8), gdb.Value(look.rip)))
        kind = gdb.lookup_type("unsigned long")
        for name, value in look.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(kind))
        return info


def joint(frame):
    """Whether a frame joins stacks or segments, and is none of the program's."""
    name = frame.name() or ""
    if name.startswith("__mori_gate") or name in JOINTS:
        return True
    if frame.type() == gdb.SIGTRAMP_FRAME:
        symbol = gdb.execute(f"info symbol {frame.pc():#x}", to_string=True)
        return symbol.startswith("__mori_gate")
    return False


class Filter:
    """Leaves out of `bt` what joins stacks, and, where an activity is looked at, the thread's own frame."""

    def __init__(self):
        self.name, self.enabled, self.priority = "mori", True, 100
        gdb.frame_filters[self.name] = self

    def filter(self, iterator):
        prologue = False
        for index, decorator in enumerate(iterator):
            frame = decorator.inferior_frame()
            if prologue:  # of the function that has called __morestack: it is there already
                prologue = frame.type() == gdb.INLINE_FRAME
                continue
            if Look.now is not None and index == 0 and frame.level() == 0:
                continue
            if joint(frame):
                prologue = frame.name() == "__morestack"
                continue
            yield decorator


# ---- Commands


def tell_seats(domain):
    for seat, worker in domain.workers():
        activity = domain.running(worker)
        what = f"runs activity {activity.number} of process {activity.process.index}" if activity else "in no turn"
        print(f"seat {domain.root.get('seat.number', seat)}, thread {domain.root.get('worker.thread', worker)}: {what}")


def tell_crews(root):
    """The threads that offloaded functions run on, and what they are at."""
    if root.crews == 0 or "crew.is" not in root.fields:
        return
    for crew in (root.crews, root.crews + root.fields["crew.is"][1]):
        threads, waiting = root.get("crew.threads", crew), root.get("crew.waiting", crew)
        if threads == 0 and waiting == 0:
            continue
        print(f"offload: {threads} of {root.get('crew.limit', crew)} threads for what "
              f"{'computes' if root.get('crew.computes', crew) else 'blocks'}, {waiting} calls wait, "
              f"{root.get('crew.calls', crew)} have ended")
        places = root.get("crew.places", crew)
        for i in range(min(root.get("crew.places_count", crew), 65536) if places else 0):
            one = places + i * root.fields["crew_thread.is"][1]
            function = root.get("crew_thread.function", one)
            if function == 0:
                continue
            print(f"  thread {root.get('crew_thread.id', one)}: {place(function)}"
                  f"{', cancelled' if root.get('crew_thread.cancelled', one) else ''}"
                  f"{'' if root.get('crew_thread.op', one) else ', left behind'}; for the activity started at "
                  f"{place(root.get('crew_thread.site', one) - 1)}")


class InfoProcesses(gdb.Command):
    """Processes of mori: state, seat, activities, operations, turns; what the threads of the seats are at, and those
of offloaded functions."""

    def __init__(self):
        super().__init__("info processes", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        domain = Domain()
        for process in domain.processes:
            print(f"process {process.index}, {process.name}: {process.state}, "
                  f"seat {domain.root.get('seat.number', process.seat)}, {process.live} activities, "
                  f"{process.operations} operations, {process.turns} turns, {process.starts} starts")
        tell_seats(domain)
        tell_crews(domain.root)


class InfoActivities(gdb.Command):
    """Activities of mori: number, stack bytes, cause; state, what it waits for, where; where it was started.
Each stands behind the one that owns it, and is indented behind it. The one that is looked at has a star."""

    def __init__(self):
        super().__init__("info activities", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        domain = Domain()
        print("%11s %7s %6s  %s" % ("NUMBER", "STACK", "CAUSE", "STATE, WHERE, STARTED AT"))
        for process in domain.processes:
            count = 0
            for activity in domain.in_order(process):
                star = "*" if Look.now and Look.now.activity.number == activity.number else " "
                print("%s%10d %7d %6d  %s%s; started at %s" % (
                    star, activity.number, activity.stack_bytes(), activity.causality,
                    "  " * min(activity.depth, 40), describe(activity), started_at(activity)))
                count += 1
            if process.damaged or count != process.live:
                print(f"({count} activities of process {process.index} could be told of {process.live}: "
                      "the lists are damaged, or not all in the core)")


class ActivityCommand(gdb.Command):
    """Looks at an activity: activity NUMBER. bt, up, down, info locals then show its stack; the program is not changed.
Without a number, or once the program runs again: back to the thread. For one that runs, its thread is selected."""

    def __init__(self):
        super().__init__("activity", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        Look.end()
        if not argument.strip():
            gdb.execute("frame 0")
            return
        activity = Domain().activity(argument.strip())
        print(f"activity {activity.number}: {describe(activity)}")
        registers = activity.registers()
        if registers is None and activity.thread:
            for thread in gdb.selected_inferior().threads():
                if activity.thread in thread.ptid[1:]:
                    thread.switch()
            gdb.execute("frame 0")
            return
        if registers is None:
            raise gdb.GdbError("It has no stack any more: it has ended.")
        gdb.newest_frame().select()
        Look.now = Look(activity, registers)
        gdb.invalidate_cached_frames()
        frame = gdb.newest_frame().older()
        if frame is None:
            Look.end()
            raise gdb.GdbError("Its stack cannot be read.")
        if joint(frame):
            print("Its function has ended in a tail call: nothing of it is on its stack.")
        frame.select()
        gdb.execute("frame")


class MoriCommand(gdb.Command):
    """Commands for programs of mori: mori why NUMBER."""

    def __init__(self):
        super().__init__("mori", gdb.COMMAND_STATUS, prefix=True)


class WhyCommand(gdb.Command):
    """For whom an activity waits, down to what would end it or to a circle, and who started it: mori why NUMBER."""

    def __init__(self):
        super().__init__("mori why", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        domain = Domain()
        activity = first = domain.activity(argument.strip() or "0")
        seen = []
        while activity is not None and activity.number not in seen and len(seen) < 1000:
            before = "  which waits for " if seen else ""
            print(f"{before}activity {activity.number}: {describe(activity)}")
            print(f"{'  ' if seen else ''}  started at {started_at(activity)}")
            seen.append(activity.number)
            activity = domain.activities.get(activity.wait_words()[1])
        if activity is not None and activity.number in seen:
            print(f"which waits for activity {activity.number} again: a circle of "
                  f"{len(seen) - seen.index(activity.number)}. Nobody in it can go on.")
        elif activity is not None:
            print("The chain is longer than 1000: not followed further.")
        print(f"Its cause is {first.causality}.")
        while first.parent is not None:
            print(f"  It was started in activity {first.parent} at {started_at(first)}.")
            first = domain.activities[first.parent]


def setup():
    if getattr(gdb, "mori_is_loaded", False):  # another library of the same program has it, too
        return
    gdb.mori_is_loaded = True
    gdb.unwinder.register_unwinder(None, Unwinder(), replace=True)
    Filter()
    for command in (InfoProcesses, InfoActivities, ActivityCommand, MoriCommand, WhyCommand):
        command()
    gdb.events.cont.connect(Look.end)
    gdb.events.exited.connect(Look.end)


setup()
