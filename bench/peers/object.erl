% SPDX-License-Identifier: MIT
%
% The peer Erlang: calls of another process, as in ../object.c, on one scheduler.
%
%       object-erl [COUNT]
-module(object).
-export([main/1]).

-define(WINDOW, 64).
-define(ROUNDS, 5).

now_ns() -> erlang:monotonic_time(nanosecond).

report(Name, Value) -> io:format("~s ~.3f~n", [Name, Value * 1.0]).

serves() ->
    receive {From, Call, X, Y} ->
        From ! {Call, X + Y},
        serves()
    end.

send(Server, X, Y) ->
    Call = make_ref(),
    Server ! {self(), Call, X, Y},
    Call.

join(Call) -> receive {Call, Sum} -> Sum end.

calls(_, 0, Sum) -> Sum;
calls(Server, Count, Sum) -> calls(Server, Count - 1, join(send(Server, Sum, 1))).

sends(_, Count) when Count =< 0 -> ok;
sends(Server, Count) ->
    Sent = [send(Server, 1, 1) || _ <- lists:seq(1, ?WINDOW)],
    lists:foreach(fun(Call) -> 2 = join(Call) end, Sent),
    sends(Server, Count - ?WINDOW).

each(Count, Function) ->
    lists:min([begin Began = now_ns(), Function(), (now_ns() - Began) / Count end || _ <- lists:seq(1, ?ROUNDS)]).

main(Arguments) ->
    Count = case Arguments of [Text | _] -> list_to_integer(Text); [] -> 200000 end,
    Server = spawn(fun serves/0),
    report("call_ns", each(Count, fun() -> Count = calls(Server, Count, 0) end)),
    report("calls_per_s", 1.0e9 / each(Count, fun() -> sends(Server, Count) end)),
    halt().
