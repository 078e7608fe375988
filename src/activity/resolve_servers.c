/* SPDX-License-Identifier: MIT */
/*
 * Asking servers for names: c-ares, driven by operations and a timer of ours.
 *
 *      resolve_ask --> ares_getaddrinfo ---- c-ares opens sockets, and says what it waits for
 *                                                   |
 *      POLL completes, the timer fires --> ares_process_fd --> its callback --> the lookup's
 *                                                                               activity is woken
 *
 * A socket of c-ares has a watch: at most one POLL under way, for what c-ares waits for. It is
 * opened and closed through us, so that the engine knows it, and closed when its POLL is over.
 *
 * Invariants.
 *   (1) The channel and all that hangs on it stand in a record of the process. c-ares is destroyed
 *       with it, when no operation is under way any more, and its callbacks touch no activity then.
 *   (2) After each call into c-ares, settle() arms the watches and the timer.
 *   (3) A lookup that nobody waits for goes on to its end, which frees it: c-ares cannot cancel one
 *       of several. LOOKUPS_MAX bounds them.
 *   (4) Addresses are copied to the caller when its activity is woken, never later.
 */
#include "activity/resolve.h"

#include "activity/wait.h"
#include "turn/seat.h"

#include <errno.h>

#if MORI_HAVE_CARES
#include <ares.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUPS_MAX 1024
#define SERVERS_MAX 512

/* Timers stand in pieces of the arena. */
struct pulse {
        struct resolver *resolver;
        _Alignas(16) struct timer timer;
};

struct resolver {
        struct owned owned;
        struct process *process;
        struct watch *watches;
        ares_channel channel; /* NULL: to be made */
        char *configuration;  /* the text that it was made of */
        char *servers;        /* instead of those, or NULL */
        int64_t timeout;
        unsigned tries, lookups;
        bool ending;
        struct pulse *pulse;
};

struct watch {
        struct watch *next;
        struct resolver *resolver;
        struct operation *operation; /* the POLL, or NULL */
        int fd;
        uint32_t wanted, asked; /* POLL*: by c-ares; by the operation */
        bool closing;
};

struct lookup {
        struct resolver *resolver;
        struct activity *activity; /* NULL: nobody waits */
        mori_address *ret_addresses;
        unsigned room;
        uint16_t port;
        bool over;
        int answer;
};

/* ---- Sockets */

static struct watch *watch_of(struct resolver *resolver, int fd)
{
        struct watch *watch = resolver->watches;

        while (watch != NULL && watch->fd != fd)
                watch = watch->next;
        return watch;
}

static void watch_free(struct watch *watch)
{
        struct watch **link = &watch->resolver->watches;

        while (*link != watch)
                link = &(*link)->next;
        *link = watch->next;
        process_close_now(watch->fd);
        free(watch);
}

static int socket_open(int family, int type, int protocol, void *argument)
{
        struct resolver *resolver = argument;
        struct watch *watch = malloc(sizeof *watch);
        int fd = -ENOMEM;

        (void)protocol;
        if (watch != NULL) {
                fd = platform_socket_new(seat_hold()->io, family, type);
                seat_release();
        }
        if (fd < 0) {
                free(watch);
                errno = -fd;
                return -1;
        }
        *watch = (struct watch){.next = resolver->watches, .resolver = resolver, .fd = fd};
        resolver->watches = watch;
        return fd;
}

static int socket_close(int fd, void *argument)
{
        struct resolver *resolver = argument;
        struct watch *watch = watch_of(resolver, fd);

        if (watch->operation == NULL) {
                watch_free(watch);
        } else {
                watch->closing = true;
                operation_cancel(watch->operation);
        }
        return 0;
}

/* What c-ares expects of a call: -1, and the error in errno. */
static int64_t told(int64_t result)
{
        if (result >= 0)
                return result;
        errno = (int)-result;
        return -1;
}

static int socket_connect(int fd, const struct sockaddr *address, socklen_t length, void *argument)
{
        int error = platform_socket_peer(seat_hold()->io, fd, address, length);

        (void)argument;
        seat_release();
        return (int)told(error);
}

