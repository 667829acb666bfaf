//! Programs run by `node` in a virtual machine. Needs `kernel.wasm` and the executor's own files in the distribution
//! directory; without them nothing here can run, and the test says so.

#[path = "support/vm.rs"]
mod vm;

use vivarium_js::Executor;
use vivarium_runner::proc::StateChange;

/// One test after the other in one process, because V8 is one.
#[test]
fn programs_run_in_a_virtual_machine() {
    let executor = Executor::open(&vm::node_dist()).expect("run vivarium-node-snapshot first");
    let vm = vm::Vm::boot(&executor);
    let failed: Vec<&str> = TESTS
        .iter()
        .filter(|(_, test)| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(&vm))).is_err())
        .map(|(name, _)| *name)
        .collect();
    assert!(failed.is_empty(), "failed: {failed:?}");
}

type Test = (&'static str, fn(&vm::Vm));

const TESTS: [Test; 13] = [
    ("console", console),
    ("order", order_of_queues),
    ("uncaught", uncaught_errors_end_with_status_1),
    ("exit code", exit_codes),
    ("fs", files_in_three_styles),
    ("esm", modules),
    ("child", child_processes),
    ("spawn sync", child_processes_waited_for),
    ("net", a_server_and_its_client),
    ("stack", stack_overflow_is_a_range_error),
    ("vm", contexts),
    ("heap limit", the_heap_limit_ends_the_process_alone),
    ("kill", a_busy_process_can_be_killed),
];

fn console(vm: &vm::Vm) {
    assert_eq!(vm.node(&["-e", "console.log('hello', 1, {a: [2]})"]).ok(), "hello 1 { a: [ 2 ] }\n");
    assert_eq!(vm.node(&["-p", "process.version"]).ok().trim().split('.').next(), Some("v24"));
}

fn order_of_queues(vm: &vm::Vm) {
    let program = "setTimeout(() => console.log(5), 100); setImmediate(() => console.log(4));
        Promise.resolve().then(() => console.log(3)); process.nextTick(() => console.log(2)); console.log(1)";
    assert_eq!(vm.node(&["-e", program]).ok(), "1\n2\n3\n4\n5\n");
}

fn uncaught_errors_end_with_status_1(vm: &vm::Vm) {
    vm.write("/tmp/boom.js", b"function f() { throw new Error('boom'); }\nf();\n");
    let output = vm.node(&["/tmp/boom.js"]);
    assert_eq!(output.status, StateChange::Exited(1));
    let beginning = "/tmp/boom.js:1\nfunction f() { throw new Error('boom'); }\n               ^\n\nError: boom\n    at f (/tmp/boom.js:1:22)\n";
    assert!(output.stderr.starts_with(beginning), "{}", output.stderr);
    let output = vm.node(&["-e", "Promise.reject(new Error('lost'))"]);
    assert_eq!(output.status, StateChange::Exited(1));
    assert!(output.stderr.contains("Error: lost"), "{}", output.stderr);
}

fn exit_codes(vm: &vm::Vm) {
    assert_eq!(vm.node(&["-e", "process.exit(7)"]).status, StateChange::Exited(7));
    assert_eq!(vm.node(&["-e", "process.exitCode = 3"]).status, StateChange::Exited(3));
    assert_eq!(vm.node(&["--no-such-option"]).status, StateChange::Exited(9));
    assert_eq!(vm.node(&["-e", "process.kill(process.pid, 'SIGKILL')"]).status, StateChange::Signaled(9));
    vm.write("/tmp/never.mjs", b"await new Promise(() => {});");
    assert_eq!(vm.node(&["/tmp/never.mjs"]).status, StateChange::Exited(13));
}

fn files_in_three_styles(vm: &vm::Vm) {
    let program = "const fs = require('fs'); fs.mkdirSync('/tmp/d/e', {recursive: true});
        fs.writeFileSync('/tmp/d/e/f', 'text'); console.log(fs.readFileSync('/tmp/d/e/f', 'utf8'), fs.statSync('/tmp/d/e/f').size);
        fs.readFile('/tmp/d/e/f', 'utf8', (error, text) => { console.log(error, text);
          fs.promises.readdir('/tmp/d').then((names) => { console.log(names); fs.rmSync('/tmp/d', {recursive: true});
            console.log(fs.existsSync('/tmp/d')); try { fs.readFileSync('/nothing') } catch (error) { console.log(error.message) } }) })";
    let expected = "text 4\nnull text\n[ 'e' ]\nfalse\nENOENT: no such file or directory, open '/nothing'\n";
    assert_eq!(vm.node(&["-e", program]).ok(), expected);
}

fn modules(vm: &vm::Vm) {
    vm.write("/tmp/a.mjs", b"import { b } from './b.mjs'; import fs from 'node:fs'; console.log(b, typeof fs.readFileSync, import.meta.url);
        const { default: c } = await import('./c.cjs'); console.log(c.x);");
    vm.write("/tmp/b.mjs", b"export const b = 'from b';");
    vm.write("/tmp/c.cjs", b"exports.x = require('path').join('a', 'b');");
    assert_eq!(vm.node(&["/tmp/a.mjs"]).ok(), "from b function file:///tmp/a.mjs\na/b\n");
}

fn child_processes(vm: &vm::Vm) {
    let program = "const { spawn } = require('child_process');
        const child = spawn('node', ['-e', 'process.stdin.on(\"data\", (d) => console.log(String(d).toUpperCase()))']);
        child.stdout.on('data', (data) => process.stdout.write(data)); child.stdin.end('hello');
        child.on('close', (code, signal) => console.log(code, signal));
        spawn('no-such-program').on('error', (error) => console.log(error.code));";
    let output = vm.node(&["-e", program]).ok();
    assert!(output.contains("HELLO\n") && output.contains("0 null\n") && output.contains("ENOENT\n"), "{output}");
}

fn child_processes_waited_for(vm: &vm::Vm) {
    let program = "const { spawnSync } = require('child_process');
        const done = spawnSync(process.execPath, ['-e', 'process.stdin.pipe(process.stdout); process.exitCode = 5'], {input: 'in'});
        console.log(done.status, String(done.stdout))";
    assert_eq!(vm.node(&["-e", program]).ok(), "5 in\n");
}

fn a_server_and_its_client(vm: &vm::Vm) {
    let program = "const net = require('net');
        const server = net.createServer((socket) => socket.end('bye')).listen(0, '127.0.0.1', () => {
          net.connect(server.address().port, '127.0.0.1').on('data', (data) => console.log(String(data)))
            .on('close', () => { console.log('closed'); server.close() }) })";
    assert_eq!(vm.node(&["-e", program]).ok(), "bye\nclosed\n");
}

fn stack_overflow_is_a_range_error(vm: &vm::Vm) {
    let program =
        "try { (function f() { f() })() } catch (error) { console.log(error instanceof RangeError, error.message) }";
    assert_eq!(vm.node(&["-e", program]).ok(), "true Maximum call stack size exceeded\n");
}

fn contexts(vm: &vm::Vm) {
    let program = "const vm = require('vm'); const box = {x: 2}; vm.createContext(box);
        console.log(vm.runInContext('y = x * 21; x', box), box.y, vm.isContext(box));
        try { vm.runInNewContext('for (;;);', {}, {timeout: 20}) } catch (error) { console.log(error.code) }";
    assert_eq!(vm.node(&["-e", program]).ok(), "2 42 true\nERR_SCRIPT_EXECUTION_TIMEOUT\n");
}

fn the_heap_limit_ends_the_process_alone(vm: &vm::Vm) {
    let program = "const kept = []; for (;;) kept.push({ length: kept.length })";
    let output = vm.node(&["--max-old-space-size=48", "-e", program]);
    assert_eq!(output.status, StateChange::Signaled(6), "stderr: {}", output.stderr);
    let words = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory";
    assert!(output.stderr.contains(words), "{}", output.stderr);
    // One object, too, that outgrows the limit inside a builtin, where nothing stops JavaScript.
    let output = vm.node(&["--max-old-space-size=24", "-e", "new Array(33 << 20).fill({})"]);
    assert_eq!(output.status, StateChange::Signaled(6), "stderr: {}", output.stderr);
    assert_eq!(vm.node(&["-p", "1"]).ok(), "1\n");
}

fn a_busy_process_can_be_killed(vm: &vm::Vm) {
    let program = "const { spawn } = require('child_process');
        const child = spawn('node', ['-e', 'console.log(1); for (;;);']);
        child.stdout.once('data', () => child.kill('SIGKILL'));
        child.on('exit', (code, signal) => console.log(code, signal))";
    assert_eq!(vm.node(&["-e", program]).ok(), "null SIGKILL\n");
}
