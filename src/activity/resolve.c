/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts: what is no name, what stands in /etc/hosts, and then the servers
 * (resolve_servers.c).
 *
 * The two files are read by async calls into a record of the process, at most once a second, and
 * only where they have changed. Whoever comes while another activity reads them reads them, too:
 * both get the same, and the last one's text stays.
 */
#include "activity/resolve.h"

#include "activity/wait.h"
#include "turn/seat.h"

#include <mori/activity.h>
#include <mori/file.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS         "/etc/hosts"
#define CONFIGURATION "/etc/resolv.conf"
#define LOOK_AGAIN    MORI_S(1)
#define TEXT_MAX      ((size_t)1 << 20) /* what is longer is cut there, at the end of a line */

/* The text of a file, terminated. */
struct text {
        char *bytes; /* NULL: there is no such file */
        size_t length;
        struct timespec changed;
        int64_t looked; /* when; 0: never */
};

struct names {
        struct owned owned;
        struct text hosts, configuration;
};

/* One that is being read. */
struct reading {
        struct owned owned;
        mori_file file;
        struct stat status;
        size_t filled, room;
        char *bytes;
};

static void names_release(struct owned *owned)
{
        struct names *names = (struct names *)owned;

        free(names->hosts.bytes);
        free(names->configuration.bytes);
        stack_piece_free(names, sizeof *names);
}

static struct names *names_get(void)
{
        struct process *process = process_self();

        struct process_rare *rare = process_rare(process);

        if (rare == NULL)
                return NULL;
        if (rare->names == NULL) {
                rare->names = stack_piece_new(sizeof *rare->names);
                if (rare->names != NULL)
                        process_own(process, &rare->names->owned, names_release);
        }
        return rare->names;
}

static void reading_release(struct owned *owned)
{
        struct reading *reading = (struct reading *)owned;

        free(reading->bytes);
        stack_piece_free(reading, sizeof *reading);
}

static struct reading *reading_new(void)
{
        struct reading *reading = stack_piece_new(sizeof *reading);

        if (reading != NULL)
                process_own(process_self(), &reading->owned, reading_release);
        return reading;
}

static void reading_free(struct reading *reading)
{
        process_disown(&reading->owned);
        reading_release(&reading->owned);
}

/* Room for the next piece, and where it goes. -ENOMEM, -EFBIG. */
static int reading_grow(struct reading *reading)
{
        char *bytes;

        if (reading->filled + 1 < reading->room)
                return 0;
        if (reading->room >= TEXT_MAX)
                return -EFBIG;
        bytes = realloc(reading->bytes, reading->room == 0 ? 4096 : 2 * reading->room);
        if (bytes == NULL)
                return -ENOMEM;
        reading->bytes = bytes;
        reading->room = reading->room == 0 ? 4096 : 2 * reading->room;
        return 0;
}

static MORI_ASYNC int reading_fill(struct reading *reading)
{
        for (;;) {
                int error = reading_grow(reading);
                int64_t count;

                if (error < 0)
                        return error == -EFBIG ? 0 : error;
                count = MORI_AWAIT mori_file_read(reading->file, reading->bytes + reading->filled,
                                                  reading->room - 1 - reading->filled);
                if (count <= 0)
                        return (int)count;
                reading->filled += (size_t)count;
        }
}

/* The text stays; what was there before is freed. */
static void text_take(struct text *text, struct reading *reading)
{
        size_t length = reading->filled;

        while (length + 1 >= TEXT_MAX && length > 0 && reading->bytes[length - 1] != '\n')
                length--;
        free(text->bytes);
        reading->bytes[length] = '\0';
        text->bytes = reading->bytes;
        text->length = length;
        text->changed = reading->status.st_mtim;
        text->looked = mori_now();
        reading->bytes = NULL;
}

static void text_none(struct text *text)
{
        free(text->bytes);
        text->bytes = NULL;
        text->length = 0;
        text->looked = mori_now();
}

static bool text_is_fresh(const struct text *text)
{
        return text->looked != 0 && mori_now() - text->looked < LOOK_AGAIN;
}