static ssize_t socket_receive(int fd, void *bytes, size_t length, int flags,
                              struct sockaddr *ret_from, socklen_t *from_length, void *argument)
{
        (void)argument;
        return told(platform_socket_receive_now(fd, bytes, length, flags, ret_from, from_length));
}

static ssize_t socket_send(int fd, const struct iovec *pieces, int count, void *argument)
{
        (void)argument;
        return told(platform_socket_send_now(fd, pieces, count));
}

static void socket_state(void *argument, int fd, int readable, int writable)
{
        struct watch *watch = watch_of(argument, fd);

        if (watch != NULL)
                watch->wanted = (readable ? POLLIN : 0u) | (writable ? POLLOUT : 0u);
}

/* ---- Turning c-ares */

static void settle(struct resolver *resolver);

static void watch_done(struct operation *operation, int32_t result, uint32_t flags,
                       uint16_t buffer)
{
        struct watch *watch = operation->owner;
        struct resolver *resolver = watch->resolver;
        int fd = watch->fd;

        (void)flags;
        (void)buffer;
        operation_free(operation);
        watch->operation = NULL;
        if (watch->closing) {
                watch_free(watch);
                return;
        }
        if (result != -ECANCELED)
                ares_process_fd(resolver->channel,
                                result < 0 || result & ~POLLOUT ? fd : ARES_SOCKET_BAD,
                                result < 0 || result & ~POLLIN ? fd : ARES_SOCKET_BAD);
        settle(resolver);
}

static void timer_fire(struct timer *timer)
{
        struct resolver *resolver = CONTAINER_OF(timer, struct pulse, timer)->resolver;

        if (!seat_timer_fires(timer, resolver->process))
                return;
        ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        settle(resolver);
}

static void watch_arm(struct watch *watch)
{
        struct operation *operation;

        if (watch->closing || watch->wanted == 0)
                return;
        if (watch->operation != NULL) {
                if (watch->wanted & ~watch->asked)
                        operation_cancel(watch->operation); /* and armed anew by its end */
                return;
        }
        operation = operation_new(watch->resolver->process);
        if (operation == NULL)
                return; /* its time-out tells */
        operation->op.code = PLATFORM_POLL;
        operation->op.fd = watch->fd;
        operation->op.flags = watch->asked = watch->wanted;
        operation->owner = watch;
        operation->done = watch_done;
        watch->operation = operation;
        operation_submit(operation);
}

static void settle(struct resolver *resolver)
{
        struct timeval time, *next = ares_timeout(resolver->channel, NULL, &time);

        for (struct watch *watch = resolver->watches; watch != NULL; watch = watch->next)
                watch_arm(watch);
        seat_timer_stop(&resolver->pulse->timer);
        if (next != NULL)
                seat_timer_start(&resolver->pulse->timer,
                                 (int64_t)next->tv_sec * 1000000000 + next->tv_usec * 1000 + 1000);
}

/* ---- The channel */

static int error_of(int status)
{
        switch (status) {
        case ARES_SUCCESS:
                return 0;
        case ARES_ENOTFOUND:
        case ARES_ENODATA:
        case ARES_ENONAME:
                return -ENOENT;
        case ARES_ETIMEOUT:
                return -ETIME;
        case ARES_ECONNREFUSED:
        case ARES_ESERVFAIL:
        case ARES_ENOTIMP:
        case ARES_EREFUSED:
                return -ECONNREFUSED;
        case ARES_EBADRESP:
        case ARES_EFORMERR:
                return -EBADMSG;
        case ARES_ENOMEM:
                return -ENOMEM;
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION:
                return -ECANCELED;
        default: /* a name, or a list of servers, that is none */
                return -EINVAL;
        }
}

/* What resolv.conf(5) says, as far as we go. */
struct settings {
        char servers[SERVERS_MAX];
        char *domains[6];
        char domain_text[256];
        int domain_count;
        long ndots, timeout_s, tries;
        bool rotate;
};

