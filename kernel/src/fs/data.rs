//! The bytes of a regular file in kernel memory: chunks of 64 KiB, with holes where nothing was written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const CHUNK: u64 = 64 * 1024;
/// Holes are told apart from data in units of this.
pub(crate) const PAGE: u64 = 4096;
const PAGES: u64 = CHUNK / PAGE;

/// Greatest length of a file in memory; keeps every offset representable as `off_t`.
pub(crate) const MAX_SIZE: u64 = i64::MAX as u64;

/// Content of a file. The first chunk is kept inline, so that a small file costs no map.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct FileData {
    size: u64,
    first: Chunk,
    rest: BTreeMap<u64, Chunk>,
}

/// Bytes beyond the end of `bytes` are zero.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Chunk {
    /// Bit n: page n holds data.
    pages: u16,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

impl FileData {
    /// Length in bytes, holes included.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that hold data, in whole pages.
    pub(crate) fn allocated(&self) -> u64 {
        self.chunks().map(|(_, chunk)| u64::from(chunk.pages.count_ones()) * PAGE).sum()
    }

    /// Bytes of kernel memory it takes.
    pub(crate) fn memory(&self) -> u64 {
        self.chunks().map(|(index, chunk)| memory_for(index, chunk.bytes.len() as u64)).sum()
    }

    /// At most `length` bytes from `offset`; fewer only at the end of the file.
    pub(crate) fn read(&self, offset: u64, length: u64) -> Vec<u8> {
        let end = self.size.min(offset.saturating_add(length));
        let mut out = Vec::with_capacity(end.saturating_sub(offset) as usize);
        let mut at = offset;
        while at < end {
            let (index, start) = (at / CHUNK, (at % CHUNK) as usize);
            let stop = (start as u64 + (end - at)).min(CHUNK) as usize;
            let filled = out.len() + (stop - start);
            if let Some(chunk) = self.chunk(index) {
                out.extend_from_slice(chunk.bytes.get(start..stop.min(chunk.bytes.len())).unwrap_or_default());
            }
            out.resize(filled, 0);
            at += (stop - start) as u64;
        }
        out
    }

    /// Kernel memory that `write` with these arguments would add.
    pub(crate) fn growth(&self, offset: u64, length: u64) -> u64 {
        spans(offset, length)
            .map(|(index, _, stop)| {
                let present = self.chunk(index).map_or(0, |chunk| chunk.bytes.len() as u64);
                memory_for(index, present.max(stop as u64)) - memory_for(index, present)
            })
            .sum()
    }

    /// Writes at `offset`, over a hole where it lies beyond the end.
    pub(crate) fn write(&mut self, offset: u64, mut data: &[u8]) {
        if data.is_empty() {
            return;
        }
        self.size = self.size.max(offset + data.len() as u64);
        for (index, start, stop) in spans(offset, data.len() as u64) {
            let (part, rest) = data.split_at(stop - start);
            self.chunk_mut(index).write(index, start, part);
            data = rest;
        }
    }

    /// Makes sure that the range is no hole, and the file long enough for it.
    pub(crate) fn allocate(&mut self, offset: u64, length: u64) {
        self.size = self.size.max(offset + length);
        for (index, start, stop) in spans(offset, length) {
            self.chunk_mut(index).extend_to(index, stop);
            self.chunk_mut(index).mark(start, stop);
        }
    }

    /// Cuts the file, or lengthens it with a hole.
    pub(crate) fn set_size(&mut self, size: u64) {
        if size < self.size {
            let (index, keep) = (size / CHUNK, (size % CHUNK) as usize);
            drop(self.rest.split_off(&(index + u64::from(keep > 0)).max(1)));
            if index == 0 {
                self.first.cut(0, keep);
            } else if let Some(chunk) = self.rest.get_mut(&index) {
                chunk.cut(index, keep);
            }
        }
        self.size = size;
    }