static bool text_is_same(struct text *text, const struct stat *status)
{
        if (text->bytes == NULL || (size_t)status->st_size != text->length ||
            status->st_mtim.tv_sec != text->changed.tv_sec ||
            status->st_mtim.tv_nsec != text->changed.tv_nsec)
                return false;
        text->looked = mori_now();
        return true;
}

static MORI_ASYNC int text_read_into(struct text *text, const char *path, struct reading *reading)
{
        int error = MORI_AWAIT mori_file_stat(MORI_NO_FILE, path, 0, &reading->status), closed;

        if (error == 0 && text_is_same(text, &reading->status))
                return 0;
        if (error == 0)
                error = MORI_AWAIT mori_file_open(MORI_NO_FILE, path, O_RDONLY, 0, &reading->file);
        if (error == -ENOENT || error == -EACCES || error == -ENOTDIR) {
                text_none(text);
                return 0;
        }
        if (error < 0)
                return error;
        error = MORI_AWAIT reading_fill(reading);
        closed = MORI_AWAIT mori_file_close(reading->file);
        if (error < 0 || closed < 0)
                return error < 0 ? error : closed;
        text_take(text, reading);
        return 0;
}

/* Sees to it that the text is what the file has. 0, or a negative errno. */
static MORI_ASYNC int text_read(struct text *text, const char *path)
{
        struct reading *reading;
        int error;

        if (text_is_fresh(text))
                return 0;
        reading = reading_new();
        if (reading == NULL)
                return -ENOMEM;
        error = MORI_AWAIT text_read_into(text, path, reading);
        reading_free(reading);
        return error;
}

/* ---- /etc/hosts */

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line; *ret_length 0: there is none. */
static const char *word_next(const char *at, size_t *ret_length)
{
        const char *end;

        while (is_space(*at))
                at++;
        for (end = at; *end != '\0' && *end != '\n' && *end != '#' && !is_space(*end);)
                end++;
        *ret_length = (size_t)(end - at);
        return at;
}

static bool line_has(const char *at, const char *host)
{
        size_t length, wanted = strlen(host);

        for (;;) {
                at = word_next(at, &length);
                if (length == 0)
                        return false;
                if (length == wanted && strncasecmp(at, host, length) == 0)
                        return true;
                at += length;
        }
}

static bool host_parse(const char *text, size_t length, uint16_t port, mori_address *ret_address)
{
        char host[INET6_ADDRSTRLEN];

        if (length >= sizeof host)
                return false;
        memcpy(host, text, length);
        host[length] = '\0';
        memset(ret_address, 0, sizeof *ret_address);
        if (inet_pton(AF_INET, host, &ret_address->as.ipv4.sin_addr) == 1) {
                ret_address->as.ipv4.sin_family = AF_INET;
                ret_address->as.ipv4.sin_port = htons(port);
                ret_address->bytes = sizeof ret_address->as.ipv4;
                return true;
        }
        if (inet_pton(AF_INET6, host, &ret_address->as.ipv6.sin6_addr) != 1)
                return false;
        ret_address->as.ipv6.sin6_family = AF_INET6;
        ret_address->as.ipv6.sin6_port = htons(port);
        ret_address->bytes = sizeof ret_address->as.ipv6;
        return true;
}

/* How many addresses the text of a hosts file has for it. */
static int hosts_find(const char *text, const char *host, uint16_t port,
                      mori_address *ret_addresses, unsigned room)
{
        unsigned count = 0;

        while (text != NULL && *text != '\0' && count < room) {
                size_t length;
                const char *word = word_next(text, &length);
                mori_address address;

                if (length > 0 && line_has(word + length, host) &&
                    host_parse(word, length, port, &address))
                        ret_addresses[count++] = address;
                text = strchr(text, '\n');
                text = text == NULL ? NULL : text + 1;
        }
        return (int)count;
}

