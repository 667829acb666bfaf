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

const TESTS: [Test; 18] = [
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
    ("zlib", compression),
    ("crypto", digests_and_keys_of_passwords),
    ("ciphers", ciphers),
    ("v8", serialization),
    ("blob", blobs),
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
    // V8 extends its own objects while it makes a context: never those that a sandbox has in their place.
    let program = "const box = vm.createContext(globalThis); console.log(vm.runInContext('Iterator === globalThis.Iterator', box))";
    assert_eq!(vm.node(&["-e", program]).ok(), "true\n");
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

fn compression(vm: &vm::Vm) {
    let program = "const zlib = require('zlib'), text = Buffer.alloc(300_000, 'text that repeats, ');
        for (const [pack, unpack] of [['gzip', 'gunzip'], ['deflate', 'inflate'], ['deflateRaw', 'inflateRaw'],
            ['brotliCompress', 'brotliDecompress'], ['zstdCompress', 'zstdDecompress']]) {
            const packed = zlib[pack + 'Sync'](text);
            console.log(pack, packed.length < 3000, zlib[unpack + 'Sync'](packed).equals(text));
            try { zlib[unpack + 'Sync'](packed.subarray(0, -2)); } catch (error) { console.log(error.code); }
        }
        zlib.gunzip('not gzip', error => console.log(error.code, error.errno, error.message));
        const out = [], deflate = zlib.createDeflate().on('data', part => out.push(part));
        deflate.on('end', () => console.log(zlib.inflateSync(Buffer.concat(out)).equals(Buffer.concat([text, text]))));
        deflate.write(text);
        deflate.params(0, 0, () => deflate.end(text));";
    let mut expected = String::new();
    for pack in ["gzip", "deflate", "deflateRaw", "brotliCompress", "zstdCompress"] {
        expected += &format!("{pack} true true\nZ_BUF_ERROR\n");
    }
    expected += "Z_DATA_ERROR -3 incorrect header check\ntrue\n";
    assert_eq!(vm.node(&["-e", program]).ok(), expected);
}

fn digests_and_keys_of_passwords(vm: &vm::Vm) {
    let program = "const c = require('crypto'), show = bytes => console.log(Buffer.from(bytes).toString('hex'));
        show(c.createHash('sha256').update('a').digest());
        show(c.createHmac('md5', 'key').update('a').digest());
        show(c.createHash('shake128', { outputLength: 5 }).update('a').digest());
        show(c.pbkdf2Sync('p', 's', 10, 8, 'sha512'));
        show(c.scryptSync('p', 's', 8, { N: 2, r: 1, p: 1 }));
        show(c.hkdfSync('sha256', 'k', 's', 'i', 8));
        console.log(c.randomBytes(9).length, c.timingSafeEqual(Buffer.from('a'), Buffer.from('a')));
        c.subtle.digest('SHA-1', Buffer.from('a')).then(show);";
    let expected = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\n\
        80ea44ccea14cc2263889567cfacccd7\n85c8de88d2\ne75a304a31a1c44b\n48b0d2a8a3272611\n02b0929a9d46e923\n9 true\n\
        86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\n";
    assert_eq!(vm.node(&["-e", program]).ok(), expected);
}

fn serialization(vm: &vm::Vm) {
    let program = "const v8 = require('v8');
        const value = { map: new Map([[1, new Set(['é'])]]), bytes: new Uint16Array([1, 2]), big: 2n ** 70n, date: new Date(0) };
        value.self = value;
        console.log(v8.deserialize(v8.serialize(value)));
        try { v8.serialize(() => {}); } catch (error) { console.log(error.message); }
        try { v8.deserialize(Buffer.from('no')); } catch (error) { console.log(error.message); }
        const writer = new v8.Serializer();
        writer.writeUint64(7, 9); writer.writeDouble(-1.5); writer.writeRawBytes(Buffer.from('raw'));
        const reader = new v8.Deserializer(writer.releaseBuffer());
        console.log(reader.readUint64(), reader.readDouble(), reader.readRawBytes(3).toString());";
    let expected = "<ref *1> {\n  map: Map(1) { 1 => Set(1) { 'é' } },\n  bytes: Uint16Array(2) [ 1, 2 ],\n\
        \x20 big: 1180591620717411303424n,\n  date: 1970-01-01T00:00:00.000Z,\n  self: [Circular *1]\n}\n\
        () => {} could not be cloned.\nUnable to deserialize cloned data due to invalid or unsupported version.\n\
        [ 7, 9 ] -1.5 raw\n";
    assert_eq!(vm.node(&["-e", program]).ok(), expected);
}

fn blobs(vm: &vm::Vm) {
    vm.write("/tmp/text", b"text of a file");
    let program = "const { Blob, resolveObjectURL } = require('buffer');
        (async () => {
            const blob = new Blob(['abc', Buffer.from('def'), new Blob(['ghi'])], { type: 'text/plain' });
            console.log(blob.size, await blob.text(), await blob.slice(2, -2).text());
            console.log(Buffer.from(await structuredClone(blob.slice(1, 4)).arrayBuffer()).toString());
            const url = URL.createObjectURL(blob);
            console.log(await resolveObjectURL(url).text());
            URL.revokeObjectURL(url);
            console.log(resolveObjectURL(url));
            const file = await require('fs').openAsBlob('/tmp/text');
            for await (const part of file.slice(5).stream()) console.log(Buffer.from(part).toString());
            require('fs').appendFileSync('/tmp/text', '!');
            await file.text().catch(error => console.log(error.name));
            console.log(await new Response(blob).text());
        })();";
    let expected = "9 abcdefghi cdefg\nbcd\nabcdefghi\nundefined\nof a file\nNotReadableError\nabcdefghi\n";
    assert_eq!(vm.node(&["-e", program]).ok(), expected);
}

fn ciphers(vm: &vm::Vm) {
    let program = "const c = require('crypto'), key = n => Buffer.alloc(n, 7), iv = Buffer.alloc(16, 9);
        const text = 'this is a text of more than a block';
        for (const [name, size] of [['aes-128-cbc', 16], ['aes-256-ctr', 16], ['aes-192-gcm', 12], ['chacha20-poly1305', 12]]) {
            const { keyLength } = c.getCipherInfo(name), options = { authTagLength: 16 };
            const cipher = c.createCipheriv(name, key(keyLength), iv.subarray(0, size), options);
            const decipher = c.createDecipheriv(name, c.createSecretKey(key(keyLength)), iv.subarray(0, size), options);
            const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
            if (size === 12) decipher.setAuthTag(cipher.getAuthTag());
            console.log(sealed.toString('hex').slice(0, 16), decipher.update(sealed, null, 'utf8') + decipher.final('utf8') === text);
        }
        const forged = c.createDecipheriv('aes-128-gcm', key(16), iv).setAuthTag(iv);
        forged.update('abc');
        try { forged.final(); } catch (error) { console.log(error.message); }
        try { c.createCipheriv('aes-128-cbc', key(15), iv); } catch (error) { console.log(error.code); }";
    let expected = "aa3fb9b910f4df64 true\n73d19151d55baf7f true\nf049e479691a020e true\n881192a4c467f685 true\n\
        Unsupported state or unable to authenticate data\nERR_CRYPTO_INVALID_KEYLEN\n";
    assert_eq!(vm.node(&["-e", program]).ok(), expected);
}
