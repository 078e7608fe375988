// SPDX-License-Identifier: MIT
//
// The peer Tokio: tasks, channels and timers of its runtime with one thread.
//
//      tokio-peer start|switch|bytes|queue|ring|skynet|object|timer [COUNT [wait]]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

const ROUNDS: usize = 20;

fn argument(index: usize, otherwise: usize) -> usize {
    std::env::args().nth(index).map_or(otherwise, |text| text.parse().unwrap())
}

// Processor time, as in ../../../bench.h: user and system time of this process, from the C library.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;

fn now() -> i64 {
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.seconds * 1_000_000_000 + time.nanoseconds
}

fn each(began: i64, count: usize) -> f64 {
    (now() - began) as f64 / count as f64
}

fn report(name: &str, value: f64) {
    println!("{name} {value:.3}");
}

fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0
}

// Waits for its next turn: tokio::task::yield_now() goes to the end of a queue that is looked at less often.
struct Turn(bool);

impl Future for Turn {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn starts(count: usize, wait: bool) -> f64 {
    let mut batch = Vec::with_capacity(100);
    let began = now();
    for _ in 0..count / 100 {
        for _ in 0..100 {
            batch.push(if wait {
                tokio::spawn(async { Turn(false).await })
            } else {
                tokio::spawn(async {})
            });
        }
        for task in batch.drain(..) {
            task.await.unwrap();
        }
    }
    each(began, count)
}

async fn start(count: usize) {
    let (mut plain, mut wait) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        plain = plain.min(starts(count, false).await);
        wait = wait.min(starts(count, true).await);
    }
    report("start_ns", plain);
    report("start_wait_ns", wait);
}

async fn yields(count: usize) {
    for _ in 0..count {
        Turn(false).await;
    }
}

async fn switches(count: usize) {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let began = now();
        let (one, other) = (tokio::spawn(yields(count)), tokio::spawn(yields(count)));
        one.await.unwrap();
        other.await.unwrap();
        best = best.min(each(began, 2 * count));
    }
    report("turn_switch_ns", best);
}