/* RFC 6761: it is this machine, whatever servers say. */
static int localhost_find(const char *host, uint16_t port, mori_address *ret_addresses,
                          unsigned room)
{
        size_t length = strlen(host);
        int count = 0;

        if (strcasecmp(host, "localhost") != 0 &&
            (length < 10 || strcasecmp(host + length - 10, ".localhost") != 0))
                return 0;
        if (room > 1)
                host_parse("::1", 3, port, &ret_addresses[count++]);
        host_parse("127.0.0.1", 9, port, &ret_addresses[count++]);
        return count;
}

/* ---- Asking */

/* "name:port" in two. A name has letters, digits, '-', '_' and '.', and is not all digits. */
static int name_split(const char *name, char *ret_host, size_t bytes, uint16_t *ret_port)
{
        const char *colon = strchr(name, ':');
        size_t length = colon == NULL ? 0 : (size_t)(colon - name), label = 0, labels = 0;
        bool letters = false;
        unsigned long port;
        char *end;

        if (length == 0 || length >= bytes || colon[1] < '0' || colon[1] > '9')
                return -EINVAL;
        port = strtoul(colon + 1, &end, 10);
        if (*end != '\0' || port > 65535)
                return -EINVAL;
        for (size_t i = 0; i <= length; i++) {
                char c = i == length ? '.' : name[i];

                if (c == '.') {
                        if (label > 63 || (label == 0 && i != length))
                                return -EINVAL;
                        labels += label > 0;
                        label = 0;
                        /* what ends in a number is an address, or none */
                        if (i < length && i + 1 < length)
                                letters = false;
                        continue;
                }
                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_'))
                        return -EINVAL;
                letters = letters || c < '0' || c > '9';
                label++;
        }
        if (!letters || labels == 0)
                return -EINVAL;
        memcpy(ret_host, name, length);
        ret_host[length] = '\0';
        *ret_port = (uint16_t)port;
        return 0;
}

bool lookup_is_name(const char *text)
{
        char host[256];
        uint16_t port;

        return name_split(text, host, sizeof host, &port) == 0;
}

struct question {
        char host[256];
        uint16_t port;
        struct names *names;
};

/* 1 and more: the answer; 0: it is a name, and split; a negative errno. */
static int question_begin(const char *name, struct question *question, mori_address *ret_addresses,
                          unsigned room)
{
        int error;

        if (room == 0)
                return -EINVAL;
        if (name == NULL || ret_addresses == NULL)
                return -EFAULT;
        if (mori_address_parse(name, ret_addresses) == 0)
                return 1;
        error = name_split(name, question->host, sizeof question->host, &question->port);
        if (error < 0)
                return error;
        question->names = names_get();
        return question->names == NULL ? -ENOMEM : wait_cancelled();
}

static int question_hosts(const struct question *question, mori_address *ret_addresses,
                          unsigned room)
{
        int count = hosts_find(question->names->hosts.bytes, question->host, question->port,
                               ret_addresses, room);

        return count > 0 ? count
                         : localhost_find(question->host, question->port, ret_addresses, room);
}

static int64_t question_ask(const struct question *question, mori_address *ret_addresses,
                            unsigned room)
{
        return resolve_ask(question->host, question->port, question->names->configuration.bytes,
                           ret_addresses, room);
}

static MORI_ASYNC int ask(const struct question *question, mori_address *ret_addresses,
                          unsigned room)
{
        int64_t begun = question_ask(question, ret_addresses, room);

        return begun != WAIT_SUSPEND ? (int)begun : MORI_AWAIT activity_suspend_int();
}

MORI_ASYNC int mori_lookup(const char *name, mori_address *ret_addresses, unsigned room)
{
        struct question question;
        int count = question_begin(name, &question, ret_addresses, room);

        if (count != 0)
                return count;
        count = MORI_AWAIT text_read(&question.names->hosts, HOSTS);
        if (count < 0)
                return count;
        count = question_hosts(&question, ret_addresses, room);
        if (count > 0)
                return count;
        count = MORI_AWAIT text_read(&question.names->configuration, CONFIGURATION);
        if (count < 0)
                return count;
        return MORI_AWAIT ask(&question, ret_addresses, room);
}
