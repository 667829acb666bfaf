//! The bytes under way in a pipe or a stream socket.

use std::collections::VecDeque;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Up to this size a write is copied to the end of the last chunk, where that has room: many small writes then cost one
/// allocation together.
const SMALL: usize = 4096;

/// A queue of bytes, kept in the chunks they were written in: a buffer that is written whole and read whole is moved and
/// never copied. It knows no bound; its users hold it to theirs.
#[derive(Clone, Debug, Default)]
pub struct ByteQueue {
    /// None of them empty.
    chunks: VecDeque<Vec<u8>>,
    /// Bytes of the first chunk that are gone already; always less than its length.
    taken: usize,
    len: usize,
}

impl ByteQueue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes are queued.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends bytes.
    pub fn push(&mut self, data: Vec<u8>) {
        if data.is_empty() {
            return;
        }
        self.len += data.len();
        match self.chunks.back_mut() {
            Some(last) if data.len() < SMALL && last.len() + data.len() <= last.capacity().max(SMALL) => {
                last.extend_from_slice(&data);
            }
            _ => self.chunks.push_back(data),
        }
    }

    /// Takes up to `max` bytes from the front; all of them, if there are so many.
    pub fn pop(&mut self, max: usize) -> Vec<u8> {
        if self.taken == 0 && self.chunks.front().is_some_and(|first| first.len() == max.min(self.len)) {
            let first = self.chunks.pop_front().unwrap_or_default();
            self.len -= first.len();
            return first;
        }
        let data = self.peek(max);
        self.skip(data.len());
        data
    }

    /// Copies up to `max` bytes from the front without taking them.
    pub fn peek(&self, max: usize) -> Vec<u8> {
        let mut wanted = max.min(self.len);
        let mut data = Vec::with_capacity(wanted);
        for slice in self.slices() {
            if wanted == 0 {
                break;
            }
            let part = &slice[..slice.len().min(wanted)];
            data.extend_from_slice(part);
            wanted -= part.len();
        }
        data
    }

    /// Drops up to `count` bytes from the front.
    pub fn skip(&mut self, count: usize) {
        let mut count = count.min(self.len);
        self.len -= count;
        while let Some(first) = self.chunks.front() {
            let left = first.len() - self.taken;
            if count < left {
                self.taken += count;
                return;
            }
            count -= left;
            self.taken = 0;
            self.chunks.pop_front();
        }
    }

    /// Drops all bytes.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The queued bytes, piece by piece.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().enumerate().map(|(i, chunk)| if i == 0 { &chunk[self.taken..] } else { &chunk[..] })
    }
}

impl From<Vec<u8>> for ByteQueue {
    fn from(data: Vec<u8>) -> Self {
        let mut queue = Self::default();
        queue.push(data);
        queue
    }
}

/// Equal when the bytes are, however they are cut into chunks.
impl PartialEq for ByteQueue {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.slices().flatten().eq(other.slices().flatten())
    }
}

impl Eq for ByteQueue {}

/// One byte string.
impl Serialize for ByteQueue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.peek(self.len))
    }
}

impl<'de> Deserialize<'de> for ByteQueue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_bytes::ByteBuf::deserialize(deserializer).map(|data| data.into_vec().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_chunks_are_moved() {
        let mut queue = ByteQueue::new();
        let data = vec![7; 10_000];
        let address = data.as_ptr();
        queue.push(data);
        queue.push(vec![8; 10_000]);
        let popped = queue.pop(10_000);
        assert_eq!(popped.as_ptr(), address);
        assert_eq!(queue.pop(usize::MAX), vec![8; 10_000]);
        assert!(queue.is_empty());
    }

    #[test]
    fn small_writes_share_a_chunk() {
        let mut queue = ByteQueue::new();
        for byte in 0..200 {
            queue.push(vec![byte]);
        }
        assert_eq!(queue.slices().count(), 1);
        assert_eq!(queue.pop(1000), (0..200).collect::<Vec<u8>>());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Push(Vec<u8>),
        Pop(usize),
        Peek(usize),
        Skip(usize),
        Reload,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (any::<u8>(), 0..9000usize).prop_map(|(byte, length)| Step::Push(vec![byte; length])),
            (0..9000usize).prop_map(Step::Pop),
            (0..9000usize).prop_map(Step::Peek),
            (0..9000usize).prop_map(Step::Skip),
            Just(Step::Reload),
        ]
    }

    proptest! {
        #[test]
        fn behaves_as_one_long_buffer(steps in proptest::collection::vec(step(), 0..40)) {
            let mut queue = ByteQueue::new();
            let mut model = Vec::new();
            for step in steps {
                match step {
                    Step::Push(data) => {
                        model.extend_from_slice(&data);
                        queue.push(data);
                    }
                    Step::Pop(max) => {
                        let rest = model.split_off(max.min(model.len()));
                        prop_assert_eq!(queue.pop(max), std::mem::replace(&mut model, rest));
                    }
                    Step::Peek(max) => prop_assert_eq!(queue.peek(max), &model[..max.min(model.len())]),
                    Step::Skip(count) => {
                        model.drain(..count.min(model.len()));
                        queue.skip(count);
                    }
                    Step::Reload => {
                        let bytes = rmp_serde::to_vec_named(&queue).unwrap();
                        let loaded: ByteQueue = rmp_serde::from_slice(&bytes).unwrap();
                        prop_assert_eq!(&loaded, &queue);
                        queue = loaded;
                    }
                }
                prop_assert_eq!(queue.len(), model.len());
                prop_assert!(queue.slices().all(|slice| !slice.is_empty()));
            }
        }
    }
}
