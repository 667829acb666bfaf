//! Reading and writing: bytes move once, between the kernel (or the host file that holds them) and the caller's memory.

use crate::bindings::exports::vivarium::kernel::net;
use crate::bindings::vivarium::kernel::types::{Fault, Input, Output};
use crate::instance::Instance;
use crate::{Errno, Extent, Fd, Task};

/// The most bytes that one call moves through the kernel: more would make its memory grow for good.
const CHUNK: usize = 256 << 10;

/// Where read bytes go.
pub trait Scatter {
    /// How many bytes there is room for.
    fn room(&self) -> usize;
    /// Takes bytes, at most as many as there is room for.
    fn put(&mut self, bytes: &[u8]);
    /// Lends the next stretch of memory to be filled by `fill`, which gives the count.
    fn fill(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<usize, Errno>;
}

/// Where written bytes come from.
pub trait Gather {
    /// How many bytes there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The next stretch of memory; empty at the end.
    fn next(&self) -> &[u8];
    /// Goes on by `count` bytes of that stretch.
    fn advance(&mut self, count: usize);
}

impl Scatter for &mut [u8] {
    fn room(&self) -> usize {
        self.len()
    }

    fn put(&mut self, bytes: &[u8]) {
        let (head, tail) = std::mem::take(self).split_at_mut(bytes.len());
        head.copy_from_slice(bytes);
        *self = tail;
    }

    fn fill(&mut self, fill: &mut dyn FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<usize, Errno> {
        let count = fill(self)?;
        *self = &mut std::mem::take(self)[count..];
        Ok(count)
    }
}

impl Gather for &[u8] {
    fn len(&self) -> usize {
        <[u8]>::len(self)
    }

    fn next(&self) -> &[u8] {
        self
    }

