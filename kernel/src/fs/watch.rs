//! Change notification, in the manner of Linux inotify(7). Changes are seen that go through this kernel.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::WatchEvents;
use super::inode::Ino;
use super::location::{Location, Node, Place};
use crate::open_file::{FileObject, OpenFlags};
use crate::poll::Events;
use crate::{AT_FDCWD, Errno, Fd, Kernel, Result, Tid, WaitQueue};

/// Events kept for a reader; further ones are lost, and one IN_Q_OVERFLOW tells so.
const QUEUE_MAX: usize = 16384;
const IN_Q_OVERFLOW: u32 = 0x4000;
const IN_IGNORED: u32 = 0x8000;
const IN_ISDIR: u32 = 0x4000_0000;
/// Size of struct inotify_event before the name.
const HEADER: usize = 16;

/// A queue of events and the watches that feed it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    watches: BTreeMap<u32, Watching>,
    /// Number of the latest watch: numbers are not used again.
    last: u32,
    queue: VecDeque<Event>,
    waiters: WaitQueue,
}

/// One watched file.
#[derive(Debug, Serialize, Deserialize)]
struct Watching {
    location: Location,
    events: WatchEvents,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Event {
    watch: i32,
    mask: u32,
    cookie: u32,
    #[serde(with = "serde_bytes")]
    name: Vec<u8>,
}

/// Whether anything is watched, and how renames are told apart.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Watched {
    count: u32,
    cookie: u32,
}

impl Watched {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many files are watched.
    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    pub(crate) fn next_cookie(&mut self) -> u32 {
        self.cookie = self.cookie.wrapping_add(1).max(1);
        self.cookie
    }
}

impl Event {
    /// Length in the reader's buffer: the name with at least one NUL, in multiples of the header.
    fn length(&self) -> usize {
        HEADER + if self.name.is_empty() { 0 } else { (self.name.len() + 1).next_multiple_of(HEADER) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.length();
        out.extend_from_slice(&self.watch.to_le_bytes());
        out.extend_from_slice(&self.mask.to_le_bytes());
        out.extend_from_slice(&self.cookie.to_le_bytes());
        out.extend_from_slice(&((self.length() - HEADER) as u32).to_le_bytes());
        out.extend_from_slice(&self.name);
        out.resize(end, 0);
    }
}

impl Watch {
    /// How many files it watches.
    pub(super) fn len(&self) -> usize {
        self.watches.len()
    }

    pub(crate) fn each_place(&mut self, visit: &mut impl FnMut(&mut Place)) {
        self.watches.values_mut().for_each(|watching| visit(watching.location.place_mut()));
    }

    fn push(&mut self, event: Event) {
        // A repeated event says nothing new while the one before is unread.
        if self.queue.back() == Some(&event) {
            return;
        }
        match self.queue.len() {
            QUEUE_MAX.. => {}
            length if length + 1 == QUEUE_MAX => {
                self.queue.push_back(Event { watch: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: Vec::new() });
            }
            _ => self.queue.push_back(event),
        }
    }
}

/// The bits of inotify(7).
fn mask_of(events: WatchEvents) -> u32 {
    let bits = [
        (WatchEvents::MODIFY, 0x2),
        (WatchEvents::ATTRIB, 0x4),
        (WatchEvents::CLOSE_WRITE, 0x8),
        (WatchEvents::MOVE_FROM, 0x40),
        (WatchEvents::MOVE_TO, 0x80),
        (WatchEvents::CREATE, 0x100),
        (WatchEvents::DELETE, 0x200),
        (WatchEvents::DELETE_SELF, 0x400),
        (WatchEvents::MOVE_SELF, 0x800),
    ];
    bits.iter().filter(|(event, _)| events.contains(*event)).fold(0, |mask, (_, bit)| mask | bit)
}

impl Kernel {
    /// A descriptor on which events of watched files are read.
    pub fn watch_open(&mut self, tid: Tid, flags: OpenFlags) -> Result<Fd> {
        let pid = self.enter(tid)?;
        let watch = self.state.watches.insert(Watch::default());
        let flags = OpenFlags::READ | flags & (OpenFlags::NONBLOCK | OpenFlags::CLOSE_ON_EXEC);
        Ok(self.install(pid, FileObject::Watch(watch), flags)?)
    }

    /// Watches the file at a path, following links. A file that is watched already keeps its number.
    pub fn watch_add(&mut self, tid: Tid, watch: Fd, path: &[u8], events: WatchEvents) -> Result<u32> {
        let pid = self.enter(tid)?;
        let watch = self.watch_of(pid, watch)?;
        if events.is_empty() {
            return Err(Errno::INVAL.into());
        }
        let found = self.resolve(pid, AT_FDCWD, path, true)?;
        let permissions = self.permissions_of(&found)?;
        self.process(pid).credentials().check(permissions, super::AccessMode::READ)?;
        let present = self.watch_mut(watch).watches.iter_mut().find(|(_, watching)| *watching.location == found.place);
        if let Some((&number, watching)) = present {
            watching.events = events;
            return Ok(number);
        }
        let location = self.hold(found.place);
        self.state.vfs.watched.count += 1;
        let queue = self.watch_mut(watch);
        queue.last += 1;
        queue.watches.insert(queue.last, Watching { location, events });
        Ok(queue.last)
    }

    /// Ends one watch; IN_IGNORED tells the reader so.
    pub fn watch_remove(&mut self, tid: Tid, watch: Fd, number: u32) -> Result<()> {
        let pid = self.enter(tid)?;
        let watch = self.watch_of(pid, watch)?;
        if !self.watch_mut(watch).watches.contains_key(&number) {
            return Err(Errno::INVAL.into());
        }
        self.watch_end(watch, number);
        Ok(())
    }

