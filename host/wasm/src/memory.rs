//! Access to guest memory: every pointer is checked, and a bad one is `FAULT` to the guest.

use bytemuck::{AnyBitPattern, NoUninit};
use vivarium_runner::{Errno, Fault, Gather, Scatter};

/// A guest's linear memory.
pub(crate) struct GuestMemory<'a>(pub(crate) &'a mut [u8]);

impl GuestMemory<'_> {
    pub(crate) fn bytes(&self, ptr: u32, len: u32) -> Result<&[u8], Fault> {
        let start = ptr as usize;
        self.0.get(start..start + len as usize).ok_or(Fault::Errno(Errno::Fault))
    }

    pub(crate) fn bytes_mut(&mut self, ptr: u32, len: u32) -> Result<&mut [u8], Fault> {
        let start = ptr as usize;
        self.0.get_mut(start..start + len as usize).ok_or(Fault::Errno(Errno::Fault))
    }

    pub(crate) fn store<T: NoUninit>(&mut self, ptr: u32, value: T) -> Result<(), Fault> {
        let bytes = bytemuck::bytes_of(&value);
        self.bytes_mut(ptr, bytes.len() as u32)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn load<T: AnyBitPattern>(&self, ptr: u32) -> Result<T, Fault> {
        Ok(bytemuck::pod_read_unaligned(self.bytes(ptr, size_of::<T>() as u32)?))
    }

    /// An array of structures.
    pub(crate) fn load_all<T: AnyBitPattern>(&self, ptr: u32, count: u32) -> Result<Vec<T>, Fault> {
        let size = size_of::<T>();
        let len = (size as u64 * u64::from(count)).try_into().map_err(|_| Fault::Errno(Errno::Fault))?;
        Ok(self.bytes(ptr, len)?.chunks_exact(size).map(bytemuck::pod_read_unaligned).collect())
    }

    /// Copies a string into a guest's buffer and stores its length; `RANGE` where the buffer is short.
    pub(crate) fn store_string(&mut self, value: &[u8], buffer: u32, len: u32, count: u32) -> Result<(), Fault> {
        self.store(count, value.len() as u32)?;
        if value.len() > len as usize {
            return Err(Errno::Range.into());
        }
        self.bytes_mut(buffer, value.len() as u32)?.copy_from_slice(value);
        Ok(())
    }

    /// Checks a list of buffers (`iovec`, `ciovec`).
    pub(crate) fn buffers(&self, ptr: u32, count: u32) -> Result<Buffers, Fault> {
        if count > MAX_BUFFERS {
            return Err(Errno::Inval.into());
        }
        let mut buffers = Buffers::default();
        for index in 0..count {
            let [start, len]: [u32; 2] = self.load(ptr.checked_add(index * 8).ok_or(Errno::Fault)?)?;
            self.bytes(start, len)?;
            if len > 0 {
                buffers.push((start, len));
            }
        }
        Ok(buffers)
    }
}

/// IOV_MAX.
const MAX_BUFFERS: u32 = 1024;

/// Stretches of guest memory, all within it, none empty. The usual one or two are kept in place.
#[derive(Default)]
pub(crate) struct Buffers {
    first: [(u32, u32); 2],
    len: usize,
    more: Vec<(u32, u32)>,
}

impl Buffers {
    fn push(&mut self, buffer: (u32, u32)) {
        match self.first.get_mut(self.len) {
            Some(place) => *place = buffer,
            None => self.more.push(buffer),
        }
        self.len += 1;
    }

    fn get(&self, index: usize) -> Option<(usize, usize)> {
        let buffer = if index >= self.len {
            None
        } else if index < self.first.len() {
            Some(self.first[index])
        } else {
            self.more.get(index - self.first.len()).copied()
        };
        buffer.map(|(start, len)| (start as usize, len as usize))
    }

    /// Bytes in all.
    pub(crate) fn total(&self) -> usize {
        (0..self.len).filter_map(|index| self.get(index)).map(|(_, len)| len).sum()
    }
}

/// A place in a list of buffers.
struct Cursor {
    index: usize,
    offset: usize,
    left: usize,
}

impl Cursor {
    fn new(buffers: &Buffers) -> Self {
        Self { index: 0, offset: 0, left: buffers.total() }
    }

