/* SPDX-License-Identifier: MIT */
/* Sockets, for the other files of this layer. */
#pragma once

#include "turn/process.h"

#include <mori/address.h>
#include <mori/file.h>

/* An integer option of a descriptor: 0, or a negative errno; its value, or a negative errno. */
int socket_option_set(int fd, int level, int option, int value);
int socket_option_get(int fd, int level, int option);
/*
 * What a descriptor that came from elsewhere is, as enum file_kind. A socket of packets is made to
 * tell who sends.
 */
uint8_t socket_kind(int fd);
/*
 * The file of a socket; one that was adopted, and may be anything, is looked at. -EBADF; -ENOTSOCK.
 */
int socket_file(mori_file socket, struct file **ret_file);
/* Has a socket of packets tell who sends, which tells its end from a packet without bytes, too. */
int socket_packets_prepare(int fd);
/* Connects to one address; to one of those that a name has: connect.c. */
MORI_ASYNC int socket_connect_to(const mori_address *address, mori_file *ret_socket);
MORI_ASYNC int socket_connect_by_name(const char *name, mori_file *ret_socket);
/*
 * True where an operation sends the file of that index beside its bytes: message.c. It is cancelled
 * when the file is closed.
 */
bool message_carries(const struct operation *operation, uint32_t index);