static void option_read(struct settings *settings, const char *option)
{
        if (strncmp(option, "ndots:", 6) == 0)
                settings->ndots = strtol(option + 6, NULL, 10);
        else if (strncmp(option, "timeout:", 8) == 0)
                settings->timeout_s = strtol(option + 8, NULL, 10);
        else if (strncmp(option, "attempts:", 9) == 0)
                settings->tries = strtol(option + 9, NULL, 10);
        else if (strcmp(option, "rotate") == 0)
                settings->rotate = true;
}

static long within(long value, long least, long most)
{
        return value < least ? least : value > most ? most : value;
}

static void settings_read(struct settings *settings, const char *text)
{
        static const char spaces[] = " \t\r";
        char line[512], *rest, *word;

        while (text != NULL && *text != '\0') {
                size_t length = strcspn(text, "\n");

                snprintf(line, sizeof line, "%.*s", (int)(length < 511 ? length : 511), text);
                text += length + (text[length] == '\n');
                line[strcspn(line, "#;")] = '\0';
                word = strtok_r(line, spaces, &rest);
                if (word == NULL)
                        continue;
                if (strcmp(word, "nameserver") == 0) {
                        size_t used = strlen(settings->servers);

                        word = strtok_r(NULL, spaces, &rest);
                        if (word != NULL)
                                snprintf(settings->servers + used, SERVERS_MAX - used, "%s%s",
                                         used > 0 ? "," : "", word);
                } else if (strcmp(word, "search") == 0 || strcmp(word, "domain") == 0) {
                        char *at = settings->domain_text, *inner;

                        snprintf(at, sizeof settings->domain_text, "%s", rest);
                        settings->domain_count = 0;
                        for (at = strtok_r(at, spaces, &inner);
                             at != NULL && settings->domain_count < 6;
                             at = strtok_r(NULL, spaces, &inner))
                                settings->domains[settings->domain_count++] = at;
                } else if (strcmp(word, "options") == 0) {
                        while ((word = strtok_r(NULL, spaces, &rest)) != NULL)
                                option_read(settings, word);
                }
        }
        settings->ndots = within(settings->ndots, 0, 15);
        settings->timeout_s = within(settings->timeout_s, 1, 30);
        settings->tries = within(settings->tries, 1, 10);
}

static int channel_make(struct resolver *resolver)
{
        static const struct ares_socket_functions functions = {.asocket = socket_open,
                                                               .aclose = socket_close,
                                                               .aconnect = socket_connect,
                                                               .arecvfrom = socket_receive,
                                                               .asendv = socket_send};
        struct settings settings = {.ndots = 1, .timeout_s = 5, .tries = 2};
        char lookups[] = "b";
        struct ares_options options = {0};
        const char *servers = settings.servers;
        int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                   ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB |
                   ARES_OPT_SORTLIST;
        struct in_addr nobody = {htonl(INADDR_LOOPBACK)};
        int status;

        settings_read(&settings, resolver->configuration);
        /* All that it would read files for is given. */
        options.flags = ARES_FLAG_NOALIASES;
        options.lookups = lookups;
        options.servers = &nobody;
        options.nservers = 1;
        options.domains = settings.domains;
        options.ndomains = settings.domain_count;
        options.ndots = (int)settings.ndots;
        options.timeout = resolver->timeout > 0
                                  ? (int)((resolver->timeout + 999999) / 1000000)
                                  : (int)settings.timeout_s * 1000;
        options.tries = resolver->tries > 0 ? (int)resolver->tries : (int)settings.tries;
        options.sock_state_cb = socket_state;
        options.sock_state_cb_data = resolver;
        mask |= settings.rotate ? ARES_OPT_ROTATE : ARES_OPT_NOROTATE;
        status = ares_init_options(&resolver->channel, &options, mask);
        if (status != ARES_SUCCESS) {
                resolver->channel = NULL;
                return error_of(status);
        }
        ares_set_socket_functions(resolver->channel, &functions, resolver);
        if (resolver->servers != NULL)
                servers = resolver->servers;
        if (*servers != '\0')
                status = ares_set_servers_ports_csv(resolver->channel, servers);
        if (status != ARES_SUCCESS) {
                ares_destroy(resolver->channel);
                resolver->channel = NULL;
        }
        return error_of(status);
}

