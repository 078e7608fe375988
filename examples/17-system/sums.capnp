# SPDX-License-Identifier: MIT
@0xe2b1a6f3c7d84597;

using Mori = import "/mori/mori.capnp";
using Consoles = import "/mori/service/console.capnp";

interface Calculator {
  add @0 (x :Int32, y :Int32) -> (sum :Int32) $Mori.readonly;
  divide @1 (x :Int32, y :Int32) -> (quotient :Int32) $Mori.readonly;
}

struct Server $Mori.program {
  # Calculates.
  calculator @0 :Calculator $Mori.export;
}

struct Client $Mori.program {
  # Has something calculated, and prints it.
  calculator @0 :Calculator;
  console @1 :Consoles.Console;
  numbers @2 :List(Text);
  divisor @3 :Int32 = 2 $Mori.least(1);
}
