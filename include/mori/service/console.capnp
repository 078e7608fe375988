# SPDX-License-Identifier: MIT
@0x9d3b51c1f6a04e03;

using Mori = import "/mori/mori.capnp";
$Mori.prefix("service");

interface Console {
  # Where a program's words go. What is printed by one call stands together, whoever else prints.

  print @0 (text :Text) -> ();
  # Answers when it is written, all of it.

  complain @1 (text :Text) -> ();
  # The same, on the standard error output.
}
