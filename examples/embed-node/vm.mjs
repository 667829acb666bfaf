// A virtual machine: one kernel instance, and what it asks of its embedder.
//
// The kernel never blocks. A call that would have to wait answers `blocked`; it is made again when the kernel has asked for
// the task to be woken. Here that is a promise, so that a call which may block is an `await`.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { instantiate } from './build/kernel.js';
import { wasi } from './wasi.mjs';

/** The current directory, in place of a directory's descriptor. */
export const CWD = 0xffffff9c;

const modules = new Map();

function coreModule(name) {
  if (!modules.has(name)) {
    const path = fileURLToPath(new URL(`./build/${name}`, import.meta.url));
    modules.set(name, new WebAssembly.Module(readFileSync(path)));
  }
  return modules.get(name);
}

/** A call failed, for the reason that `errno` names. */
export class CallError extends Error {
  constructor(errno) {
    super(errno);
    this.errno = errno;
  }
}

/** The task that made a call is over. */
export class Gone extends Error {}

export class Vm {
  /** Audit events, in order. */
  audit = [];
  #programs;
  #stores;
  #waiting = new Map();
  #woken = new Set();
  #timer;

  /** `programs`: by the name of their native runtime, functions of the VM and the start request. */
  constructor(stores, programs = {}) {
    this.#stores = stores;
    this.#programs = programs;
    this.kernel = this.#instance();
  }

  #instance() {
    return instantiate(coreModule, {
      ...wasi,
      'vivarium:host/store': this.#stores.imports(),
      'vivarium:host/audit': { report: (event) => this.audit.push(event) },
      'vivarium:host/tasks': {
        wake: (tid) => this.#wake(tid),
        start: (request) => queueMicrotask(() => this.#run(request)),
        setTimer: (instant) => this.#setTimer(instant),
      },
    });
  }

  boot(config) {
    this.tid = this.kernel.system.boot(config);
    return this.tid;
  }

  /** Goes on in a fresh kernel instance, with everything as it was. */
  swap() {
    const state = this.kernel.system.snapshot();
    this.kernel = this.#instance();
    this.tid = this.kernel.system.restore(state, true);
    for (const tid of [...this.#waiting.keys()]) this.#wake(tid);
    return state.length;
  }

  #wake(tid) {
    const resume = this.#waiting.get(tid);
    this.#waiting.delete(tid);
    // A wake between the kernel's `blocked` and our waiting must not be lost.
    if (resume === undefined) this.#woken.add(tid);
    else resume();
  }

  #setTimer(instant) {
    clearTimeout(this.#timer);
    const delay = Number(instant - process.hrtime.bigint()) / 1e6;
    if (delay < 2 ** 31) this.#timer = setTimeout(() => this.kernel.system.tick(), Math.max(0, Math.ceil(delay)));
  }

  async #run(request) {
    const program = this.#programs[request.runtime.val];
    let status = 127;
    try {
      status = (await program?.(this, request)) ?? 0;
    } catch (error) {
      if (error instanceof Gone) return;
      status = 1;
    }
    this.kernel.proc.exit(request.tid, status);
  }

  /** Makes a call for a task until it gives a result: `vm.call(tid, 'fs', 'mkdir', …)`. */
  async call(tid, name, operation, ...args) {
    for (;;) {
      this.#woken.delete(tid);
      try {
        return this.kernel[name][operation](tid, ...args);
      } catch (error) {
        const fault = error.payload;
        if (fault?.tag === 'errno') throw new CallError(fault.val);
        if (fault?.tag === 'gone') throw new Gone();
        if (fault?.tag !== 'blocked') throw error;
      }
      if (!this.#woken.has(tid)) await new Promise((resume) => this.#waiting.set(tid, resume));
    }
  }

  async read(tid, fd, length) {
    const input = await this.call(tid, 'fs', 'read', fd, length);
    if (input.tag === 'bytes') return input.val;
    const data = this.#stores.read(input.val);
    await this.call(tid, 'fs', 'advance', fd, BigInt(data.length));
    return data;
  }

  /** Writes all of it. */
  async write(tid, fd, data) {
    while (data.length > 0) {
      const output = await this.call(tid, 'fs', 'write', fd, data);
      let count = output.val;
      if (output.tag === 'host') {
        count = this.#stores.write(output.val, data.subarray(0, output.val.length));
        await this.call(tid, 'fs', 'advance', fd, BigInt(count));
      }
      data = data.subarray(count);
    }
  }
}
