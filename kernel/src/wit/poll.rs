//! `vivarium:kernel/poll`.

use super::bindings::exports::vivarium::kernel::poll as wit;
use super::bindings::vivarium::kernel::types::{Fault, Instant, Tid};
use super::{Component, with};
use crate::poll::{Events, PollFd};

impl wit::Guest for Component {
    fn poll(tid: Tid, fds: Vec<wit::PollFd>, deadline: Option<Instant>) -> Result<Vec<wit::PollFd>, Fault> {
        let asked =
            fds.into_iter().map(|poll| PollFd { fd: poll.fd, events: Events::from_bits_truncate(poll.events.bits()) });
        let asked: Vec<_> = asked.collect();
        let ready = with(|kernel| kernel.poll(tid, &asked, deadline))?;
        Ok(ready
            .into_iter()
            .map(|poll| wit::PollFd { fd: poll.fd, events: wit::Events::from_bits_truncate(poll.events.bits()) })
            .collect())
    }
}