    fn advance(&mut self, count: usize) {
        *self = &self[count..];
    }
}

/// What one read call came to.
enum Got {
    Bytes(usize),
    Host(Extent),
}

impl Task {
    /// Reads at the file position. 0 is the end of the file.
    pub fn read(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize, Fault> {
        self.read_into(fd, &mut { buffer })
    }

    /// Reads at an offset.
    pub fn pread(&self, fd: Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Fault> {
        self.pread_into(fd, &mut { buffer }, offset)
    }

    /// Writes at the file position; may take fewer bytes than there are.
    pub fn write(&self, fd: Fd, data: &[u8]) -> Result<usize, Fault> {
        self.write_from(fd, &mut { data })
    }

    /// Writes at an offset.
    pub fn pwrite(&self, fd: Fd, data: &[u8], offset: u64) -> Result<usize, Fault> {
        self.pwrite_from(fd, &mut { data }, offset)
    }

    /// Reads at the file position into memory of any shape.
    pub fn read_into(&self, fd: Fd, to: &mut dyn Scatter) -> Result<usize, Fault> {
        let mut total = 0;
        loop {
            let length = to.room().min(CHUNK);
            let got = self.kernel.call(|instance| {
                let fs = instance.kernel.fs(&mut instance.store)?;
                let input = fs.call_read(&mut instance.store, self.tid, fd, length as u32)?;
                Ok(input.map(|input| take(input, to)))
            });
            let count = match got {
                Ok(Got::Bytes(count)) => count,
                Ok(Got::Host(extent)) => {
                    let count = self.read_extent(extent, to)?;
                    if count > 0 {
                        self.advance(fd, count as u64)?;
                    }
                    count
                }
                // What was read before stands.
                Err(_) if total > 0 => return Ok(total),
                Err(fault) => return Err(fault),
            };
            total += count;
            // A whole chunk is only ever given by a file: it has more.
            if count < CHUNK || to.room() == 0 {
                return Ok(total);
            }
        }
    }

    /// Reads at an offset into memory of any shape.
    pub fn pread_into(&self, fd: Fd, to: &mut dyn Scatter, offset: u64) -> Result<usize, Fault> {
        let mut total = 0;
        loop {
            let length = to.room().min(CHUNK);
            let got = self.kernel.call(|instance| {
                let fs = instance.kernel.fs(&mut instance.store)?;
                let at = offset.saturating_add(total as u64);
                let input = fs.call_pread(&mut instance.store, self.tid, fd, at, length as u32)?;
                Ok(input.map(|input| take(input, to)))
            })?;
            let count = match got {
                Got::Bytes(count) => count,
                Got::Host(extent) => self.read_extent(extent, to)?,
            };
            total += count;
            if count < CHUNK || to.room() == 0 {
                return Ok(total);
            }
        }
    }

    fn read_extent(&self, extent: Extent, to: &mut dyn Scatter) -> Result<usize, Fault> {
        let file = self.kernel.store_file(extent.handle)?;
        let mut total = 0;
        // A stretch that is not filled is the end of the file.
        while total < extent.length as usize && to.room() > 0 {
            let left = extent.length as usize - total;
            let mut wanted = 0;
            let count = to.fill(&mut |buffer| {
                wanted = buffer.len().min(left);
                file.read_at(&mut buffer[..wanted], extent.offset + total as u64)
            })?;
            total += count;
            if count < wanted || wanted == 0 {
                break;
            }
        }
        Ok(total)
    }

    /// Writes at the file position from memory of any shape.
    pub fn write_from(&self, fd: Fd, from: &mut dyn Gather) -> Result<usize, Fault> {
        self.write_loop(
            from,
            |instance, _, data| {
                let fs = instance.kernel.fs(&mut instance.store)?;
                fs.call_write(&mut instance.store, self.tid, fd, data)
            },
            |count| self.advance(fd, count),
        )
    }

    /// Writes at an offset from memory of any shape.
    pub fn pwrite_from(&self, fd: Fd, from: &mut dyn Gather, offset: u64) -> Result<usize, Fault> {
        self.write_loop(
            from,
            |instance, done, data| {
                let fs = instance.kernel.fs(&mut instance.store)?;
                fs.call_pwrite(&mut instance.store, self.tid, fd, offset.saturating_add(done as u64), data)
            },
            |_| Ok(()),
        )
    }

    fn write_loop(
        &self,
        from: &mut dyn Gather,
        mut write: impl FnMut(&mut Instance, usize, &[u8]) -> wasmtime::Result<Result<Output, Fault>>,
        advance: impl Fn(u64) -> Result<(), Fault>,
    ) -> Result<usize, Fault> {
        let mut total = 0;
        loop {
            let stretch = from.next();
            let data = &stretch[..stretch.len().min(CHUNK)];
            let wanted = data.len();
            let written = self.kernel.call(|instance| write(instance, total, data)).and_then(|output| match output {
                Output::Count(count) => Ok((count as usize).min(wanted)),
                Output::Host(extent) => {
                    let file = self.kernel.store_file(extent.handle)?;
                    let data = &data[..wanted.min(extent.length as usize)];
                    let count = file.write_at(data, extent.offset, extent.append)?;
                    advance(count as u64)?;
                    Ok(count)
                }
            });
            let count = match written {
                Ok(count) => count,
                // What was written before stands.
                Err(_) if total > 0 => return Ok(total),
                Err(fault) => return Err(fault),
            };
            from.advance(count);
            total += count;
            if count < wanted || from.is_empty() {
                return Ok(total);
            }
        }
    }

    /// Writes everything, waiting as long as it takes. On failure gives what was written before, if anything was.
    pub async fn write_all(&self, fd: Fd, from: &mut (dyn Gather + Send)) -> Result<usize, super::Stop> {
        let mut total = 0;
        loop {
            match self.wait(|task| task.write_from(fd, from)).await {
                Ok(count) => total += count,
                Err(super::Stop::Errno(_)) if total > 0 => return Ok(total),
                Err(stop) => return Err(stop),
            }
            if from.is_empty() {
                return Ok(total);
            }
        }
    }

    /// Receives a message; its bytes go to `to`, the rest is returned.
    pub fn receive(
        &self,
        fd: Fd,
        to: &mut dyn Scatter,
        flags: net::MessageFlags,
    ) -> Result<(usize, net::Message), Fault> {
        let length = to.room().min(CHUNK);
        let message = self.kernel.call(|instance| {
            let net = instance.kernel.net(&mut instance.store)?;
            net.call_receive(&mut instance.store, self.tid, fd, length as u32, flags)
        })?;
        let count = message.data.len().min(length);
        to.put(&message.data[..count]);
        Ok((count, net::Message { data: Vec::new(), ..message }))
    }
}

fn take(input: Input, to: &mut dyn Scatter) -> Got {
    match input {
        Input::Bytes(bytes) => {
            // A kernel that gives more than was asked for is not trusted with it.
            let count = bytes.len().min(to.room());
            to.put(&bytes[..count]);
            Got::Bytes(count)
        }
        Input::Host(extent) => Got::Host(extent),
    }
}
