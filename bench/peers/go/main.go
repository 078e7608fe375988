// SPDX-License-Identifier: MIT
//
// The peer Go: goroutines and channels on one thread (GOMAXPROCS=1; its collector may use others).
//
//	go-peer start|switch|bytes|queue|ring|skynet|process|object|timer [COUNT [wait]]
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const rounds = 5

func argument(index, otherwise int) int {
	if index >= len(os.Args) {
		return otherwise
	}
	value, err := strconv.Atoi(os.Args[index])
	if err != nil {
		panic(err)
	}
	return value
}

// Processor time, as in ../../bench.h; that of the collector's threads is part of it.
func now() int64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return used.Utime.Nano() + used.Stime.Nano()
}

func each(began int64, count int) float64 { return float64(now()-began) / float64(count) }

func report(name string, value float64) { fmt.Printf("%s %.3f\n", name, value) }

func best(measure func() float64) float64 {
	least := measure()
	for round := 1; round < rounds; round++ {
		if next := measure(); next < least {
			least = next
		}
	}
	return least
}

func resident() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	var total, pages float64
	fmt.Sscan(string(text), &total, &pages)
	return pages * float64(os.Getpagesize())
}

// Starts in batches of 100, as all peers do.
func starts(count int, work func(*sync.WaitGroup)) float64 {
	var group sync.WaitGroup
	began := now()
	for i := 0; i < count/100; i++ {
		group.Add(100)
		for k := 0; k < 100; k++ {
			go work(&group)
		}
		group.Wait()
	}
	return each(began, count)
}

func start(count int) {
	report("start_ns", best(func() float64 {
		return starts(count, func(group *sync.WaitGroup) { group.Done() })
	}))
	report("start_wait_ns", best(func() float64 {
		return starts(count, func(group *sync.WaitGroup) { runtime.Gosched(); group.Done() })
	}))
}

func switches(count int) {
	report("turn_switch_ns", best(func() float64 {
		done := make(chan bool)
		yields := func() {
			for i := 0; i < count; i++ {
				runtime.Gosched()
			}
		}
		began := now()
		go func() { yields(); done <- true }()
		yields()
		<-done
		return each(began, 2*count)
	}))
}

func bytes(count int) {
	wait := make(chan int)
	before := resident()
	for i := 0; i < count; i++ {
		go func() { <-wait }()
	}
	for runtime.NumGoroutine() < count {
		runtime.Gosched()
	}
	time.Sleep(200 * time.Millisecond)
	report("activity_bytes", (resident()-before)/float64(count))
}

func queue(count int) {
	report("queue_items_per_s", 1e9/best(func() float64 {
		items := make(chan int, 1024)
		sum := make(chan int)
		go func() {
			s := 0
			for item := range items {
				s += item
			}
			sum <- s
		}()
		began := now()
		for i := 0; i < count; i++ {
			items <- i
		}
		close(items)
		if <-sum != count*(count-1)/2 {
			panic("sum")
		}
		return each(began, count)
	}))
}

func ring(hops, members int) {
	first := make(chan int, 1)
	last := first
	for i := 0; i < members-1; i++ {
		next := make(chan int, 1)
		go func(from, to chan int) {
			for token := range from {
				to <- token + 1
			}
		}(last, next)
		last = next
	}
	report("ring_ns", best(func() float64 {
		began := now()
		token := 0
		for token < hops {
			first <- token
			token = <-last + 1
		}
		return each(began, token)
	}))
}

func leaf(up chan int, number int, wait bool) {
	if wait {
		runtime.Gosched()
	}
	up <- number
}

func node(up chan int, number, size int, wait bool) {
	children := make(chan int)
	part, sum := size/10, 0
	for i := 0; i < 10; i++ {
		if part > 1 {
			go node(children, number+i*part, part, wait)
		} else {
			go leaf(children, number+i*part, wait)
		}
	}
	for i := 0; i < 10; i++ {
		sum += <-children
	}
	up <- sum
}

func skynet(leaves int, wait bool) {
	first, name := 0.0, "skynet"
	if wait {
		name = "skynet_wait"
	}
	report(name+"_ms", best(func() float64 {
		began := now()
		up := make(chan int)
		go node(up, 0, leaves, wait)
		if <-up != leaves*(leaves-1)/2 {
			panic("sum")
		}
		took := float64(now()-began) / 1e6
		if first == 0 {
			first = took
		}
		return took
	}))
	report(name+"_first_ms", first)
}

