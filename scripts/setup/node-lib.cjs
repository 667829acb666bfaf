// Writes what the executor takes from the pinned Node binary into a directory:
//
//   lib/**.js      the modules of Node's own library, as they are
//   bindings.json  the data of its native bindings: constants, layouts of shared arrays, names of functions and classes,
//                  the table of command line options. No code.
//
// Usage: node --expose-internals --no-warnings node-lib.cjs DIRECTORY
'use strict';

const fs = require('fs');
const path = require('path');
const { isMap } = require('util').types;
const { internalBinding } = require('internal/test/binding');

const NAMES = `async_context_frame async_wrap blob block_list buffer builtins cares_wrap cjs_lexer config constants
  contextify credentials crypto diagnostics_channel encoding_binding errors fs fs_dir fs_event_wrap heap_utils http2
  http_parser icu inspector ipc_serdes js_stream js_udp_wrap locks messaging mksnapshot module_wrap modules options os
  performance permission pipe_wrap process_methods process_wrap profiler report sea serdes signal_wrap spawn_sync sqlite
  stream_pipe stream_wrap string_decoder symbols task_queue tcp_wrap timers tls_wrap trace_events tty_wrap types udp_wrap
  url url_pattern util uv v8 wasi wasm_web_api watchdog webstorage worker zlib`.split(/\s+/);

const SKIPPED = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

// A value as JSON. What JSON cannot say becomes an object with one key that begins with `$`.
function describe(value, depth) {
  if (value === null) return null;
  switch (typeof value) {
    case 'undefined': return { $undefined: true };
    case 'symbol': return { $symbol: value.description };
    case 'bigint': return { $bigint: value.toString() };
    case 'function': {
      if (!value.prototype) return { $function: value.name };
      const described = { $function: value.name, $class: {} };
      for (const key of Object.getOwnPropertyNames(value.prototype)) {
        if (key === 'constructor') continue;
        const property = Object.getOwnPropertyDescriptor(value.prototype, key);
        described.$class[key] = typeof property.value === 'function' ? 'method' : property.get ? 'accessor' : 'value';
      }
      described.$parent = Object.getPrototypeOf(value).name || null;
      for (const key of Object.getOwnPropertyNames(value)) {
        if (!SKIPPED.has(key) && typeof value[key] === 'number') (described.$static ??= {})[key] = value[key];
      }
      return described;
    }
    case 'object': break;
    default: return value;
  }
  if (ArrayBuffer.isView(value)) return { $array: value.constructor.name, length: value.length };
  if (Array.isArray(value)) return value.map((item) => describe(item, depth + 1));
  if (isMap(value)) return { $map: [...Map.prototype.entries.call(value)].map(([k, v]) => [describe(k, depth + 1), describe(v, depth + 1)]) };
  const described = {};
  if (Object.getPrototypeOf(value) === null) described.$null = true;
  if (depth > 6) return described;
  for (const key of Object.getOwnPropertyNames(value)) described[key] = describe(value[key], depth + 1);
  return described;
}

const [directory] = process.argv.slice(2);
const natives = internalBinding('builtins').natives;
for (const id of Object.keys(natives)) {
  const file = path.join(directory, 'lib', `${id}.js`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, natives[id]);
}

const bindings = {};
for (const name of NAMES) {
  const binding = internalBinding(name);
  const described = {};
  for (const key of Object.getOwnPropertyNames(binding)) {
    // `natives` is the library itself; the console and DOMException belong to the context that dumps.
    if (key === 'natives' || (name === 'inspector' && key === 'console') || key === 'DOMException') continue;
    described[key] = describe(binding[key], 1);
  }
  bindings[name] = described;
}

const info = internalBinding('options').getCLIOptionsInfo();
const data = {
  bindings,
  process: {
    version: process.version,
    versions: process.versions,
    release: process.release,
    config: process.config,
    features: Object.keys(process.features),
  },
  options: {
    info: describe(info, 0),
    values: describe(internalBinding('options').getCLIOptionsValues(), 0),
    environment: describe(internalBinding('options').getEnvOptionsInputType?.(), 0),
    namespaces: describe(internalBinding('options').getNamespaceOptionsInputType?.(), 0),
  },
  errors: [...internalBinding('uv').getErrorMap()].map(([number, [name, text]]) => [number, name, text]),
};
// What was on this very command line is no default.
data.options.values['--expose-internals'] = false;
data.options.values['--warnings'] = true;
fs.writeFileSync(path.join(directory, 'bindings.json'), JSON.stringify(data));
