/* SPDX-License-Identifier: MIT */
/*
 * How long an operation of the simulation takes, and which operation meets which fault.
 *
 * Latency. Every step of every operation is delayed by a number that is drawn: a base and a spread
 * for its kind, and now and then ten times as much, so that operations which do not depend on one
 * another finish in any order.
 *
 * Faults by rate. When an operation is submitted, and again when one with MULTI goes on, a number
 * below 1000 is drawn; below the configured rate, one of the faults that such an operation can have
 * in reality is drawn and kept in its record:
 *
 *      delay      a thousand times the latency
 *      short      `shortened`: moves fewer bytes than it could (one at least); what must be sent
 *                 whole goes in slices
 *      error      `error`: is its result, and it has no effect
 *      reset      `reset`: its connection is reset before it is attempted
 *      loss       `shortened`: its datagrams meet a network (sim_datagram.c)
 *
 * Faults by number. platform_sim_fail_nth() names one operation or call; this comes before the
 * rate.
 *
 * Invariants.
 *   (1) Whatever an operation meets, it completes by the rules of io.h: -EINTR is never answered,
 *       CLOSE, SHUTDOWN, POLL, SIGNAL and NOP do not fail, and SEND moves all of its bytes unless
 *       the connection is gone.
 *   (2) The dice for faults are not those for order: changing the rate does not change the
 *       latencies that are drawn for the same operations.
 */
#include "platform/sim_internal.h"

#include <errno.h>

static const struct {
        uint32_t base_ns, spread_ns;
} latencies[PLATFORM_OP_CODES] = {
        [PLATFORM_NOP] = {100, 1000},          [PLATFORM_OPEN] = {3000, 20000},
        [PLATFORM_CLOSE] = {500, 3000},        [PLATFORM_READ] = {2000, 40000},
        [PLATFORM_WRITE] = {2000, 40000},      [PLATFORM_READV] = {2000, 40000},
        [PLATFORM_WRITEV] = {2000, 40000},     [PLATFORM_STATX] = {1000, 15000},
        [PLATFORM_GETDENTS] = {2000, 20000},   [PLATFORM_FSYNC] = {100000, 5000000},
        [PLATFORM_ACCEPT] = {1000, 8000},      [PLATFORM_CONNECT] = {5000, 40000},
        [PLATFORM_RECV] = {1000, 10000},       [PLATFORM_SEND] = {1000, 10000},
        [PLATFORM_SENDV] = {1000, 10000},      [PLATFORM_SHUTDOWN] = {500, 5000},
        [PLATFORM_SENDFILE] = {2000, 20000},   [PLATFORM_SPLICE] = {1000, 10000},
        [PLATFORM_POLL] = {500, 5000},         [PLATFORM_SIGNAL] = {1000, 20000},
        [PLATFORM_RECVMSG] = {1000, 10000},    [PLATFORM_SENDMSG] = {1000, 10000},
        [PLATFORM_SYNC_RANGE] = {50000, 2000000}, [PLATFORM_SYNC_FS] = {100000, 9000000},
        [PLATFORM_RENAME] = {3000, 30000},     [PLATFORM_UNLINK] = {3000, 30000},
        [PLATFORM_MKDIR] = {3000, 30000},      [PLATFORM_LINK] = {3000, 30000},
        [PLATFORM_SYMLINK] = {3000, 30000},    [PLATFORM_READLINK] = {1000, 15000},
        [PLATFORM_TRUNCATE] = {2000, 30000},   [PLATFORM_ALLOCATE] = {2000, 40000},
        [PLATFORM_CHMOD] = {1000, 15000},      [PLATFORM_CHOWN] = {1000, 15000},
        [PLATFORM_UTIMES] = {1000, 15000},     [PLATFORM_ACCESS] = {1000, 15000},
        [PLATFORM_COPY_RANGE] = {3000, 60000}, [PLATFORM_LOCK] = {1000, 10000},
        [PLATFORM_CALL] = {2000, 100000},
        [PLATFORM_SCAN] = {3000, 60000},
        [PLATFORM_WATCH] = {1000, 20000},      [PLATFORM_UNWATCH] = {500, 5000},
        [PLATFORM_WATCHED] = {1000, 20000},
};

uint64_t sim_latency(struct sim *sim, const struct sim_operation *operation)
{
        uint8_t code =
                operation->copy.code < PLATFORM_OP_CODES ? operation->copy.code : PLATFORM_NOP;
        uint64_t latency = 1 + latencies[code].base_ns +
                           sim_roll(sim, SIM_DICE_ORDER, latencies[code].spread_ns + 1u);

        return sim_roll(sim, SIM_DICE_ORDER, 16) == 0 ? 10 * latency : latency;
}

struct choices {
        struct {
                enum platform_sim_fault kind;
                int error;
        } list[8];
        size_t count;
};

static void choice_add(const struct sim *sim, struct choices *choices, enum platform_sim_fault kind,
                       int error)
{
        if ((sim->fault_mask & (1u << kind)) == 0)
                return;
        choices->list[choices->count].kind = kind;
        choices->list[choices->count].error = error;
        choices->count += 1;
}

static void choices_collect(const struct sim *sim, const struct sim_operation *operation,
                            struct choices *choices)
{
        const struct platform_op *op = &operation->copy;
        const struct sim_description *target = operation->target;
        bool file = target != NULL && target->kind == SIM_NODE;
        bool connected = target != NULL && target->kind == SIM_SOCKET &&
                         target->socket->state == SIM_SOCKET_CONNECTED;