func timers(count int) {
	timer := make([]*time.Timer, count)
	report("timer_ns", best(func() float64 {
		x := uint32(1)
		began := now()
		for i := range timer {
			x = x*1664525 + 1013904223
			timer[i] = time.NewTimer(time.Hour + time.Duration(x>>8)*time.Millisecond)
		}
		for i := range timer {
			timer[i].Stop()
		}
		return each(began, count)
	}))
	report("timer_scope_ns", best(func() float64 {
		began := now()
		for i := 0; i < count; i++ {
			time.NewTimer(time.Hour).Stop()
		}
		return each(began, count)
	}))
}

// As in ../../process.c; a goroutine is ended by closing what it waits for.
func waitAll(count int, group *sync.WaitGroup, begun *int, wait chan int) {
	for i := 0; i < count; i++ {
		go func() { *begun++; <-wait; group.Done() }()
	}
	for *begun < count {
		runtime.Gosched()
	}
}

func processBatches(batches int) (float64, float64) {
	const batch = 64
	var start, end int64
	for i := 0; i < batches; i++ {
		var group sync.WaitGroup
		wait, begun := make(chan int), 0
		group.Add(batch)
		began := now()
		waitAll(batch, &group, &begun, wait)
		started := now()
		close(wait)
		group.Wait()
		start += started - began
		end += now() - started
	}
	return float64(start) / float64(batches*batch), float64(end) / float64(batches*batch)
}

func process(count int) {
	var group sync.WaitGroup
	wait, begun := make(chan int), 0
	before := resident()
	group.Add(count)
	began := now()
	waitAll(count, &group, &begun, wait)
	started := now()
	report("process_bytes", (resident()-before)/float64(count))
	report("process_start_fresh_ns", float64(started-began)/float64(count))
	ended := now()
	close(wait)
	group.Wait()
	report("process_start_end_ms", float64(started-began+now()-ended)/1e6)
	start, end := processBatches(200)
	for round := 1; round < 7; round++ {
		nextStart, nextEnd := processBatches(200)
		start, end = min(start, nextStart), min(end, nextEnd)
	}
	report("process_start_ns", start)
	report("process_end_ns", end)
}

func min(a, b float64) float64 {
	if a < b {
		return a
	}
	return b
}

// A call of another goroutine: a request with the channel that is to get the answer.
type request struct {
	x, y int32
	sum  chan int32
}

func object(count int) {
	const window = 64
	server := make(chan request, window)
	go func() {
		for r := range server {
			r.sum <- r.x + r.y
		}
	}()
	var sums [window]chan int32
	for i := range sums {
		sums[i] = make(chan int32, 1)
	}
	report("call_ns", best(func() float64 {
		began := now()
		sum := int32(0)
		for i := 0; i < count; i++ {
			server <- request{sum, 1, sums[0]}
			sum = <-sums[0]
		}
		return each(began, count)
	}))
	report("calls_per_s", 1e9/best(func() float64 {
		began := now()
		for i := 0; i < count; i += window {
			for n := range sums {
				server <- request{1, 1, sums[n]}
			}
			for n := range sums {
				if <-sums[n] != 2 {
					panic("a wrong sum")
				}
			}
		}
		return each(began, count)
	}))
}

func main() {
	runtime.GOMAXPROCS(1)
	if len(os.Args) < 2 {
		os.Exit(2)
	}
	switch os.Args[1] {
	case "start":
		start(argument(2, 100000))
	case "switch":
		switches(argument(2, 300000))
	case "bytes":
		bytes(argument(2, 1000000))
	case "queue":
		queue(argument(2, 1000000))
	case "ring":
		ring(argument(2, 500000), argument(3, 100000))
	case "skynet":
		skynet(argument(2, 1000000), len(os.Args) > 3 && os.Args[3] == "wait")
	case "process":
		process(argument(2, 1000000))
	case "object":
		object(argument(2, 200000))
	case "timer":
		timers(argument(2, 1000000))
	default:
		os.Exit(2)
	}
}
