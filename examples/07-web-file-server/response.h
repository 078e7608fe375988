/* SPDX-License-Identifier: MIT */
/*
 * Answers: each function adds one to the exchange, for the request that it has, as HTTP/1.1 (RFC
 * 9110, 9112) wants it.
 */
#pragma once

#include "server.h"

/* A file: 200, 206, 304 or 416, by the conditions and the range of the request. */
void response_file(struct server *server, struct exchange *exchange, struct entry *entry);
/*
 * An error, with a page that says so. Behind it the connection is closed where the exchange is
 * `closing`.
 */
void response_error(struct server *server, struct exchange *exchange, int status);
/* 301: there is a directory of this path. */
void response_redirect(struct server *server, struct exchange *exchange, const char *path);
/* 200 with a page from malloc(), which is the exchange's from now on. */
void response_page(struct server *server, struct exchange *exchange, char *html, size_t bytes);