static void resolver_release(struct owned *owned)
{
        struct resolver *resolver = (struct resolver *)owned;

        resolver->ending = true;
        seat_timer_stop(&resolver->pulse->timer);
        stack_piece_free(resolver->pulse, sizeof *resolver->pulse);
        for (struct watch *watch = resolver->watches; watch != NULL; watch = watch->next)
                watch->operation = NULL; /* (1): it was over before */
        if (resolver->channel != NULL)
                ares_destroy(resolver->channel);
        while (resolver->watches != NULL)
                watch_free(resolver->watches);
        free(resolver->configuration);
        free(resolver->servers);
        free(resolver);
}

static struct resolver *resolver_get(void)
{
        struct process *process = process_self();
        struct process_rare *rare = process_rare(process);
        struct resolver *resolver;

        if (rare == NULL || rare->resolver != NULL)
                return rare != NULL ? rare->resolver : NULL;
        resolver = calloc(1, sizeof *resolver);
        if (resolver == NULL)
                return NULL;
        resolver->pulse = stack_piece_new(sizeof *resolver->pulse);
        if (resolver->pulse == NULL) {
                free(resolver);
                return NULL;
        }
        resolver->pulse->resolver = resolver;
        resolver->pulse->timer.fire = timer_fire;
        resolver->process = process;
        rare->resolver = resolver;
        process_own(process, &resolver->owned, resolver_release);
        return resolver;
}

/* The channel as the configuration is now, as soon as nobody needs it as it was. */
static int channel_refresh(struct resolver *resolver, const char *configuration)
{
        const char *now = configuration != NULL ? configuration : "";

        if (resolver->channel != NULL &&
            (resolver->lookups > 0 || strcmp(resolver->configuration, now) == 0))
                return 0;
        if (resolver->channel != NULL)
                ares_destroy(resolver->channel);
        resolver->channel = NULL;
        free(resolver->configuration);
        resolver->configuration = strdup(now);
        return resolver->configuration == NULL ? -ENOMEM : channel_make(resolver);
}

/* ---- Lookups */

static int addresses_copy(struct lookup *lookup, const struct ares_addrinfo *found)
{
        unsigned count = 0;

        for (const struct ares_addrinfo_node *node = found->nodes;
             node != NULL && count < lookup->room; node = node->ai_next) {
                mori_address *address = &lookup->ret_addresses[count];

                if (node->ai_addrlen > sizeof address->as)
                        continue;
                memset(address, 0, sizeof *address);
                memcpy(&address->as, node->ai_addr, node->ai_addrlen);
                address->bytes = (uint32_t)node->ai_addrlen;
                if (address->as.any.sa_family == AF_INET)
                        address->as.ipv4.sin_port = htons(lookup->port);
                else
                        address->as.ipv6.sin6_port = htons(lookup->port);
                count++;
        }
        return count > 0 ? (int)count : -ENOENT;
}

static void lookup_over(void *argument, int status, int timeouts, struct ares_addrinfo *found)
{
        struct lookup *lookup = argument;
        struct resolver *resolver = lookup->resolver;
        struct activity *activity = lookup->activity;

        (void)timeouts;
        resolver->lookups--;
        lookup->over = true;
        lookup->answer = error_of(status);
        if (activity != NULL && !resolver->ending && lookup->answer == 0)
                lookup->answer = addresses_copy(lookup, found);
        ares_freeaddrinfo(found);
        if (activity != NULL && activity->segment.state != ACTIVITY_STATE_WAITING_NAME &&
            !resolver->ending)
                return; /* at once: resolve_ask() frees it */
        if (activity != NULL && !resolver->ending)
                process_wake(resolver->process, activity, lookup->answer);
        free(lookup);
}

