#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// The peer Node: the promises of V8, compiled while they run. A callback is a microtask.
//
//      then.js [COUNT]
"use strict";

const BATCH = 64;
const ROUNDS = 50;

function promises(count, done, add) {
    for (let i = 0; i < count; i++) {
        let resolve;
        const promise = new Promise((resolver) => { resolve = resolver; });

        promise.then(add);
        resolve(done + i);
    }
}

async function thenNs(count, batch) {
    const began = process.cpuUsage();
    let sum = 0, done = 0;
    const add = (value) => { sum += value; };

    for (; done < count; done += batch) {
        promises(batch, done, add);
        await null;
    }
    const used = process.cpuUsage(began);

    if (sum !== done * (done - 1) / 2) {
        throw new Error("a wrong result");
    }
    return (used.user + used.system) * 1000 / done;
}

async function main() {
    const count = Math.floor(Number(process.argv[2] || 200000) / BATCH) * BATCH + BATCH;
    let many = 1e9, alone = 1e9;

    for (let round = 0; round < ROUNDS; round++) {
        many = Math.min(many, await thenNs(count, BATCH));
        alone = Math.min(alone, await thenNs(count, 1));
    }
    console.log(`then_ns ${many.toFixed(3)}`);
    console.log(`then_alone_ns ${alone.toFixed(3)}`);
}

main();
