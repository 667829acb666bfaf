//! What a stream socket has received and not read yet.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::ByteQueue;
use crate::open_file::OpenFileId;

/// Bytes, and the descriptors that were passed along with some of them.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamQueue {
    pub(super) bytes: ByteQueue,
    /// In the order of their ranges, which do not overlap.
    pub(super) rights: VecDeque<StreamRights>,
}

/// Descriptors sent with a range of the stream, counted from the queue's front.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamRights {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) files: Vec<OpenFileId>,
}

impl StreamQueue {
    /// Appends the bytes of one `send`, which are not empty where descriptors go with them.
    pub(super) fn push(&mut self, data: Vec<u8>, files: Vec<OpenFileId>) {
        if !files.is_empty() {
            let start = self.bytes.len();
            self.rights.push_back(StreamRights { start, end: start + data.len(), files });
        }
        self.bytes.push(data);
    }

    /// How many bytes one read of at most `max` may take: not past the end of a range that carries descriptors, so that
    /// each read gives the descriptors of one `send` at most.
    pub(super) fn reach(&self, max: usize) -> usize {
        let end = self.rights.front().map_or(usize::MAX, |rights| rights.end);
        self.bytes.len().min(max).min(end)
    }

    /// Descriptors that a read of `count` bytes gives.
    pub(super) fn files_within(&self, count: usize) -> &[OpenFileId] {
        match self.rights.front() {
            Some(rights) if rights.start < count => &rights.files,
            _ => &[],
        }
    }

    /// Takes what `reach` allows of `max` bytes, and the descriptors that go with them.
    pub(super) fn pop(&mut self, max: usize) -> (Vec<u8>, Vec<OpenFileId>) {
        let count = self.reach(max);
        let files = match self.rights.front_mut() {
            Some(rights) if rights.start < count => std::mem::take(&mut rights.files),
            _ => Vec::new(),
        };
        for rights in &mut self.rights {
            rights.start = rights.start.saturating_sub(count);
            rights.end = rights.end.saturating_sub(count);
        }
        // A range whose descriptors were taken with its first bytes no longer matters.
        self.rights.retain(|rights| !rights.files.is_empty());
        (self.bytes.pop(count), files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stop_behind_passed_descriptors() {
        let mut queue = StreamQueue::default();
        queue.push(b"ab".to_vec(), vec![]);
        queue.push(b"cd".to_vec(), vec![7]);
        queue.push(b"ef".to_vec(), vec![8, 9]);
        queue.push(b"gh".to_vec(), vec![]);
        assert_eq!(queue.pop(1), (b"a".to_vec(), vec![]));
        assert_eq!(queue.files_within(1), &[] as &[OpenFileId]);
        assert_eq!(queue.files_within(2), &[7]);
        assert_eq!(queue.pop(100), (b"bcd".to_vec(), vec![7]));
        assert_eq!(queue.pop(1), (b"e".to_vec(), vec![8, 9]));
        assert_eq!(queue.pop(100), (b"fgh".to_vec(), vec![]));
        assert_eq!(queue, StreamQueue::default());
    }
}
