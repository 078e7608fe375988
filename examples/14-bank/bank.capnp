# SPDX-License-Identifier: MIT
@0xe2b1a6f3c7d84594;

using Mori = import "/mori/mori.capnp";

interface Bank {
  open @0 (amount :Int64) -> (account :Account);
}

interface Account {
  balance @0 () -> (amount :Int64, readers :UInt32) $Mori.readonly;
  # Takes a while; `readers`: how many were looking at it meanwhile.
  change @1 (by :Int64) -> ();
  # -ERANGE where there is not as much.
  transfer @2 (to :Account, amount :Int64) -> ();
  # From this one to that one; the other way where the amount is below 0.
}
