% SPDX-License-Identifier: MIT
%
% The peer Erlang: processes, as in ../process.c, on one scheduler.
%
%       process-erl [COUNT]
-module(process).
-export([main/1]).

-define(BATCH, 64).
-define(BATCHES, 200).

resident() ->
    {ok, Bytes} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:tokens(binary_to_list(Bytes), " "),
    list_to_integer(Pages) * 4096.

now_ns() -> erlang:monotonic_time(nanosecond).

report(Name, Value) -> io:format("~s ~.3f~n", [Name, Value * 1.0]).

waits() -> receive stop -> ok end.

start_all(0, All) -> All;
start_all(Count, All) -> start_all(Count - 1, [spawn_monitor(fun waits/0) | All]).

% Each was woken once, and is gone.
end_all(All) ->
    lists:foreach(fun({Process, _}) -> Process ! stop end, All),
    lists:foreach(fun({_, Monitor}) -> receive {'DOWN', Monitor, _, _, _} -> ok end end, All).

batch() ->
    Began = now_ns(),
    All = start_all(?BATCH, []),
    erlang:yield(), % all of them have their first turn
    Started = now_ns(),
    end_all(All),
    {Started - Began, now_ns() - Started}.

round() ->
    Times = [batch() || _ <- lists:seq(1, ?BATCHES)],
    Count = ?BATCH * ?BATCHES,
    {lists:sum([Start || {Start, _} <- Times]) / Count, lists:sum([End || {_, End} <- Times]) / Count}.

main(Arguments) ->
    Count = case Arguments of [Text | _] -> list_to_integer(Text); [] -> 1000000 end,
    garbage_collect(),
    Before = resident(),
    Began = now_ns(),
    All = start_all(Count, []),
    erlang:yield(),
    Started = now_ns(),
    report("process_bytes", (resident() - Before) / Count),
    report("process_start_fresh_ns", (Started - Began) / Count),
    Ended = now_ns(),
    end_all(All),
    report("process_start_end_ms", (Started - Began + now_ns() - Ended) / 1.0e6),
    Rounds = [round() || _ <- lists:seq(1, 7)],
    report("process_start_ns", lists:min([Start || {Start, _} <- Rounds])),
    report("process_end_ns", lists:min([End || {_, End} <- Rounds])),
    halt().
