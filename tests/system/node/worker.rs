//! `node:worker_threads`.

use std::time::Duration;

use super::{eval, printed};
use crate::support::{engine, run, vm};
use crate::witness::Witness;

#[tokio::test]
async fn messages_go_both_ways_with_what_they_move_and_share() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        const worker = new Worker(`
            const { parentPort, workerData, threadId } = require('worker_threads');
            parentPort.once('message', ({ moved, shared, port }) => {
                new Uint8Array(shared)[0] = 7;
                port.postMessage([moved.byteLength, workerData.map.get('a'), threadId]);
                port.close();
            });
        `, { eval: true, workerData: { map: new Map([['a', 1n]]) } });
        const { port1, port2 } = new MessageChannel();
        const moved = new ArrayBuffer(5), shared = new SharedArrayBuffer(1);
        worker.postMessage({ moved, shared, port: port2 }, [moved, port2]);
        port1.on('message', (message) => console.log(message, moved.byteLength, new Uint8Array(shared)[0]));
        port1.on('close', () => console.log('closed'));
        worker.on('exit', (code) => console.log('exit', code));
    "#;
    let printed = printed(&vm, program).await;
    assert!(printed.starts_with("[ 5, 1n, 1 ] 0 7\n"), "{printed}");
    assert!(printed.contains("closed\n") && printed.contains("exit 0\n"), "{printed}");
}

#[tokio::test]
async fn threads_wait_for_each_other_in_shared_memory() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        const cells = new Int32Array(new SharedArrayBuffer(8));
        new Worker(`
            const { workerData: cells } = require('worker_threads');
            Atomics.store(cells, 1, 1);
            Atomics.notify(cells, 1);
            console.log(Atomics.wait(cells, 0, 0), cells[0]);
        `, { eval: true, workerData: cells }).on('exit', (code) => console.log(code));
        Atomics.wait(cells, 1, 0);
        // Time to be found waiting.
        Atomics.wait(cells, 1, 1, 50);
        Atomics.store(cells, 0, 42);
        Atomics.notify(cells, 0);
    "#;
    let printed = printed(&vm, program).await;
    assert!(printed == "ok 42\n0\n" || printed == "not-equal 42\n0\n", "{printed}");
}

#[tokio::test]
async fn a_thread_has_an_environment_of_its_own_unless_it_shares() {
    let vm = vm().await;
    let program = r#"
        const { Worker, SHARE_ENV } = require('worker_threads');
        const { once } = require('events');
        const code = 'process.env.A += process.env.B; console.log(process.env.A)';
        (async () => {
            Object.assign(process.env, { A: 'a', B: 'b' });
            for (const env of [undefined, { A: 'x', B: 'y' }, SHARE_ENV]) {
                await once(new Worker(code, { eval: true, env }), 'exit');
                console.log(process.env.A);
            }
        })();
    "#;
    assert_eq!(printed(&vm, program).await, "ab\na\nxy\na\nab\nab\n");
}

#[tokio::test]
async fn ends_of_threads_are_told() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        const { once } = require('events');
        (async () => {
            for (const code of [
                'process.exitCode = 3',
                'process.on("exit", (code) => console.log("leaves with", code)); process.exit(4); console.log("never")',
                'throw new RangeError("thrown")',
                'Promise.reject(new TypeError("rejected"))',
                'setTimeout(() => nowhere)',
            ]) {
                const worker = new Worker(code, { eval: true });
                worker.on('error', (error) => console.log(error.name, error.message));
                console.log(await new Promise((resolve) => worker.on('exit', resolve)));
            }
            const busy = new Worker('for (;;);', { eval: true });
            await once(busy, 'online');
            console.log('stopped', await busy.terminate());
            const waiting = new Worker('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { eval: true });
            await once(waiting, 'online');
            console.log('stopped', await waiting.terminate());
            const idle = new Worker('setInterval(() => {}, 1000)', { eval: true });
            await once(idle, 'online');
            console.log('stopped', await idle.terminate());
        })();
    "#;
    let expected = "3\nleaves with 4\n4\nRangeError thrown\n1\nTypeError rejected\n1\nReferenceError nowhere is not defined\n1\n\
        stopped 1\nstopped 1\nstopped 1\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn a_thread_whose_heap_is_full_ends_alone() {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    let program = r#"
        const { Worker } = require('worker_threads');
        (async () => {
            for (const [old, code] of [
                [16, 'const kept = []; for (;;) kept.push({ length: kept.length })'],
                [16, 'const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length))'],
                [0, 'setInterval(() => {}, 1000)'],
            ]) {
                const worker = new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: old } });
                worker.on('error', (error) => console.log(error.code));
                console.log(await new Promise((resolve) => worker.on('exit', resolve)));
            }
            console.log('on');
        })();
    "#;
    assert_eq!(printed(&vm, program).await, format!("{}on\n", "ERR_WORKER_OUT_OF_MEMORY\n1\n".repeat(3)));
    // The same for a process, with less heap than Node's library takes.
    let output = vm.command("node").args(["--max-old-space-size=1", "-e", "1"]).output().await.unwrap();
    assert!(!output.status.success(), "{}", output.status);
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn stacks_of_threads_are_as_deep_as_they_are_told() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        const code = `
            let depth = 0;
            const down = () => { depth++; down() };
            try { down() } catch { require('worker_threads').parentPort.postMessage(depth) }
        `;
        const depth = (stackSizeMb) => new Promise((resolve) =>
            new Worker(code, { eval: true, resourceLimits: { stackSizeMb } }).on('message', resolve));
        (async () => {
            const [one, four, eight] = [await depth(1), await depth(4), await depth(8)];
            console.log(one * 2 < four, four * 1.5 < eight);
        })();
    "#;
    assert_eq!(printed(&vm, program).await, "true true\n");
}

