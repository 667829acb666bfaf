import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemoryStore, Stores } from '../store.mjs';
import { CWD, CallError, Vm } from '../vm.mjs';

const bytes = (text) => new TextEncoder().encode(text);
const text = (data) => new TextDecoder().decode(data);

const config = (root) => ({
  hostname: bytes('node'),
  mounts: [
    { target: bytes('/'), source: root, readOnly: false, name: bytes('root') },
    { target: bytes('/proc'), source: { tag: 'proc' }, readOnly: false, name: bytes('proc') },
    { target: bytes('/dev'), source: { tag: 'dev' }, readOnly: false, name: bytes('dev') },
  ],
  limits: { processes: 64, openFiles: 256, openFilesPerProcess: 64, memory: 64n << 20n, inodes: 10000n, pipeCapacity: 65536, cpu: 0n },
  environment: [bytes('PATH=/bin')],
  cwd: bytes('/'),
  umask: 0o022,
  uid: 0,
  gid: 0,
});

const MEMORY = { tag: 'memory' };

function boot({ root = MEMORY, store = new MemoryStore(), programs = {} } = {}) {
  const vm = new Vm(new Stores(store), programs);
  vm.boot(config(root));
  return vm;
}

async function writeFile(vm, path, content, mode = 0o644) {
  const fd = await vm.call(vm.tid, 'fs', 'open', CWD, bytes(path), { write: true, create: true, truncate: true }, mode);
  await vm.write(vm.tid, fd, bytes(content));
  await vm.call(vm.tid, 'fs', 'close', fd);
}

async function readFile(vm, path) {
  const fd = await vm.call(vm.tid, 'fs', 'open', CWD, bytes(path), { read: true }, 0);
  const chunks = [];
  for (;;) {
    const data = await vm.read(vm.tid, fd, 65536);
    if (data.length === 0) break;
    chunks.push(data);
  }
  await vm.call(vm.tid, 'fs', 'close', fd);
  return text(Buffer.concat(chunks));
}

const errno = (name) => (error) => error instanceof CallError && error.errno === name;

test('the kernel says what it is', () => {
  const { name, contract } = new Vm(new Stores()).kernel.system.version();
  assert.match(name, /^vivarium-kernel /);
  assert.deepEqual(contract.slice(0, 2), [0, 1]);
});

test('files in kernel memory', async () => {
  const vm = boot();
  await vm.call(vm.tid, 'fs', 'mkdir', CWD, bytes('/d'), 0o755);
  await writeFile(vm, '/d/file', 'content');
  assert.equal(await readFile(vm, '/d/../d/file'), 'content');
  await assert.rejects(readFile(vm, '/missing'), errno('noent'));
  await assert.rejects(vm.call(vm.tid, 'fs', 'rmdir', CWD, bytes('/d')), errno('notempty'));
  assert.match(await readFile(vm, '/proc/mounts'), /^root \/ tmpfs/);
});

test('files of the embedder: bytes go past the kernel', async () => {
  const store = new MemoryStore();
  store.create('greeting', 'regular', 0o644, bytes('from outside'));
  const vm = boot({ root: { tag: 'store', val: { store: 0, immutable: false } }, store });
  assert.equal(await readFile(vm, '/greeting'), 'from outside');
  await writeFile(vm, '/answer', 'from inside');
  assert.equal(text(store.get('answer').content), 'from inside');
});

test('programs, pipes and waiting', async () => {
  // A program reads its input, and writes it in capitals to its output.
  const shout = async (vm, { tid }) => {
    for (;;) {
      const data = await vm.read(tid, 0, 4);
      if (data.length === 0) return 7;
      await vm.write(tid, 1, bytes(text(data).toUpperCase()));
    }
  };
  const vm = boot({ programs: { shout } });
  await writeFile(vm, '/shout', '\0vivshout\n', 0o755);
  const [input, toChild] = await vm.call(vm.tid, 'fs', 'pipe', { closeOnExec: true });
  const [fromChild, output] = await vm.call(vm.tid, 'fs', 'pipe', { closeOnExec: true });
  const program = { path: bytes('/shout'), arguments: [bytes('shout')], environment: [] };
  const actions = [{ tag: 'dup', val: [input, 0] }, { tag: 'dup', val: [output, 1] }];
  const attributes = { newSession: false, foreground: false, signalDefault: 0n, signalIgnore: 0n, limits: [] };
  const pid = await vm.call(vm.tid, 'proc', 'spawn', program, actions, attributes);
  await vm.call(vm.tid, 'fs', 'close', input);
  await vm.call(vm.tid, 'fs', 'close', output);

  // Nothing is there yet: the poll waits until the child has answered.
  const polled = vm.call(vm.tid, 'poll', 'poll', [{ fd: fromChild, events: { readable: true } }], undefined);
  const writer = await vm.call(vm.tid, 'proc', 'taskCreate');
  await vm.write(writer, toChild, bytes('hello'));
  assert.equal((await polled)[0].events.readable, true);

  // The kernel is replaced by a fresh instance while the child waits for more.
  await new Promise((resume) => setTimeout(resume, 10));
  assert.ok(vm.swap() > 0);
  await vm.write(writer, toChild, bytes(' again'));
  await vm.call(writer, 'fs', 'close', toChild);
  let received = '';
  for (;;) {
    const data = await vm.read(vm.tid, fromChild, 100);
    if (data.length === 0) break;
    received += text(data);
  }
  assert.equal(received, 'HELLO AGAIN');
  const status = await vm.call(vm.tid, 'proc', 'wait', { tag: 'child', val: pid }, {});
  assert.deepEqual([status.pid, status.change], [pid, { tag: 'exited', val: 7 }]);
});

test('sockets, and no way outside', async () => {
  const vm = boot();
  const socket = () => vm.call(vm.tid, 'net', 'socket', 'ipv4', 'stream', false, false);
  const [listener, client] = [await socket(), await socket()];
  const address = { tag: 'ipv4', val: [0x7f000001, 8080] };
  await vm.call(vm.tid, 'net', 'bind', listener, address);
  await vm.call(vm.tid, 'net', 'listen', listener, 5);
  await vm.call(vm.tid, 'net', 'connect', client, address);
  const [server] = await vm.call(vm.tid, 'net', 'accept', listener, false, false);
  await vm.write(vm.tid, client, bytes('ping'));
  const { data } = await vm.call(vm.tid, 'net', 'receive', server, 100, {});
  assert.equal(text(data), 'ping');
  const outside = vm.call(vm.tid, 'net', 'connect', await socket(), { tag: 'ipv4', val: [0x08080808, 53] });
  await assert.rejects(outside, errno('acces'));
  assert.equal(vm.audit.at(-1).operation, 'connect');
  assert.equal(vm.audit.at(-1).verdict, 'denied');
});

test('timers come due', async () => {
  const vm = boot();
  const [one] = await vm.call(vm.tid, 'net', 'socketpair', 'stream', false, false);
  await vm.call(vm.tid, 'net', 'setOption', one, 'receive-timeout', 20_000_000n);
  await assert.rejects(vm.read(vm.tid, one, 1), errno('again'));
});

test('a snapshot that is damaged is refused', () => {
  const vm = boot();
  const state = vm.kernel.system.snapshot();
  const fresh = new Vm(new Stores());
  assert.throws(() => fresh.kernel.system.restore(state.subarray(0, 100), true), (error) => /snapshot/.test(error.payload));
  assert.equal(fresh.kernel.system.restore(state, true), vm.tid);
});