int64_t resolve_ask(const char *host, uint16_t port, const char *configuration,
                    mori_address *ret_addresses, unsigned room)
{
        const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC,
                                                  .ai_socktype = SOCK_STREAM};
        struct resolver *resolver;
        struct lookup *lookup;
        int error = wait_cancelled();

        if (error < 0)
                return error;
        error = seat_hold()->simulated ? -EOPNOTSUPP : 0;
        seat_release();
        if (error < 0)
                return error; /* c-ares has the clock and the network of the machine */
        resolver = resolver_get();
        if (resolver == NULL)
                return -ENOMEM;
        if (resolver->lookups >= LOOKUPS_MAX)
                return -ENOBUFS;
        error = channel_refresh(resolver, configuration);
        lookup = error < 0 ? NULL : malloc(sizeof *lookup);
        if (lookup == NULL)
                return error < 0 ? error : -ENOMEM;
        *lookup = (struct lookup){.resolver = resolver,
                                  .activity = worker_self()->activity,
                                  .ret_addresses = ret_addresses,
                                  .room = room,
                                  .port = port};
        resolver->lookups++;
        ares_getaddrinfo(resolver->channel, host, NULL, &hints, lookup_over, lookup);
        settle(resolver);
        if (lookup->over) {
                error = lookup->answer;
                free(lookup);
                return error;
        }
        wait_begin(ACTIVITY_STATE_WAITING_NAME, lookup);
        return WAIT_SUSPEND;
}

/* (3) */
void resolve_interrupt(struct activity *activity, int error)
{
        struct lookup *lookup = activity->wait;

        lookup->activity = NULL;
        process_wake(lookup->resolver->process, activity, error);
}

/* Ports in a list of servers: c-ares takes what is beyond the last one for another. */
static bool ports_are_good(const char *servers)
{
        while (*servers != '\0') {
                size_t length = strcspn(servers, ",");
                const char *end = servers + length, *bracket = memchr(servers, ']', length);
                const char *colon = memchr(bracket != NULL ? bracket : servers, ':',
                                           (size_t)(end - (bracket != NULL ? bracket : servers)));
                char *behind;

                /* more than one colon, and no brackets: an address of IPv6 */
                if (colon != NULL && (bracket != NULL ||
                                      memchr(colon + 1, ':', (size_t)(end - colon - 1)) == NULL)) {
                        unsigned long port = strtoul(colon + 1, &behind, 10);

                        if (colon[1] < '0' || colon[1] > '9' || behind != end || port == 0 ||
                            port > UINT16_MAX)
                                return false;
                }
                servers = *end == ',' ? end + 1 : end;
        }
        return true;
}

int mori_lookup_servers(const char *servers, int64_t timeout, unsigned tries)
{
        struct resolver *resolver = resolver_get();
        char *copy = NULL, *before;
        int error;

        if (resolver == NULL)
                return -ENOMEM;
        if (resolver->lookups > 0)
                return -EBUSY;
        if (timeout < 0 || timeout > MORI_S(3600) || tries > 100 ||
            (servers != NULL && (*servers == '\0' || strlen(servers) >= SERVERS_MAX ||
                                 !ports_are_good(servers))))
                return -EINVAL;
        if (servers != NULL && (copy = strdup(servers)) == NULL)
                return -ENOMEM;
        if (resolver->channel != NULL)
                ares_destroy(resolver->channel);
        resolver->channel = NULL;
        before = resolver->servers;
        resolver->servers = copy;
        resolver->timeout = timeout;
        resolver->tries = tries;
        error = channel_make(resolver);
        if (error < 0) { /* the list is none: as it was */
                resolver->servers = before;
                free(copy);
                return error;
        }
        free(before);
        /* made again by the next lookup, which has read the file */
        ares_destroy(resolver->channel);
        resolver->channel = NULL;
        return 0;
}

#else

int64_t resolve_ask(const char *host, uint16_t port, const char *configuration,
                    mori_address *ret_addresses, unsigned room)
{
        (void)host;
        (void)port;
        (void)configuration;
        (void)ret_addresses;
        (void)room;
        return -EOPNOTSUPP;
}

void resolve_interrupt(struct activity *activity, int error)
{
        (void)activity;
        (void)error;
}

int mori_lookup_servers(const char *servers, int64_t timeout, unsigned tries)
{
        (void)servers;
        (void)timeout;
        (void)tries;
        return -EOPNOTSUPP;
}

#endif