        choice_add(sim, choices, PLATFORM_SIM_FAULT_DELAY, 0);
        switch (op->code) {
        case PLATFORM_OPEN:
        case PLATFORM_ACCEPT:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EMFILE);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENFILE);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOMEM);
                if (op->code == PLATFORM_OPEN)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EIO);
                break;
        case PLATFORM_CONNECT:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ECONNREFUSED);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ETIMEDOUT);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOMEM);
                break;
        case PLATFORM_STATX:
        case PLATFORM_FSYNC:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EIO);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR,
                           op->code == PLATFORM_STATX ? -ENOMEM : -ENOSPC);
                break;
        case PLATFORM_SYNC_RANGE:
        case PLATFORM_SYNC_FS:
        case PLATFORM_READLINK:
        case PLATFORM_CHMOD:
        case PLATFORM_CHOWN:
        case PLATFORM_UTIMES:
        case PLATFORM_ACCESS:
        case PLATFORM_TRUNCATE:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EIO);
                break;
        case PLATFORM_RENAME:
        case PLATFORM_UNLINK:
        case PLATFORM_MKDIR:
        case PLATFORM_LINK:
        case PLATFORM_SYMLINK:
        case PLATFORM_ALLOCATE:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EIO);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOSPC);
                break;
        case PLATFORM_SCAN:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_SHORT, 0);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EIO);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EMFILE);
                break;
        case PLATFORM_COPY_RANGE:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_SHORT, 0);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EIO);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOSPC);
                break;
        case PLATFORM_WATCH:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOSPC);
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOMEM);
                break;
        case PLATFORM_LOCK:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOLCK);
                break;
        case PLATFORM_WRITE:
        case PLATFORM_WRITEV:
                if (file)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOSPC);
                __attribute__((fallthrough));
        case PLATFORM_READ:
        case PLATFORM_READV:
        case PLATFORM_GETDENTS:
        case PLATFORM_SENDFILE:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_SHORT, 0);
                if (file || op->code == PLATFORM_SENDFILE)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EIO);
                if (connected)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_RESET, 0);
                break;
        case PLATFORM_RECV:
                if ((op->op_flags & PLATFORM_OP_MULTI) != 0)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -ENOBUFS);
                __attribute__((fallthrough));
        case PLATFORM_SEND:
        case PLATFORM_SENDV:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_SHORT, 0);
                if (connected)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_RESET, 0);
                break;
        case PLATFORM_SPLICE:
        case PLATFORM_RECVMSG:
                choice_add(sim, choices, PLATFORM_SIM_FAULT_SHORT, 0);
                if (connected && op->code == PLATFORM_RECVMSG)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_RESET, 0);
                break;
        case PLATFORM_SENDMSG:
                if (connected)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_SHORT, 0);
                if (target != NULL && target->kind == SIM_SOCKET &&
                    target->socket->family != AF_UNIX)
                        choice_add(sim, choices, PLATFORM_SIM_FAULT_LOSS, 0);
                break;
        case PLATFORM_CALL: /* too many wait, or there is no thread */
                choice_add(sim, choices, PLATFORM_SIM_FAULT_ERROR, -EAGAIN);
                break;
        default:
                break;
        }
}

static bool fault_meets(struct sim *sim)
{
        return sim->config.fault_per_mille > 0 &&
               sim_roll(sim, SIM_DICE_FAULT, 1000) < sim->config.fault_per_mille;
}

/* Counts an operation or a call; the error that platform_sim_fail_nth() has set for it, or 0. */
static int number_error(struct sim *sim)
{
        sim->statistics.operations += 1;
        if (sim->fail_number == 0 || sim->statistics.operations != sim->fail_number)
                return 0;
        sim->fail_number = 0;
        sim->statistics.faults[PLATFORM_SIM_FAULT_ERROR] += 1;
        return sim->fail_error;
}

/*
 * For the first time with `first`; else for an operation with MULTI that goes on, which is not
 * counted again.
 */
uint64_t sim_fault_choose(struct sim *sim, struct sim_operation *operation, bool first)
{
        struct choices choices = {.count = 0};
        size_t choice;
        int error = first ? number_error(sim) : 0;

        operation->shortened = false;
        if (error != 0) {
                operation->error = error;
                return 0;
        }
        if (operation->error != 0 || !fault_meets(sim))
                return 0;
        choices_collect(sim, operation, &choices);
        if (choices.count == 0)
                return 0;
        choice = sim_roll(sim, SIM_DICE_FAULT, choices.count);
        sim->statistics.faults[choices.list[choice].kind] += 1;
        switch (choices.list[choice].kind) {
        case PLATFORM_SIM_FAULT_SHORT:
        case PLATFORM_SIM_FAULT_LOSS:
                operation->shortened = true;
                break;
        case PLATFORM_SIM_FAULT_ERROR:
                operation->error = choices.list[choice].error;
                break;
        case PLATFORM_SIM_FAULT_RESET:
                operation->reset = true;
                break;
        default:
                return 1000 * (1000 + sim_roll(sim, SIM_DICE_FAULT, 50000));
        }
        return 0;
}

int sim_fault_call(struct sim *sim, bool opens)
{
        static const int errors[] = {-EMFILE, -ENFILE, -ENOMEM};
        int error = number_error(sim);

        if (error == 0 && opens && (sim->fault_mask & (1u << PLATFORM_SIM_FAULT_ERROR)) != 0 &&
            fault_meets(sim)) {
                sim->statistics.faults[PLATFORM_SIM_FAULT_ERROR] += 1;
                error = errors[sim_roll(sim, SIM_DICE_FAULT, sizeof(errors) / sizeof(errors[0]))];
        }
        return error;
}

bool sim_fault_early(struct sim *sim)
{
        if ((sim->fault_mask & (1u << PLATFORM_SIM_FAULT_SHORT)) == 0 || !fault_meets(sim))
                return false;
        sim->statistics.faults[PLATFORM_SIM_FAULT_SHORT] += 1;
        return true;
}
