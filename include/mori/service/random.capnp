# SPDX-License-Identifier: MIT
@0x9d3b51c1f6a04e01;

using Mori = import "/mori/mori.capnp";
$Mori.prefix("service");

interface Random {
  # Random numbers: the kernel's, good for keys. In a simulation they follow from its seed, and are good for nothing else.

  bytes @0 (count :UInt32) -> (bytes :Data) $Mori.readonly;
  # So many, 65536 at most (-EMSGSIZE).

  below @1 (bound :UInt64) -> (number :UInt64) $Mori.readonly;
  # A number that is 0 or above and below the bound, each as likely as the others. -EINVAL for a bound of 0.
}
