# SPDX-License-Identifier: MIT
# Interfaces: parameters and results of every kind, and what extends what.
@0xb15d1f2a5c9e8f05;

using Other = import "other.capnp";
using Mori = import "/mori/mori.capnp";
$Mori.prefix("service");

interface Named {
  name @0 () -> (name :Text) $Mori.readonly;
  # What it is called.
}

interface Closed {
  close @0 () -> ();
}

interface Store extends(Named, Closed) {
  # Keeps points.
  put @0 (point :Other.Point, unit :Other.Unit = foot) -> (count :UInt32);
  all @1 () -> (points :List(Other.Point), count :UInt32);
  find @2 (x :Float64, strict :Bool) -> (x :Float64, found :Bool);
  open @3 (call :UInt8, default :Text) -> (store :Store);
  blob @4 (data :Data, any :AnyPointer, numbers :List(Int16)) -> (data :Data);
  take @5 (box :Box) -> (store :Store) $Mori.reentrant;
  one @6 Box -> Box;
}

interface Sink {
  # Takes what is written, in pieces.
  write @0 (data :Data) -> stream;
  # A piece of it.
  skip @1 (count :UInt32) -> () $Mori.stream;
  done @2 () -> (count :UInt64);
  # All of it has come.
}

interface Both extends(Store, Named) {}

struct Box {
  store @0 :Store;
  cap @1 :Capability;
  label @2 :Text;
}
