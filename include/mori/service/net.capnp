# SPDX-License-Identifier: MIT
@0x9d3b51c1f6a04e05;

using Mori = import "/mori/mori.capnp";
$Mori.prefix("service");

interface Listener {
  # Where connections come in. Who has it can accept what comes, and cannot connect to anywhere.

  accept @0 () -> (connection :Connection) $Mori.reentrant;
  # The next one. Any number may wait; each gets one, in their order. Where descriptors run out it waits for some to come
  # back. A connection that comes when nobody wants it any more is closed.

  address @1 () -> (address :Text) $Mori.reentrant;
  # Where it listens, as mori/socket.h has addresses.
}

interface Connection {
  # A stream of bytes, both ways. It is closed when nobody has a reference any more.

  read @0 (bytes :UInt32) -> (data :Data) $Mori.reentrant;
  # The next that come, 65536 at most; none: the other side has ended. One after the other, in their order.

  write @1 (data :Data) -> () $Mori.reentrant;
  # Answers when all of it is taken by the kernel. One after the other, in their order, and beside reads. One that is
  # cancelled, or fails, when a part is taken has torn the stream: every write behind it, and `end`, answers -EPIPE.

  end @2 () -> () $Mori.reentrant;
  # Nothing more will be written: the other side reads that, after all that was written. Reading goes on.

  peer @3 () -> (address :Text) $Mori.reentrant;
}
