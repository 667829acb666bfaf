//! `poll_oneoff`.

use bytemuck::{Pod, Zeroable};
use vivarium_runner::{Errno, Fault, monotonic, poll};
use wasmtime::Linker;

use super::MODULE;
use super::clock;
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

/// `subscription`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Subscription {
    userdata: u64,
    tag: u8,
    pad: [u8; 7],
    /// Of a clock: its number. Of a descriptor: the descriptor.
    what: u32,
    pad2: u32,
    timeout: u64,
    precision: u64,
    flags: u16,
    pad3: [u8; 6],
}

/// `event`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Event {
    userdata: u64,
    error: u16,
    kind: u8,
    pad: [u8; 5],
    bytes: u64,
    flags: u16,
    pad2: [u8; 6],
}

const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;
/// `subclockflags`: the timeout is an instant.
const ABSTIME: u16 = 1;
/// `eventrwflags`: the other side is closed.
const HANGUP: u16 = 1;
/// More than any program waits for at once.
const MAX_SUBSCRIPTIONS: u32 = 1 << 16;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn poll_oneoff(subscriptions: u32, events: u32, count: u32, used: u32);
    }
    Ok(())
}

fn poll_oneoff(
    guest: &mut Guest,
    memory: &mut GuestMemory<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    used: u32,
) -> Result<(), Fault> {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::Inval.into());
    }
    let subscriptions: Vec<Subscription> = memory.load_all(subscriptions, count)?;
    memory.bytes(events, count * size_of::<Event>() as u32)?;
    // Relative times count from the first try.
    let since = *guest.call.since.get_or_insert_with(monotonic);
    let mut instants = Vec::new();
    let mut fds = Vec::new();
    for subscription in &subscriptions {
        match subscription.tag {
            CLOCK => {
                let since = (subscription.flags & ABSTIME == 0).then_some(since);
                instants.push(clock::deadline(guest, subscription.what, subscription.timeout, since)?);
            }
            FD_READ => fds.push(poll::PollFd { fd: subscription.what, events: poll::Events::READABLE }),
            FD_WRITE => fds.push(poll::PollFd { fd: subscription.what, events: poll::Events::WRITABLE }),
            _ => return Err(Errno::Inval.into()),
        }
    }
    guest.call.deadline = instants.iter().copied().min();
    let ready = guest.task.poll(&fds, guest.call.deadline)?;
    let now = monotonic();
    let mut instants = instants.into_iter();
    let mut ready = ready.into_iter().peekable();
    let mut stored = 0;
    for subscription in &subscriptions {
        let mut event = Event { userdata: subscription.userdata, kind: subscription.tag, ..Event::zeroed() };
        if subscription.tag == CLOCK {
            if instants.next().is_some_and(|at| at > now) {
                continue;
            }
        } else {
            // The kernel gives the ready ones in the order asked.
            let wanted = if subscription.tag == FD_READ { poll::Events::READABLE } else { poll::Events::WRITABLE };
            let others = poll::Events::ERROR | poll::Events::HANGUP | poll::Events::INVALID;
            let Some(found) =
                ready.next_if(|found| found.fd == subscription.what && found.events.intersects(wanted | others))
            else {
                continue;
            };
            if found.events.contains(poll::Events::INVALID) {
                event.error = Errno::Badf as u16;
            } else {
                if found.events.contains(poll::Events::HANGUP) {
                    event.flags = HANGUP;
                }
                if subscription.tag == FD_READ {
                    event.bytes = guest.task.available(subscription.what).unwrap_or(1);
                }
            }
        }
        memory.store(events + stored * size_of::<Event>() as u32, event)?;
        stored += 1;
    }
    memory.store(used, stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_specified_sizes() {
        assert_eq!(size_of::<Subscription>(), 48);
        assert_eq!(size_of::<Event>(), 32);
    }
}