    /// The rest of the present stretch.
    fn stretch(&self, buffers: &Buffers) -> (usize, usize) {
        match buffers.get(self.index) {
            Some((start, len)) => (start + self.offset, len - self.offset),
            None => (0, 0),
        }
    }

    fn advance(&mut self, buffers: &Buffers, mut count: usize) {
        self.left -= count;
        while count > 0 {
            let (_, len) = self.stretch(buffers);
            if count < len {
                self.offset += count;
                return;
            }
            count -= len;
            self.index += 1;
            self.offset = 0;
        }
    }
}

/// Guest buffers to be filled.
pub(crate) struct Into<'a> {
    memory: &'a mut [u8],
    buffers: &'a Buffers,
    cursor: Cursor,
}

impl<'a> Into<'a> {
    pub(crate) fn new(memory: &'a mut GuestMemory<'_>, buffers: &'a Buffers) -> Self {
        Self { memory: memory.0, buffers, cursor: Cursor::new(buffers) }
    }
}

impl Scatter for Into<'_> {
    fn room(&self) -> usize {
        self.cursor.left
    }

    fn put(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (start, len) = self.cursor.stretch(self.buffers);
            let count = len.min(bytes.len());
            let (now, later) = bytes.split_at(count);
            self.memory[start..start + count].copy_from_slice(now);
            self.cursor.advance(self.buffers, count);
            bytes = later;
        }
    }

    fn fill(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<usize, Errno> {
        let (start, len) = self.cursor.stretch(self.buffers);
        let count = fill(&mut self.memory[start..start + len])?;
        self.cursor.advance(self.buffers, count);
        Ok(count)
    }
}

/// Guest buffers to be read, from a certain byte on.
pub(crate) struct From<'a> {
    memory: &'a [u8],
    buffers: &'a Buffers,
    cursor: Cursor,
}

impl<'a> From<'a> {
    pub(crate) fn new(memory: &'a GuestMemory<'_>, buffers: &'a Buffers, skip: usize) -> Self {
        let mut cursor = Cursor::new(buffers);
        cursor.advance(buffers, skip.min(cursor.left));
        Self { memory: memory.0, buffers, cursor }
    }
}

impl Gather for From<'_> {
    fn len(&self) -> usize {
        self.cursor.left
    }

    fn next(&self) -> &[u8] {
        let (start, len) = self.cursor.stretch(self.buffers);
        &self.memory[start..start + len]
    }

    fn advance(&mut self, count: usize) {
        self.cursor.advance(self.buffers, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(memory: &mut [u8], at: usize, buffers: &[(u32, u32)]) {
        for (index, (start, len)) in buffers.iter().enumerate() {
            let at = at + index * 8;
            memory[at..at + 4].copy_from_slice(&start.to_le_bytes());
            memory[at + 4..at + 8].copy_from_slice(&len.to_le_bytes());
        }
    }

    #[test]
    fn wild_pointers_are_refused() {
        let mut bytes = vec![0; 64];
        let mut memory = GuestMemory(&mut bytes);
        assert!(memory.bytes(u32::MAX, 1).is_err());
        assert!(memory.bytes(60, 5).is_err());
        assert!(memory.bytes_mut(64, 0).is_ok());
        assert!(memory.store(61, 1u32).is_err());
        assert!(memory.load_all::<u64>(0, u32::MAX).is_err());
        list(memory.0, 0, &[(u32::MAX, u32::MAX)]);
        assert!(memory.buffers(0, 1).is_err());
        assert!(memory.buffers(u32::MAX - 3, 2).is_err());
    }

    #[test]
    fn bytes_are_scattered_and_gathered_in_order() {
        let mut bytes = vec![0; 128];
        list(&mut bytes, 0, &[(64, 2), (100, 0), (70, 3), (80, 4)]);
        let mut memory = GuestMemory(&mut bytes);
        let buffers = memory.buffers(0, 4).unwrap();
        assert_eq!(buffers.total(), 9);
        Into::new(&mut memory, &buffers).put(b"abcdefg");
        assert_eq!(&memory.0[64..66], b"ab");
        assert_eq!(&memory.0[70..73], b"cde");
        assert_eq!(&memory.0[80..82], b"fg");
        let from = From::new(&memory, &buffers, 3);
        assert_eq!((from.len(), from.next()), (6, &b"de"[..]));
    }
}
