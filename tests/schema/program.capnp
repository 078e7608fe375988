# SPDX-License-Identifier: MIT
# Programs: what one has, of each kind.
@0xb15d1f2a5c9e8f06;

using Other = import "other.capnp";
using Service = import "service.capnp";
using Mori = import "/mori/mori.capnp";
$Mori.prefix("program");

struct Keeper $Mori.program {
  # Keeps a store, and names.
  store @0 :Service.Store $Mori.export;
  # What it keeps.
  named @1 :Service.Named $Mori.export;
  log @2 :Capability;
  quiet @3 :Bool = true;
  level @4 :Int8 = -3;
  port @5 :UInt16 = 8080;
  share @6 :Float32 = 0.5;
  ratio @7 :Float64 $Mori.required;
  unit @8 :Other.Unit = foot;
  title @9 :Text = "a \"b\"?\n";
  # It may be long.
  # Very long.
  default @10 :List(Text);
  far @11 :Int64 = -9000000000;
  near @12 :Int8 $Mori.least(-3) $Mori.most(7);
  some @13 :UInt32 = 1 $Mori.least(1);
  cold @14 :Int16 $Mori.most(0);
}

struct Nothing $Mori.program {}

interface Scope {
  struct Inner $Mori.program {
    store @0 :Service.Store;
  }
}