    fn watch_end(&mut self, watch: u32, number: u32) {
        let Some(queue) = self.state.watches.get_mut(watch) else { return };
        let Some(watching) = queue.watches.remove(&number) else { return };
        queue.push(Event { watch: number as i32, mask: IN_IGNORED, cookie: 0, name: Vec::new() });
        queue.waiters.wake(&mut *self.host);
        self.state.vfs.watched.count -= 1;
        self.location_drop(watching.location);
    }

    fn watch_of(&self, pid: crate::Pid, fd: Fd) -> Result<u32, Errno> {
        match self.file(self.open_file(pid, fd)?).object {
            FileObject::Watch(watch) => Ok(watch),
            _ => Err(Errno::INVAL),
        }
    }

    fn watch_mut(&mut self, watch: u32) -> &mut Watch {
        self.state.watches.get_mut(watch).expect("watch of an open file")
    }

    /// Reads whole events, as many as fit.
    pub(crate) fn watch_read(&mut self, tid: Tid, watch: u32, length: u32, nonblock: bool) -> Result<Vec<u8>> {
        let queue = self.watch_mut(watch);
        let Some(first) = queue.queue.front() else {
            queue.waiters.wait(tid);
            return self.block(tid, nonblock);
        };
        if first.length() > length as usize {
            return Err(Errno::INVAL.into());
        }
        let mut out = Vec::new();
        while let Some(event) = queue.queue.front()
            && out.len() + event.length() <= length as usize
        {
            event.write(&mut out);
            queue.queue.pop_front();
        }
        Ok(out)
    }

    pub(crate) fn watch_available(&self, watch: u32) -> u64 {
        let queue = &self.state.watches.get(watch).expect("watch of an open file").queue;
        queue.iter().map(|event| event.length() as u64).sum()
    }

    /// Readiness of an event queue; with a task, the task is put on its wait queue.
    pub(crate) fn watch_poll(&mut self, tid: Option<Tid>, watch: u32) -> Events {
        let queue = self.watch_mut(watch);
        if let Some(tid) = tid {
            queue.waiters.wait(tid);
        }
        if queue.queue.is_empty() { Events::empty() } else { Events::READABLE }
    }

    pub(crate) fn watch_close(&mut self, watch: u32) {
        let Some(queue) = self.state.watches.remove(watch) else { return };
        self.state.vfs.watched.count -= queue.watches.len() as u32;
        for watching in queue.watches.into_values() {
            self.location_drop(watching.location);
        }
    }

    /// An event of an entry of a directory.
    pub(crate) fn notify_entry(
        &mut self,
        directory: &Place,
        name: &[u8],
        event: WatchEvents,
        is_directory: bool,
        cookie: u32,
    ) {
        if !self.state.vfs.watched.is_empty() {
            let directory = self.settle(directory.clone());
            self.deliver(&directory, event, name, is_directory, cookie);
        }
    }

    /// An event of a file itself, told to those who watch it and to those who watch the directory it is in.
    pub(crate) fn notify(&mut self, place: &Place, event: WatchEvents) {
        if self.state.vfs.watched.is_empty() {
            return;
        }
        let place = &self.settle(place.clone());
        let is_directory = match &place.node {
            &Node::Inode(ino) => self.state.vfs.inodes[ino].directory().is_ok(),
            _ => false,
        };
        self.deliver(place, event, b"", is_directory, 0);
        if event.intersects(WatchEvents::MODIFY | WatchEvents::ATTRIB | WatchEvents::CLOSE_WRITE)
            && let Some(path) = self.path_of(place)
            && let Some(slash) = path.iter().rposition(|&byte| byte == b'/')
            && path.len() > 1
        {
            let parent = match &place.node {
                &Node::Inode(ino) => Place::inode(place.mount, self.state.vfs.inodes[ino].parent),
                _ => self.parent_of(place.clone()),
            };
            self.deliver(&parent, event, &path[slash + 1..], is_directory, 0);
        }
        if event == WatchEvents::DELETE_SELF {
            self.end_watches_of(place);
        }
    }

    /// As `notify`, of a file in kernel memory.
    pub(crate) fn notify_inode(&mut self, ino: Ino, event: WatchEvents) {
        if !self.state.vfs.watched.is_empty() {
            self.notify(&Place::inode(self.state.vfs.inodes[ino].mount, ino), event);
        }
    }

    fn deliver(&mut self, place: &Place, event: WatchEvents, name: &[u8], is_directory: bool, cookie: u32) {
        for (_, queue) in self.state.watches.iter_mut() {
            let watching = queue.watches.iter().filter(|(_, watching)| *watching.location == *place);
            let wanted: Vec<i32> =
                watching.filter(|(_, watching)| watching.events.intersects(event)).map(|(&n, _)| n as i32).collect();
            for watch in wanted {
                let mask = mask_of(event) | if is_directory { IN_ISDIR } else { 0 };
                queue.push(Event { watch, mask, cookie, name: name.to_vec() });
                queue.waiters.wake(&mut *self.host);
            }
        }
    }

    fn end_watches_of(&mut self, place: &Place) {
        let ended: Vec<(u32, u32)> = self
            .state
            .watches
            .iter()
            .flat_map(|(watch, queue)| queue.watches.iter().map(move |(&number, watching)| (watch, number, watching)))
            .filter(|(.., watching)| *watching.location == *place)
            .map(|(watch, number, _)| (watch, number))
            .collect();
        for (watch, number) in ended {
            self.watch_end(watch, number);
        }
    }
}
