//! `fs_event_wrap` and `StatWatcher`: telling of changes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::stat;
use crate::Errno;
use crate::bindings::encodings::{self, Encoding};
use crate::bindings::handle::{self, Base, Handle};
use crate::event_loop::{WatchId, Watcher};
use crate::realm::realm;
use crate::sys::{AT_CWD, Events, Fd, FileKind, Stat, Timespec};
use crate::table::{Class, Table};
use crate::value::*;

// Bits of inotify(7).
const ATTRIB: u32 = 0x4;
const MODIFY: u32 = 0x2;
const MOVED: u32 = 0xc0;
const CREATE: u32 = 0x100;
const DELETE: u32 = 0x200;
const DELETE_SELF: u32 = 0x400;
const MOVE_SELF: u32 = 0x800;

/// A watch of one path.
struct FsEvent {
    base: Base,
    fd: Cell<Option<Fd>>,
    watch: Cell<Option<WatchId>>,
    encoding: Cell<Encoding>,
    /// Last part of the path, which events without a name are given.
    name: RefCell<Vec<u8>>,
}

impl Handle for FsEvent {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        let realm = realm(scope);
        if let Some(watch) = self.watch.take() {
            realm.event_loop.unwatch(watch);
        }
        if let Some(fd) = self.fd.take() {
            let _ = realm.sys().close(fd);
        }
    }
}

impl Watcher for FsEvent {
    fn fd(&self) -> Fd {
        self.fd.get().unwrap_or(u32::MAX)
    }

    fn interest(&self) -> Events {
        if self.fd.get().is_some() { Events::READ } else { Events::default() }
    }

    fn is_ref(&self) -> bool {
        self.base.is_ref()
    }

    fn ready(self: Rc<Self>, scope: &mut Scope<'_, '_>, _events: Events) {
        let mut buffer = vec![0; 16 << 10];
        let realm = realm(scope);
        let Some(fd) = self.fd.get() else { return };
        let count = match realm.sys().try_read(fd, &mut buffer) {
            Ok(count) => count,
            Err(Errno::AGAIN | Errno::INTR) => return,
            Err(errno) => return self.report(scope, errno.code(), "", None),
        };
        let mut rest = &buffer[..count];
        // struct inotify_event: watch, mask, cookie, length of the name, name padded with zeros.
        while let Some((head, tail)) = rest.split_first_chunk::<16>() {
            let word = |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let (mask, length) = (word(4), word(12) as usize);
            let padded = &tail[..length.min(tail.len())];
            let name: Vec<u8> = padded.iter().copied().take_while(|byte| *byte != 0).collect();
            rest = &tail[length.min(tail.len())..];
            let renamed = mask & !(ATTRIB | MODIFY) & 0xfff != 0;
            let event = if renamed { "rename" } else { "change" };
            let name = if name.is_empty() { self.name.borrow().clone() } else { name };
            if self.fd.get().is_none() {
                return;
            }
            self.report(scope, 0, event, Some(name));
        }
    }
}

impl FsEvent {
    fn report(&self, scope: &mut Scope<'_, '_>, status: i32, event: &str, file: Option<Vec<u8>>) {
        let status = integer(scope, status);
        let event = string(scope, event).into();
        let file = match file {
            Some(file) if self.encoding.get() == Encoding::Buffer => crate::bindings::buffer::new_buffer(scope, file),
            Some(file) => encodings::decode(scope, &file, self.encoding.get()).map_or_else(|| null(scope), Into::into),
            None => null(scope),
        };
        self.base.call(scope, "onchange", &[status, event, file]);
    }
}

pub(crate) fn table() -> Table {
    let class = Class::new("FSEvent", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let event = FsEvent {
            base: Base::new(scope, this, "FSEVENTWRAP"),
            fd: Cell::new(None),
            watch: Cell::new(None),
            encoding: Cell::new(Encoding::Utf8),
            name: RefCell::default(),
        };
        handle::wrap(scope, this, Rc::new(event));
    });
    let class = handle::methods(class).method("start", start).getter(
        "initialized",
        |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(event) = handle::this::<FsEvent>(scope, &args) else { return };
            rv.set_bool(event.fd.get().is_some() && !event.base.is_closed());
        },
    );
    Table::new("fs_event_wrap").class(class)
}

