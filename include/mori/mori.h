/* SPDX-License-Identifier: MIT */
/*
 * All of mori. The nouns are in docs/architecture.md; each header is the manual of its concept.
 */
#pragma once

#include <mori/base.h>

#include <mori/activity.h>
#include <mori/address.h>
#include <mori/buffers.h>
#include <mori/combine.h>
#include <mori/datagram.h>
#include <mori/directory.h>
#include <mori/domain.h>
#include <mori/child.h>
#include <mori/clock.h>
#include <mori/failure.h>
#include <mori/file.h>
#include <mori/filesystem.h>
#include <mori/foreign.h>
#include <mori/frozen.h>
#include <mori/lock.h>
#include <mori/lookup.h>
#include <mori/map.h>
#include <mori/membrane.h>
#include <mori/message.h>
#include <mori/object.h>
#include <mori/offload.h>
#include <mori/parallel.h>
#include <mori/heap.h>
#include <mori/host.h>
#include <mori/process.h>
#include <mori/program.h>
#include <mori/promise.h>
#include <mori/queue.h>
#include <mori/random.h>
#include <mori/result.h>
#include <mori/retry.h>
#include <mori/scope.h>
#include <mori/select.h>
#include <mori/serve.h>
#include <mori/send.h>
#include <mori/signal.h>
#include <mori/socket.h>
#include <mori/supervise.h>
#include <mori/sync.h>
#include <mori/terminal.h>
#include <mori/watch.h>
#include <mori/wide.h>
#include <mori/wire.h>
#include <mori/wire_build.h>
#include <mori/wire_frame.h>
#include <mori/wire_list.h>
