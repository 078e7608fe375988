# SPDX-License-Identifier: MIT
#
# The services as programs of systems: what each is told and what it exports (docs/services.md).
@0x9d3b51c1f6a04e06;

using Mori = import "/mori/mori.capnp";
using Clocks = import "/mori/service/clock.capnp";
using Consoles = import "/mori/service/console.capnp";
using Directories = import "/mori/service/files.capnp";
using Net = import "/mori/service/net.capnp";
using Numbers = import "/mori/service/random.capnp";
$Mori.prefix("builtin");

struct Console $Mori.program {
  console @0 :Consoles.Console $Mori.export;
}

struct Clock $Mori.program {
  clock @0 :Clocks.Clock $Mori.export;
}

struct Random $Mori.program {
  random @0 :Numbers.Random $Mori.export;
}

struct Files $Mori.program {
  path @0 :Text $Mori.required $Mori.least(1); # of the directory; relative: to the working directory
  readonly @1 :Bool; # nothing can be changed
  openMax @2 :UInt32 = 1000 $Mori.least(1) $Mori.most(1000000); # files, directories and listings at a time
  directory @3 :Directories.Directory $Mori.export;
}

struct Listener $Mori.program {
  address @0 :Text $Mori.required $Mori.least(1); # "127.0.0.1:8080", "[::1]:0", "*:8080", "unix:/run/x.sock"
  openMax @1 :UInt32 = 1000 $Mori.least(1) $Mori.most(1000000); # connections at a time
  listener @2 :Net.Listener $Mori.export;
}
