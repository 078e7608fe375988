# SPDX-License-Identifier: MIT
@0xe2b1a6f3c7d84595;

using Mori = import "/mori/mori.capnp";

interface Room {
  enter @0 (name :Text, guest :Guest) -> (seat :Seat);
  # Who drops the seat has left.
  expel @1 (name :Text) -> ();
  # The seat is revoked: whoever has it by now. -ENOENT where there is nobody of that name.
  until @2 (guests :UInt32) -> () $Mori.reentrant;
  # Answers when so many are there, and no more.
}

interface Seat {
  say @0 (text :Text) -> (heard :UInt32);
  # How many others have heard it.
}

interface Guest {
  hear @0 (from :Text, text :Text) -> ();
}

interface Person {
  # What a guest's process exports: it does what it is told.
  visit @0 (room :Room, name :Text) -> ();
  say @1 (text :Text) -> (heard :UInt32);
  leave @2 () -> ();
  doze @3 () -> () $Mori.reentrant;
  # From now on it hears without an end. Answers when it has been told something.
}
