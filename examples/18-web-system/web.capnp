# SPDX-License-Identifier: MIT
@0xe2b1a6f3c7d84598;

using Mori = import "/mori/mori.capnp";
using Consoles = import "/mori/service/console.capnp";
using Directories = import "/mori/service/files.capnp";
using Net = import "/mori/service/net.capnp";

struct Front $Mori.program {
  # Accepts connections, and starts a process for each.
  listener @0 :Net.Listener;
  root @1 :Directories.Directory;
  # What is served.
  console @2 :Consoles.Console;
  idle @3 :UInt32 = 30 $Mori.least(1) $Mori.most(86400);
  # Seconds: how long a client may take for a request, from the answer before it on, or for a piece of an answer.
}

interface Visit {
  # What the process of a connection exports, to the one that has started it.
  serve @0 (connection :Net.Connection, root :Directories.Directory, idle :UInt32) -> (requests :UInt32);
  # Answers requests until the client has gone: `requests` of them. It has these two, and nothing else.
}