async fn bytes(count: usize) {
    let before = resident();
    for _ in 0..count {
        tokio::spawn(std::future::pending::<()>());
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    report("activity_bytes", (resident() - before) / count as f64);
    std::process::exit(0);
}

async fn queue(count: usize) {
    let mut best = 0f64;
    for _ in 0..ROUNDS {
        let (sender, mut receiver) = mpsc::channel::<usize>(1024);
        let sum = tokio::spawn(async move {
            let mut sum = 0;
            while let Some(item) = receiver.recv().await {
                sum += item
            }
            sum
        });
        let began = now();
        for i in 0..count {
            sender.send(i).await.unwrap();
        }
        drop(sender);
        assert_eq!(sum.await.unwrap(), count * (count - 1) / 2);
        best = best.max(1e9 / each(began, count));
    }
    report("queue_items_per_s", best);
}

async fn ring(hops: usize, members: usize) {
    let (first, mut last) = mpsc::channel::<usize>(1);
    for _ in 0..members - 1 {
        let (to, from) = mpsc::channel::<usize>(1);
        let mut from = std::mem::replace(&mut last, from);
        tokio::spawn(async move {
            while let Some(token) = from.recv().await {
                if to.send(token + 1).await.is_err() {
                    break;
                }
            }
        });
    }
    let mut best = f64::MAX;
    for _ in 0..ROUNDS / 2 {
        let began = now();
        let mut token = 0;
        while token < hops {
            first.send(token).await.unwrap();
            token = last.recv().await.unwrap() + 1;
        }
        best = best.min(each(began, token));
    }
    report("ring_ns", best);
}

async fn leaf(number: usize, wait: bool) -> usize {
    if wait {
        Turn(false).await
    }
    number
}

async fn node(number: usize, size: usize, wait: bool) -> usize {
    let part = size / 10;
    let mut children: Vec<JoinHandle<usize>> = Vec::with_capacity(10);
    for i in 0..10 {
        children.push(if part > 1 {
            spawn_node(number + i * part, part, wait)
        } else {
            tokio::spawn(leaf(number + i, wait))
        });
    }
    let mut sum = 0;
    for child in children {
        sum += child.await.unwrap()
    }
    sum
}

// A future cannot contain itself: it goes into a box.
fn spawn_node(number: usize, size: usize, wait: bool) -> JoinHandle<usize> {
    let boxed: Pin<Box<dyn Future<Output = usize> + Send>> = Box::pin(node(number, size, wait));
    tokio::spawn(boxed)
}

async fn skynet(leaves: usize, wait: bool) {
    let (mut first, mut best) = (0.0, f64::MAX);
    for round in 0..ROUNDS / 2 {
        let began = now();
        assert_eq!(spawn_node(0, leaves, wait).await.unwrap(), leaves * (leaves - 1) / 2);
        let took = each(began, 1) / 1e6;
        if round == 0 {
            first = took
        }
        best = best.min(took);
    }
    report(if wait { "skynet_wait_ms" } else { "skynet_ms" }, best);
    report(if wait { "skynet_wait_first_ms" } else { "skynet_first_ms" }, first);
}

async fn timers(count: usize) {
    let (mut best, mut one) = (f64::MAX, f64::MAX);
    for _ in 0..3 {
        let mut x = 1u32;
        let mut timer: Vec<Pin<Box<tokio::time::Sleep>>> = Vec::with_capacity(count);
        let began = now();
        for _ in 0..count {
            x = x.wrapping_mul(1664525).wrapping_add(1013904223);
            let after = Duration::from_secs(3600) + Duration::from_millis((x >> 8) as u64);
            let mut sleep = Box::pin(tokio::time::sleep(after));
            poll_once(sleep.as_mut()).await;
            timer.push(sleep);
        }
        drop(timer);
        best = best.min(each(began, count));
        let began = now();
        for _ in 0..count {
            let sleep = tokio::time::sleep(Duration::from_secs(3600));
            tokio::pin!(sleep);
            poll_once(sleep.as_mut()).await;
        }
        one = one.min(each(began, count));
    }
    report("timer_ns", best);
    report("timer_scope_ns", one);
}

// A timer is registered when it is polled for the first time.
async fn poll_once(mut sleep: Pin<&mut tokio::time::Sleep>) {
    std::future::poll_fn(|context| {
        let _ = sleep.as_mut().poll(context);
        Poll::Ready(())
    })
    .await
}

// A call of another task: a request with the channel that is to get the answer.
struct Request {
    x: i32,
    y: i32,
    sum: oneshot::Sender<i32>,
}

async fn send(server: &mpsc::Sender<Request>, x: i32, y: i32) -> oneshot::Receiver<i32> {
    let (sum, answer) = oneshot::channel();
    server.send(Request { x, y, sum }).await.ok().unwrap();
    answer
}

async fn object(count: usize) {
    const WINDOW: usize = 64;
    let (server, mut requests) = mpsc::channel::<Request>(WINDOW);
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            request.sum.send(request.x + request.y).unwrap();
        }
    });
    let (mut call, mut sent) = (f64::MAX, f64::MAX);
    for _ in 0..5 {
        let began = now();
        let mut sum = 0;
        for _ in 0..count {
            sum = send(&server, sum, 1).await.await.unwrap();
        }
        assert_eq!(sum as usize, count);
        call = call.min(each(began, count));
        let began = now();
        for _ in 0..count / WINDOW {
            let mut answers = Vec::with_capacity(WINDOW);
            for _ in 0..WINDOW {
                answers.push(send(&server, 1, 1).await);
            }
            for answer in answers {
                assert_eq!(answer.await.unwrap(), 2);
            }
        }
        sent = sent.min(each(began, count / WINDOW * WINDOW));
    }
    report("call_ns", call);
    report("calls_per_s", 1e9 / sent);
}

async fn run() {
    let wait = std::env::args().nth(3).map_or(false, |text| text == "wait");
    let what = std::env::args().nth(1).unwrap_or_default();
    match what.as_str() {
        "start" => start(argument(2, 100000)).await,
        "switch" => switches(argument(2, 300000)).await,
        "bytes" => bytes(argument(2, 1000000)).await,
        "queue" => queue(argument(2, 1000000)).await,
        "ring" => ring(argument(2, 500000), argument(3, 100000)).await,
        "skynet" => skynet(argument(2, 1000000), wait).await,
        "object" => object(argument(2, 200000)).await,
        "timer" => timers(argument(2, 1000000)).await,
        _ => std::process::exit(2),
    }
    std::process::exit(0);
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::spawn(run()).await.unwrap() });
}