#[tokio::test]
async fn memory_of_threads_is_the_machines() {
    let vm = engine().vm().memory(150 << 20).boot().await.unwrap();
    let program = "for (let i = 0; i < 4; i++) new (require('worker_threads').Worker)(
        'const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1))', { eval: true }).on('error', () => {})";
    let _ended = eval(&vm, program).await;
    assert_eq!(run(&vm, "echo", &["on"]).await, "on\n");
}

#[tokio::test]
async fn standard_streams_of_threads_are_the_process() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        new Worker('console.log("to the process"); console.error("this too")', { eval: true }).on('exit', () => {
            const piped = new Worker('process.stdin.on("data", (data) => process.stdout.write(`<${data}>`))',
                { eval: true, stdin: true, stdout: true });
            piped.stdout.on('data', (data) => console.log('piped', String(data)));
            piped.stdin.end('through');
        });
    "#;
    let output = eval(&vm, program).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "to the process\npiped <through>\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "this too\n");
}

#[tokio::test]
async fn broadcast_channels_reach_every_thread_and_no_other_process() {
    let vm = vm().await;
    let listener = "new BroadcastChannel('c').onmessage = () => console.log('another process hears')";
    let mut other = vm.command("node").args(["-e", listener]).spawn().await.unwrap();
    let program = r#"
        const { Worker, BroadcastChannel } = require('worker_threads');
        const { once } = require('events');
        (async () => {
            const channel = new BroadcastChannel('c');
            const heard = [];
            const workers = [1, 2, 3].map((number) => new Worker(`
                const { BroadcastChannel, parentPort } = require('worker_threads');
                const channel = new BroadcastChannel('c');
                channel.onmessage = ({ data }) => { parentPort.postMessage([data, ${number}]); channel.close() };
                parentPort.postMessage('ready');
            `, { eval: true }));
            await Promise.all(workers.map((worker) => once(worker, 'message')));
            for (const worker of workers) worker.on('message', (message) => heard.push(message.join()));
            channel.postMessage('all');
            await Promise.all(workers.map((worker) => once(worker, 'exit')));
            console.log(heard.sort().join(' '));
            channel.close();
        })();
    "#;
    assert_eq!(printed(&vm, program).await, "all,1 all,2 all,3\n");
    other.kill().await.unwrap();
    let output = other.wait_with_output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[tokio::test]
async fn messages_are_taken_without_waiting_and_closing_is_told() {
    let vm = vm().await;
    let program = r#"
        const { receiveMessageOnPort } = require('worker_threads');
        const { port1, port2 } = new MessageChannel();
        port1.postMessage('first');
        port1.postMessage(new Blob(['second']));
        console.log(receiveMessageOnPort(port2).message, receiveMessageOnPort(port2).message.size);
        console.log(receiveMessageOnPort(port2));
        port1.postMessage('last');
        port1.close();
        port2.on('message', (message) => console.log(message));
        port2.on('close', () => console.log('closed'));
    "#;
    assert_eq!(printed(&vm, program).await, "first 6\nundefined\nlast\nclosed\n");
}

#[tokio::test]
async fn what_cannot_be_posted_is_refused_before_anything_is_moved() {
    let vm = vm().await;
    let program = r#"
        const { port1, port2 } = new MessageChannel();
        const buffer = new ArrayBuffer(3);
        for (const [value, list] of [
            [() => {}, [buffer]],
            [port2, []],
            [null, [buffer, buffer]],
            [null, [port1]],
            [null, 5],
            [null, [{}]],
        ]) {
            try {
                port1.postMessage(value, list);
            } catch (error) {
                console.log(error.name, error.code, buffer.byteLength);
            }
        }
    "#;
    let refused = "DataCloneError 25 3\n";
    let expected = format!("{0}{0}{0}{0}TypeError ERR_INVALID_ARG_TYPE 3\n{0}", refused);
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn modules_of_webassembly_and_open_files_are_posted() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        const worker = new Worker(`
            require('worker_threads').parentPort.once('message', async ({ wasm, file, blob }) => {
                console.log(new WebAssembly.Instance(wasm).exports.f(), await file.readFile('utf8'), await blob.text());
                await file.close();
            });
        `, { eval: true });
        // (func (export "f") (result i32) i32.const 42)
        const wasm = new WebAssembly.Module(Buffer.from('AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFmAAAKBgEEAEEqCw==', 'base64'));
        require('fs').writeFileSync('/tmp/file', 'content');
        require('fs').promises.open('/tmp/file').then((file) =>
            worker.postMessage({ wasm, file, blob: new Blob(['blob']) }, [file]));
    "#;
    assert_eq!(printed(&vm, program).await, "42 content blob\n");
}

#[tokio::test]
async fn a_process_that_ends_takes_its_threads_along() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        for (const code of ['for (;;);', 'setInterval(() => {}, 1)', 'new (require("worker_threads").Worker)("for (;;);", { eval: true })']) {
            new Worker(code, { eval: true });
        }
        setTimeout(() => process.exit(5), 100);
    "#;
    let output = tokio::time::timeout(Duration::from_secs(60), eval(&vm, program)).await.expect("it ends");
    assert_eq!(output.status.code(), Some(5));
    let killed = "require('worker_threads'); for (let i = 0; i < 3; i++)
        new (require('worker_threads').Worker)('for (;;);', { eval: true })";
    let mut node = vm.command("node").args(["-e", killed]).spawn().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    node.kill().await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), node.wait()).await.expect("it ends");
    assert_eq!(ended.unwrap().signal(), Some(9));
}

