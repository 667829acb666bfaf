// All of WASI that a kernel is given: clocks and randomness. It has no arguments, environment, files or sockets; what it
// would print (a panic) goes to this process's standard error.

import { randomBytes } from 'node:crypto';

class Stream {
  checkWrite() {
    return 65536n;
  }
  write(contents) {
    process.stderr.write(contents);
  }
  blockingFlush() {}
  subscribe() {
    return new Pollable();
  }
}

class Pollable {
  block() {}
}

const none = () => undefined;

export const wasi = {
  'wasi:cli/environment': { getEnvironment: () => [] },
  'wasi:cli/exit': {
    exit: () => {
      throw new Error('the kernel has exited');
    },
  },
  'wasi:cli/stdin': { getStdin: () => new Stream() },
  'wasi:cli/stdout': { getStdout: () => new Stream() },
  'wasi:cli/stderr': { getStderr: () => new Stream() },
  'wasi:cli/terminal-input': { TerminalInput: class {} },
  'wasi:cli/terminal-output': { TerminalOutput: class {} },
  'wasi:cli/terminal-stdin': { getTerminalStdin: none },
  'wasi:cli/terminal-stdout': { getTerminalStdout: none },
  'wasi:cli/terminal-stderr': { getTerminalStderr: none },
  'wasi:clocks/monotonic-clock': { now: () => process.hrtime.bigint() },
  'wasi:clocks/wall-clock': {
    now: () => ({ seconds: BigInt(Math.floor(Date.now() / 1000)), nanoseconds: (Date.now() % 1000) * 1_000_000 }),
  },
  'wasi:io/error': { Error: class {} },
  'wasi:io/poll': { Pollable },
  'wasi:io/streams': { InputStream: Stream, OutputStream: Stream },
  'wasi:random/random': { getRandomBytes: (length) => new Uint8Array(randomBytes(Number(length))) },
};