    /// The first offset not below `offset` that holds data (SEEK_DATA).
    pub(crate) fn next_data(&self, offset: u64) -> Option<u64> {
        let (from, page) = (offset / CHUNK, offset % CHUNK / PAGE);
        let first = (from == 0).then_some((0, &self.first));
        let found =
            first.into_iter().chain(self.rest.range(from.max(1)..).map(|(&i, c)| (i, c))).find_map(|(i, chunk)| {
                let skip = if i == from { page } else { 0 };
                let pages = chunk.pages >> skip << skip;
                (pages != 0).then(|| i * CHUNK + u64::from(pages.trailing_zeros()) * PAGE)
            })?;
        (found < self.size).then_some(found.max(offset))
    }

    /// The first offset not below `offset` that lies in a hole (SEEK_HOLE), the end of the file being one.
    pub(crate) fn next_hole(&self, offset: u64) -> u64 {
        let mut page = offset / PAGE;
        while page * PAGE < self.size {
            let pages = self.chunk(page / PAGES).map_or(0, |chunk| chunk.pages) >> (page % PAGES);
            let run = u64::from(pages.trailing_ones());
            page += run;
            if run == 0 || !page.is_multiple_of(PAGES) {
                break;
            }
        }
        (page * PAGE).clamp(offset, self.size.max(offset))
    }

    /// Whether sizes and chunks are within their bounds.
    pub(super) fn is_valid(&self) -> bool {
        self.size <= MAX_SIZE
            && !self.rest.contains_key(&0)
            && self.chunks().all(|(index, chunk)| {
                let length = chunk.bytes.len() as u64;
                length <= CHUNK && (index * CHUNK).saturating_add(length) <= self.size && index <= MAX_SIZE / CHUNK
            })
    }

    fn chunks(&self) -> impl Iterator<Item = (u64, &Chunk)> {
        std::iter::once((0, &self.first)).chain(self.rest.iter().map(|(&index, chunk)| (index, chunk)))
    }

    fn chunk(&self, index: u64) -> Option<&Chunk> {
        if index == 0 { Some(&self.first) } else { self.rest.get(&index) }
    }

    fn chunk_mut(&mut self, index: u64) -> &mut Chunk {
        if index == 0 { &mut self.first } else { self.rest.entry(index).or_default() }
    }
}

impl Chunk {
    fn write(&mut self, index: u64, start: usize, data: &[u8]) {
        let stop = start + data.len();
        self.reserve(index, stop);
        if start > self.bytes.len() {
            self.bytes.resize(start, 0);
        }
        let (over, beyond) = data.split_at(data.len().min(self.bytes.len() - start));
        self.bytes[start..start + over.len()].copy_from_slice(over);
        self.bytes.extend_from_slice(beyond);
        self.mark(start, stop);
    }

    fn extend_to(&mut self, index: u64, stop: usize) {
        self.reserve(index, stop);
        self.bytes.resize(stop.max(self.bytes.len()), 0);
    }

    fn reserve(&mut self, index: u64, stop: usize) {
        if stop > self.bytes.capacity() {
            self.bytes.reserve_exact(memory_for(index, stop as u64) as usize - self.bytes.len());
        }
    }

    fn mark(&mut self, start: usize, stop: usize) {
        let (from, to) = (start as u64 / PAGE, (stop as u64).div_ceil(PAGE));
        self.pages |= (((1_u32 << to) - 1) & !((1_u32 << from) - 1)) as u16;
    }

    fn cut(&mut self, index: u64, keep: usize) {
        if keep < self.bytes.len() {
            self.bytes.truncate(keep);
            self.bytes.shrink_to(memory_for(index, keep as u64) as usize);
        }
        self.pages &= ((1_u32 << (keep as u64).div_ceil(PAGE)) - 1) as u16;
    }
}

/// Memory charged for a chunk of so many bytes. The first grows by doubling; a file that needs further ones is large.
fn memory_for(index: u64, length: u64) -> u64 {
    match (index, length) {
        (_, 0) => 0,
        (0, _) => length.next_power_of_two().max(64),
        _ => CHUNK,
    }
}

/// The chunks a range touches: index, start and end within the chunk.
fn spans(offset: u64, length: u64) -> impl Iterator<Item = (u64, usize, usize)> {
    let end = offset + length;
    let chunks = if length == 0 { 0..0 } else { offset / CHUNK..end.div_ceil(CHUNK) };
    chunks.map(move |index| {
        let base = index * CHUNK;
        (index, (offset.max(base) - base) as usize, (end.min(base + CHUNK) - base) as usize)
    })
}
