// Run by the pinned Node binary with --expose-internals: writes Node's own JavaScript library, and the data its C++
// side hands to it, to the folder named by the first argument.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { internalBinding } = require('internal/test/binding');

const out = process.argv[2];
const write = (name, text) => {
  const file = path.join(out, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
};
const json = (value) => `${JSON.stringify(value, (_, v) => (
  v instanceof Map ? Object.fromEntries(v) :
    v instanceof Set ? [...v] :
      typeof v === 'bigint' ? `${v}n` :
        v === undefined ? null : v), 1)}\n`;

const builtins = internalBinding('builtins');
const { natives } = builtins;
const ids = Object.keys(natives).sort();
for (const id of ids) write(`${id}.js`, natives[id]);

// The text of `internalBinding('builtins').config`, which Node's library parses for process.config.
write('config.json', builtins.config);

// What the option parser yields with no option given, and what it knows of each option.
const options = internalBinding('options');
write('options.json', json({
  values: options.getCLIOptionsValues(),
  info: options.getCLIOptionsInfo(),
  embedder: options.getEmbedderOptions(),
  envSettings: options.envSettings,
  types: options.types,
}));

// Constants that C++ defines. Those of the operating system are Linux's on x86-64 and arm64 alike.
write('constants.json', json(internalBinding('constants')));
write('errmap.json', json([...internalBinding('uv').getErrorMap()].map(([number, [name, message]]) => ({ number, name, message }))));

// The index last: with it the folder is whole.
write('builtins.json', json({
  version: process.version,
  versions: process.versions,
  release: process.release,
  ids,
  canBeRequired: builtins.builtinCategories.canBeRequired,
  cannotBeRequired: builtins.builtinCategories.cannotBeRequired,
  builtinModules: require('node:module').builtinModules,
  allowedNodeEnvironmentFlags: [...process.allowedNodeEnvironmentFlags],
}));
