// Turns the kernel component named by $VIVARIUM_KERNEL into a module for Node.js.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { transpileBytes } from '@bytecodealliance/jco-transpile';

// Instantiation is left to the embedder, once per virtual machine; failures are thrown as errors with a `payload`.
const options = { name: 'kernel', instantiation: 'sync', noComponentErrorWrapping: false };

const path = process.env.VIVARIUM_KERNEL;
if (!path) throw new Error('set VIVARIUM_KERNEL to the path of kernel.wasm');
const { files } = await transpileBytes(readFileSync(path), options);
const output = new URL('build/', import.meta.url).pathname;
for (const [name, content] of Object.entries(files)) {
  // Names begin with the folder given to the transpiler, if any.
  const file = join(output, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