/// `start(path, persistent, recursive, encoding)`
fn start(scope: &mut Scope, args: Args, mut rv: Ret) {
    let Some(event) = handle::this::<FsEvent>(scope, &args) else { return };
    let path = arg_bytes(scope, &args, 0);
    event.encoding.set(Encoding::parse(scope, args.get(3), Encoding::Utf8));
    let last = path.split(|byte| *byte == b'/').rfind(|part| !part.is_empty()).unwrap_or_default();
    *event.name.borrow_mut() = last.to_vec();
    let realm = realm(scope);
    let opened = realm.sys().watch_open().and_then(|fd| {
        let events = ATTRIB | MODIFY | MOVED | CREATE | DELETE | DELETE_SELF | MOVE_SELF;
        match realm.sys().watch_add(fd, &path, events) {
            Ok(_) => Ok(fd),
            Err(errno) => {
                let _ = realm.sys().close(fd);
                Err(errno)
            }
        }
    });
    match opened {
        Ok(fd) => {
            event.fd.set(Some(fd));
            let watch = realm.event_loop.watch(Rc::clone(&event) as Rc<dyn Watcher>);
            event.watch.set(Some(watch));
            if !args.get(1).is_true() {
                let this = args.this();
                if let Some(unref) = get_function(scope, this, "unref") {
                    let _ = unref.call(scope, this.into(), &[]);
                }
            }
            rv.set_int32(0);
        }
        Err(errno) => rv.set_int32(errno.code()),
    }
}

/// `StatWatcher`: looks at a file again and again, by a thread of timers that only wakes the loop.
struct StatWatcher {
    base: Base,
    bigint: bool,
    path: RefCell<Vec<u8>>,
    interval: Cell<u32>,
    last: RefCell<Option<Stat>>,
    held: Cell<bool>,
    running: Cell<bool>,
}

impl Handle for StatWatcher {
    fn base(&self) -> &Base {
        &self.base
    }

    fn close(&self, scope: &mut Scope<'_, '_>) {
        self.running.set(false);
        if self.held.take() {
            realm(scope).event_loop.release();
        }
    }

    fn ref_changed(&self, scope: &mut Scope<'_, '_>) {
        let want = self.running.get() && self.base.is_ref();
        if want && !self.held.replace(true) {
            realm(scope).event_loop.hold();
        } else if !want && self.held.take() {
            realm(scope).event_loop.release();
        }
    }
}

/// What a file that is not there looks like.
fn absent() -> Stat {
    let zero = Timespec::default();
    Stat {
        device: 0,
        inode: 0,
        kind: FileKind::Unknown,
        mode: 0,
        links: 0,
        uid: 0,
        gid: 0,
        device_id: 0,
        size: 0,
        blocks: 0,
        block_size: 0,
        accessed: zero,
        modified: zero,
        changed: zero,
        created: zero,
    }
}

impl StatWatcher {
    fn arm(self: &Rc<Self>, scope: &mut Scope<'_, '_>) {
        let watcher = Rc::clone(self);
        realm(scope).event_loop.after(u64::from(self.interval.get()), move |scope| watcher.look(scope));
    }

    fn look(self: &Rc<Self>, scope: &mut Scope<'_, '_>) {
        if !self.running.get() {
            return;
        }
        let path = self.path.borrow().clone();
        let result = realm(scope).sys().stat(AT_CWD, &path, true);
        let status = result.err().map_or(0, Errno::code);
        let new = result.unwrap_or_else(|_| absent());
        let old = self.last.borrow_mut().replace(new);
        let changed = match &old {
            Some(old) => {
                old.modified != new.modified
                    || old.changed != new.changed
                    || old.size != new.size
                    || old.inode != new.inode
                    || old.mode != new.mode
            }
            // A file that is not there at the start is told of at once.
            None => status != 0,
        };
        if changed {
            let values = stat::watcher_array(scope, &new, &old.unwrap_or(new), self.bigint);
            let status = integer(scope, status);
            self.base.call(scope, "onchange", &[status, values]);
        }
        if self.running.get() {
            self.arm(scope);
        }
    }
}

pub(super) fn stat_watcher_class() -> Class {
    let class = Class::new("StatWatcher", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let watcher = StatWatcher {
            base: Base::new(scope, this, "STATWATCHER"),
            bigint: args.get(0).is_true(),
            path: RefCell::default(),
            interval: Cell::new(5007),
            last: RefCell::default(),
            held: Cell::new(false),
            running: Cell::new(false),
        };
        handle::wrap(scope, this, Rc::new(watcher));
    });
    handle::methods(class).method("start", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let Some(watcher) = handle::this::<StatWatcher>(scope, &args) else { return };
        *watcher.path.borrow_mut() = arg_bytes(scope, &args, 0);
        watcher.interval.set(arg_u32(scope, &args, 1).max(1));
        watcher.running.set(true);
        watcher.ref_changed(scope);
        let first = Rc::clone(&watcher);
        realm(scope).event_loop.after(0, move |scope| first.look(scope));
        rv.set_int32(0);
    })
}
