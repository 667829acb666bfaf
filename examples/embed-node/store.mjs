// A file tree in this process's memory, as `vivarium:host/store` asks for one. A store knows nothing of users: the kernel
// checks permissions. Failures are thrown as the names of their error numbers.

const NOW = () => ({ seconds: BigInt(Math.floor(Date.now() / 1000)), nanoseconds: (Date.now() % 1000) * 1_000_000 });

export class MemoryStore {
  #files = new Map();
  #nextInode = 1n;

  constructor() {
    this.#make('', 'directory', 0o755);
  }

  #make(path, kind, mode, content = new Uint8Array()) {
    const time = NOW();
    const file = { inode: this.#nextInode++, kind, mode, content, links: 1n, accessed: time, modified: time, changed: time, created: time };
    this.#files.set(path, file);
    return file;
  }

  get(path) {
    const file = this.#files.get(path);
    if (file === undefined) throw 'noent';
    return file;
  }

  stat(file) {
    const { inode, kind, mode, links, content, accessed, modified, changed, created } = file;
    const size = BigInt(content.length);
    const blocks = (size + 511n) / 512n;
    return { device: 1n, inode, kind, mode, links, uid: 0, gid: 0, deviceId: 0n, size, blocks, blockSize: 4096, accessed, modified, changed, created };
  }

  // The file at a path, or the first one on the way that is no directory: the kernel follows links itself.
  walk(path) {
    let consumed = 0;
    for (;;) {
      const file = this.get(path.slice(0, consumed));
      if (consumed === path.length || file.kind !== 'directory') return { consumed, stat: this.stat(file) };
      const slash = path.indexOf('/', consumed + 1);
      consumed = slash === -1 ? path.length : slash;
    }
  }

  create(path, kind, mode, content) {
    if (this.#files.has(path)) throw 'exist';
    if (this.get(parent(path)).kind !== 'directory') throw 'notdir';
    return this.#make(path, kind, mode, content);
  }

  remove(path, directory) {
    const file = this.get(path);
    if (directory !== (file.kind === 'directory')) throw directory ? 'notdir' : 'isdir';
    if (directory && this.names(path).length > 0) throw 'notempty';
    this.#files.delete(path);
    file.links -= 1n;
  }

  link(old, path) {
    if (this.#files.has(path)) throw 'exist';
    const file = this.get(old);
    this.#files.set(path, file);
    file.links += 1n;
  }

  rename(old, path, noReplace) {
    const file = this.get(old);
    if (this.#files.has(path)) {
      if (noReplace) throw 'exist';
      this.remove(path, file.kind === 'directory');
    }
    for (const [name, moved] of [...this.#files]) {
      if (name !== old && !name.startsWith(`${old}/`)) continue;
      this.#files.delete(name);
      this.#files.set(path + name.slice(old.length), moved);
    }
  }

  names(path) {
    return [...this.#files.keys()].filter((name) => name !== '' && parent(name) === path);
  }
}

const parent = (path) => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

// The functions of `vivarium:host/store` over some stores, numbered in order. Handles go on meaning the same for as long
// as this object lives, whatever kernel uses them.
export class Stores {
  #stores;
  #handles = [];

  constructor(...stores) {
    this.#stores = stores;
  }

  #file(handle) {
    const file = this.#handles[handle];
    if (file === undefined) throw 'badf';
    return file;
  }

  // Moves bytes for a guest: what the kernel answers an extent for never passes through it.
  read({ handle, offset, length }) {
    return this.#file(handle).file.content.slice(Number(offset), Number(offset) + length);
  }

  write({ handle, offset, append }, data) {
    const { file } = this.#file(handle);
    const start = append ? file.content.length : Number(offset);
    const content = new Uint8Array(Math.max(file.content.length, start + data.length));
    content.set(file.content);
    content.set(data, start);
    file.content = content;
    file.modified = file.changed = NOW();
    return data.length;
  }

  imports() {
    const text = (bytes) => Buffer.from(bytes).toString('latin1');
    const bytes = (name) => new Uint8Array(Buffer.from(name, 'latin1'));
    const at = (store) => {
      if (this.#stores[store] === undefined) throw 'nodev';
      return this.#stores[store];
    };
    return {
      walk: (store, path) => at(store).walk(text(path)),
      open: (number, path, flags, mode) => {
        const [store, name] = [at(number), text(path)];
        let file;
        try {
          file = store.get(name);
        } catch (errno) {
          if (!flags.create) throw errno;
          file = store.create(name, 'regular', mode);
        }
        if (flags.directory && file.kind !== 'directory') throw 'notdir';
        if (flags.truncate) file.content = new Uint8Array();
        const free = this.#handles.indexOf(undefined);
        const handle = free === -1 ? this.#handles.length : free;
        this.#handles[handle] = { store, name, file };
        return handle;
      },
      close: (handle) => {
        this.#handles[handle] = undefined;
      },
      stat: (handle) => {
        const { store, file } = this.#file(handle);
        return store.stat(file);
      },
      read: (handle, offset, length) => this.read({ handle, offset, length }),
      truncate: (handle, length) => {
        const { file } = this.#file(handle);
        const content = new Uint8Array(Number(length));
        content.set(file.content.subarray(0, content.length));
        file.content = content;
      },
      sync: (handle) => {
        this.#file(handle);
      },
      readdir: (handle, cookie, count) => {
        const { store, name } = this.#file(handle);
        return store.names(name).map((path, index) => {
          const { inode, kind } = store.get(path);
          return { inode, kind, name: bytes(path.slice(name === '' ? 0 : name.length + 1)), next: BigInt(index + 1) };
        }).slice(Number(cookie), Number(cookie) + count);
      },
      readlink: (store, path) => {
        const file = at(store).get(text(path));
        if (file.kind !== 'symlink') throw 'inval';
        return file.content;
      },
      mkdir: (store, path, mode) => { at(store).create(text(path), 'directory', mode); },
      symlink: (store, target, path) => { at(store).create(text(path), 'symlink', 0o777, target); },
      link: (store, old, path) => at(store).link(text(old), text(path)),
      unlink: (store, path) => at(store).remove(text(path), false),
      rmdir: (store, path) => at(store).remove(text(path), true),
      rename: (store, old, path, noReplace) => at(store).rename(text(old), text(path), noReplace),
      setMode: (store, path, mode) => { at(store).get(text(path)).mode = mode; },
      setTimes: (store, path, accessed, modified) => {
        const file = at(store).get(text(path));
        file.accessed = accessed ?? file.accessed;
        file.modified = modified ?? file.modified;
      },
      space: () => ({ blockSize: 4096, blocks: 1000n, blocksFree: 1000n, files: 1000n, filesFree: 1000n }),
    };
  }
}