#[tokio::test]
async fn a_thread_has_no_more_powers_than_its_process() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        const worker = new Worker(`
            const fs = require('fs'), { parentPort } = require('worker_threads');
            const told = [];
            for (const attempt of [
                () => process.chdir('/'), () => process.setuid(0), () => process.umask(0), () => process.abort(),
                () => process.dlopen({}, '/x.node'), () => fs.readFileSync('/private'), () => fs.writeFileSync('/etc/hosts', ''),
                () => process.binding('fs'),
            ]) {
                try { attempt(); told.push('done') } catch (error) { told.push(error.code) }
            }
            parentPort.postMessage(told.join(' '));
        `, { eval: true });
        require('fs').writeFileSync('/private', 'x', { mode: 0o600 });
        process.setegid(1000);
        process.setuid(1000);
        worker.on('message', (told) => console.log(told));
    "#;
    let printed = printed(&vm, program).await;
    let unsupported = "ERR_WORKER_UNSUPPORTED_OPERATION ".repeat(4);
    assert!(printed.starts_with(&unsupported), "{printed}");
    assert!(printed.contains("EACCES EACCES"), "{printed}");
}

#[tokio::test]
async fn threads_that_have_ended_leave_nothing_behind() {
    let vm = vm().await;
    let program = r#"
        const { Worker } = require('worker_threads');
        const { once } = require('events');
        const round = async (count) => {
            for (let i = 0; i < count; i += 8) {
                await Promise.all(Array.from({ length: 8 }, async (_, index) => {
                    const worker = new Worker(index % 2 ? '0' : 'setInterval(() => {}, 1000)', { eval: true });
                    if (index % 2 === 0) { await once(worker, 'online'); worker.terminate() }
                    await once(worker, 'exit');
                }));
            }
        };
        (async () => {
            await round(40);
            const before = process.memoryUsage();
            await round(400);
            const after = process.memoryUsage();
            console.log(after.rss - before.rss < 40 << 20, after.external - before.external < 1 << 20);
            console.log(process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name)).length);
        })();
    "#;
    assert_eq!(printed(&vm, program).await, "true true\n0\n");
}
