//! What a datagram or seqpacket socket has received and not read yet.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Address, Credentials};
use crate::open_file::OpenFileId;

/// Messages a queue holds at most, so that empty ones are bounded too.
pub(super) const MAX_MESSAGES: usize = 512;
/// What keeping a message or a descriptor costs beside the data, in bytes.
pub(super) const OVERHEAD: u64 = 64;

/// Whole messages, in order of arrival.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MessageQueue {
    pub(super) messages: VecDeque<Datagram>,
    /// Sum of the messages' `cost`.
    size: u64,
}

/// One message.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Datagram {
    #[serde(with = "serde_bytes")]
    pub(super) data: Vec<u8>,
    pub(super) from: Address,
    pub(super) files: Vec<OpenFileId>,
    pub(super) credentials: Option<Credentials>,
}

impl Datagram {
    /// Kernel memory it takes.
    pub(super) fn cost(&self) -> u64 {
        self.data.len() as u64 + OVERHEAD * (1 + self.files.len() as u64)
    }
}

impl MessageQueue {
    /// Kernel memory its messages take.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether a message of this cost may be added, in a buffer of `capacity`. A message always fits into an empty queue.
    pub(super) fn fits(&self, cost: u64, capacity: u64) -> bool {
        self.messages.is_empty() || (self.messages.len() < MAX_MESSAGES && self.size + cost <= capacity)
    }

    pub(super) fn push(&mut self, datagram: Datagram) {
        self.size += datagram.cost();
        self.messages.push_back(datagram);
    }

    pub(super) fn pop(&mut self) -> Option<Datagram> {
        let datagram = self.messages.pop_front()?;
        self.size -= datagram.cost();
        Some(datagram)
    }

    /// Takes the descriptors out of all messages.
    pub(super) fn take_files(&mut self) -> Vec<OpenFileId> {
        let files: Vec<_> = self.messages.iter_mut().flat_map(|message| std::mem::take(&mut message.files)).collect();
        self.size -= OVERHEAD * files.len() as u64;
        files
    }

    /// Whether the size kept is the messages' own.
    pub(super) fn is_valid(&self) -> bool {
        let sizes = self.messages.iter().map(Datagram::cost);
        self.messages.len() <= MAX_MESSAGES && self.size == sizes.fold(0, u64::saturating_add)
    }
}
