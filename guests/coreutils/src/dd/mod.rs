//! `dd` (POSIX dd, with GNU's operands).

mod lines;
mod number;
mod operands;
mod report;
mod tables;

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use vivarium_sys::Errno;
use vivarium_sys::fs::{self, FileKind, OpenFlags, Whence};
use vivarium_sys::pipe::dup_from;
use vivarium_sys::signal::{self, Disposition, Signal};
use vivarium_userland::output::reason;
use vivarium_userland::{Bytes, quote};

use lines::Liner;
use operands::{Operands, Status};
use report::Totals;

const HELP: &str = "\
Usage: dd [OPERAND]...
  or:  dd OPTION
Copy a file, converting and formatting according to the operands.

  bs=BYTES        read and write up to BYTES bytes at a time (default: 512);
                  overrides ibs and obs
  cbs=BYTES       convert BYTES bytes at a time
  conv=CONVS      convert the file as per the comma separated symbol list
  count=N         copy only N input blocks
  ibs=BYTES       read up to BYTES bytes at a time (default: 512)
  if=FILE         read from FILE instead of stdin
  iflag=FLAGS     read as per the comma separated symbol list
  obs=BYTES       write BYTES bytes at a time (default: 512)
  of=FILE         write to FILE instead of stdout
  oflag=FLAGS     write as per the comma separated symbol list
  seek=N          (or oseek=N) skip N obs-sized output blocks
  skip=N          (or iseek=N) skip N ibs-sized input blocks
  status=LEVEL    the LEVEL of information to print to stderr: 'none',
                  'noxfer', 'progress'

N and BYTES may be followed by c=1, w=2, b=512, kB=1000, K=1024, MB, M, and so
on for G, T, P, E; N is bytes if it ends in 'B'.

CONV symbols: ascii ebcdic ibm block unblock lcase ucase sparse swab sync excl
nocreat notrunc noerror fdatasync fsync

FLAG symbols: append direct directory dsync sync fullblock nonblock noatime
nocache noctty nofollow count_bytes skip_bytes seek_bytes

      --help     display this help and exit
      --version  output version information and exit
";

/// Runs `dd`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut words: Vec<Bytes> = arguments.into_iter().skip(1).collect();
    match words.first().map(Vec::as_slice) {
        Some(b"--help") => {
            print!("{HELP}");
            return 0;
        }
        Some(b"--version") => {
            println!("dd (Vivarium) {}", env!("CARGO_PKG_VERSION"));
            return 0;
        }
        Some(b"--") => {
            words.remove(0);
        }
        _ => {}
    }
    let result = operands::parse(&words).and_then(|operands| Copy::open(operands)?.run());
    match result {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(message) => {
            eprintln!("dd: {message}");
            1
        }
    }
}

/// An open file and what messages call it.
struct Side {
    file: File,
    name: String,
    kind: FileKind,
}

impl Side {
    fn named(path: &[u8], flags: OpenFlags) -> Result<Side, String> {
        let name = quote::message(path);
        let fd =
            fs::open(fs::AT_FDCWD, path, flags, 0o666).map_err(|errno| format!("failed to open {name}: {errno}"))?;
        Ok(Side::new(fd, name))
    }

    fn standard(fd: RawFd, name: &str) -> Result<Side, String> {
        let copy = dup_from(fd, 0, true).map_err(|errno| format!("{name}: {errno}"))?;
        Ok(Side::new(copy, name.to_owned()))
    }

    fn new(fd: OwnedFd, name: String) -> Side {
        let kind = fs::fstat(fd.as_raw_fd()).map_or(FileKind::Unknown, |stat| stat.file_kind());
        Side { file: File::from(fd), name, kind }
    }

    fn fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    fn error(&self, what: &str, errno: Errno) -> String {
        format!("{what} {}: {errno}", self.name)
    }
}

struct Copy {
    operands: Operands,
    input: Side,
    output: Side,
    totals: Totals,
    /// Output that is not yet a whole block.
    pending: Bytes,
    /// Bytes left out of the output as a hole (`conv=sparse`), at its end for now.
    hole: u64,
    start: Instant,
    told: Instant,
    failed: bool,
}

impl Copy {
    fn open(operands: Operands) -> Result<Copy, String> {
        let input = match &operands.input {
            Some(path) => Side::named(path, OpenFlags::READ | operands.input_flags)?,
            None => Side::standard(0, "'standard input'")?,
        };
        let output = match &operands.output {
            Some(path) => {
                let mut flags = OpenFlags::WRITE | operands.output_flags;
                if operands.create {
                    flags = flags | OpenFlags::CREATE;
                }
                if operands.truncate && operands.seek.value == 0 && !operands.append {
                    flags = flags | OpenFlags::TRUNCATE;
                }
                Side::named(path, flags)?
            }
            None => Side::standard(1, "'standard output'")?,
        };
        let now = Instant::now();
        Ok(Copy {
            operands,
            input,
            output,
            totals: Totals::default(),
            pending: Bytes::new(),
            hole: 0,
            start: now,
            told: now,
            failed: false,
        })
    }

    /// Copies. Whether all went well; an error is the message of what ended it.
    fn run(mut self) -> Result<bool, String> {
        // The totals so far are told when asked for by this signal.
        let _ = signal::action(Signal::USR1, Disposition::Catch);
        self.skip()?;
        self.seek()?;
        let copied = self.copy();
        let flushed = copied.and_then(|()| self.finish());
        let told = self.tell_end();
        flushed.map(|()| told && !self.failed)
    }

    /// Goes over what `skip=` names of the input.
    fn skip(&mut self) -> Result<(), String> {
        let skip = self.operands.skip;
        let bytes =
            if skip.in_bytes { skip.value } else { skip.value.saturating_mul(self.operands.input_block as u64) };
        if bytes == 0 {
            return Ok(());
        }
        let beyond = format!("{}: cannot skip to specified offset", self.input.name);
        if let Ok(offset) = i64::try_from(bytes)
            && let Ok(now) = fs::seek(self.input.fd(), 0, Whence::Current)
        {
            let size = fs::fstat(self.input.fd()).map_or(0, |stat| stat.size);
            if fs::seek(self.input.fd(), offset, Whence::Current).is_err() {
                return Err(format!("{}: cannot skip: {}", self.input.name, Errno::INVAL));
            }
            if self.input.kind == FileKind::Regular && size < now.saturating_add(bytes) {
                eprintln!("dd: {beyond}");
                let _ = fs::seek(self.input.fd(), 0, Whence::End);
            }
            return Ok(());
        }
        let mut left = bytes;
        let mut buffer = vec![0; self.operands.input_block.min(64 << 10)];
        while left > 0 {
            let wanted = left.min(buffer.len() as u64) as usize;
            match self.read(&mut buffer[..wanted])? {
                0 => {
                    eprintln!("dd: {beyond}");
                    return Ok(());
                }
                read => left -= read as u64,
            }
        }
        Ok(())
    }

    /// Goes to where `seek=` says the output begins.
    fn seek(&mut self) -> Result<(), String> {
        let seek = self.operands.seek;
        if seek.value == 0 {
            return Ok(());
        }
        let unit = if seek.in_bytes { 1 } else { self.operands.output_block as u64 };
        let offset = seek.value.checked_mul(unit).and_then(|bytes| i64::try_from(bytes).ok());
        let Some(offset) = offset else {
            return Err(format!("offset too large: cannot seek: {}", Errno::OVERFLOW));
        };
        if self.operands.truncate && self.operands.output.is_some() && self.output.kind == FileKind::Regular {
            self.output.file.set_len(offset as u64).map_err(|error| {
                let (name, reason) = (&self.output.name, reason(&error));
                format!("failed to truncate to {offset} bytes in output file {name}: {reason}")
            })?;
        }
        if fs::seek(self.output.fd(), offset, Whence::Current).is_err() {
            // Where one cannot seek, as in a pipe, there is no going over anything.
            return Err(format!("{}: cannot seek: {}", self.output.name, Errno::SPIPE));
        }
        Ok(())
    }

    /// Reads once; a signal that is waited for is answered and the read made again.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        loop {
            match fs::read(self.input.fd(), buffer) {
                Err(Errno::INTR) => self.answer(),
                result => return result.map_err(|errno| self.input.error("error reading", errno)),
            }
        }
    }

    /// Tells the totals to whoever sent the signal for it.
    fn answer(&self) {
        while let Some(signal) = signal::take() {
            if signal == Signal::USR1 {
                eprint!("{}", report::records(&self.totals));
                eprintln!("{}", report::transfer(self.totals.bytes, self.start.elapsed()));
            }
        }
    }

    /// Reads a block, as much of one as there is.
    fn read_block(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        let mut length = self.read(buffer)?;
        while self.operands.full_blocks && length > 0 && length < buffer.len() {
            match self.read(&mut buffer[length..])? {
                0 => break,
                more => length += more,
            }
        }
        Ok(length)
    }

    fn copy(&mut self) -> Result<(), String> {
        let size = self.operands.input_block;
        if self.operands.count.is_some_and(|count| count.value == 0) {
            return Ok(());
        }
        let mut block = Vec::new();
        if block.try_reserve_exact(size).is_err() {
            let shown = report::binary(size as u64);
            return Err(format!("memory exhausted by input buffer of size {size} bytes ({shown})"));
        }
        block.resize(size, 0);
        let mut liner = self.operands.lines.map(|lines| {
            let byte = |byte: u8| match &self.operands.table {
                Some(table) if lines == operands::Lines::Block => table[usize::from(byte)],
                _ => byte,
            };
            Liner::new(lines, self.operands.conversion_block, byte(b' '), byte(b'\n'))
        });
        let filler = if self.operands.lines.is_some() { b' ' } else { 0 };
        let mut converted = Bytes::new();
        let mut read = 0;
        loop {
            let wanted = match self.operands.count {
                Some(count) if count.in_bytes => (count.value - read).min(size as u64) as usize,
                Some(count) if self.totals.read.whole + self.totals.read.partial >= count.value => 0,
                _ => size,
            };
            if wanted == 0 {
                break;
            }
            let mut length = match self.read_block(&mut block[..wanted]) {
                Ok(0) => break,
                Ok(length) => length,
                Err(message) if self.operands.go_on => {
                    // Goes on behind the block that cannot be read, and with nothing else to go by stops at the end.
                    eprintln!("dd: {message}");
                    self.failed = true;
                    eprint!("{}", report::records(&self.totals));
                    if fs::seek(self.input.fd(), wanted as i64, Whence::Current).is_err()
                        || self.input.kind == FileKind::Directory
                    {
                        break;
                    }
                    block.fill(filler);
                    if self.operands.pad { wanted } else { continue }
                }
                Err(message) => return Err(message),
            };
            read += length as u64;
            if length == size {
                self.totals.read.whole += 1;
            } else {
                self.totals.read.partial += 1;
                if self.operands.pad {
                    block[length..].fill(filler);
                    length = size;
                }
            }
            let data = &mut block[..length];
            if let Some(table) = &self.operands.table {
                data.iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
            }
            if self.operands.swab {
                data.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
            }
            match &mut liner {
                Some(liner) => {
                    converted.clear();
                    liner.push(data, &mut converted);
                    self.totals.truncated = liner.truncated;
                    self.put(&converted)?;
                }
                None if self.operands.same_blocks => self.write_block(&block[..length])?,
                None => self.put(&block[..length])?,
            }
            self.tell_progress();
        }
        if let Some(mut liner) = liner {
            converted.clear();
            liner.finish(&mut converted);
            self.put(&converted)?;
        }
        Ok(())
    }

    /// Adds to the output, which is written in whole blocks.
    fn put(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        let size = self.operands.output_block;
        if !self.pending.is_empty() {
            let missing = (size - self.pending.len()).min(bytes.len());
            self.pending.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.pending.len() < size {
                return Ok(());
            }
            let block = std::mem::take(&mut self.pending);
            self.write_block(&block)?;
        }
        while bytes.len() >= size {
            self.write_block(&bytes[..size])?;
            bytes = &bytes[size..];
        }
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    fn write_block(&mut self, block: &[u8]) -> Result<(), String> {
        if self.operands.sparse && block.iter().all(|&byte| byte == 0) && self.leave_hole(block.len()) {
            self.count(block.len());
            return Ok(());
        }
        self.hole = 0;
        let mut written = 0;
        while written < block.len() {
            match fs::write(self.output.fd(), &block[written..]) {
                Err(Errno::INTR) => self.answer(),
                Err(errno) => {
                    self.totals.bytes += written as u64;
                    self.totals.written.partial += u64::from(written > 0);
                    return Err(self.output.error("error writing", errno));
                }
                Ok(length) => written += length,
            }
        }
        self.count(block.len());
        Ok(())
    }

    fn count(&mut self, length: usize) {
        self.totals.bytes += length as u64;
        if length == self.operands.output_block {
            self.totals.written.whole += 1;
        } else {
            self.totals.written.partial += 1;
        }
    }

    fn leave_hole(&mut self, length: usize) -> bool {
        let left = fs::seek(self.output.fd(), length as i64, Whence::Current).is_ok();
        self.hole += if left { length as u64 } else { 0 };
        left
    }

    /// Writes what is not a whole block, and sees to it that a hole at the end counts.
    fn finish(&mut self) -> Result<(), String> {
        if !self.pending.is_empty() {
            let block = std::mem::take(&mut self.pending);
            self.write_block(&block)?;
        }
        if self.hole > 0
            && let Ok(end) = fs::seek(self.output.fd(), 0, Whence::Current)
            && fs::fstat(self.output.fd()).is_ok_and(|stat| stat.size < end)
        {
            let result = self.output.file.set_len(end);
            result.map_err(|error| format!("failed to truncate {}: {}", self.output.name, reason(&error)))?;
        }
        if self.operands.sync_data {
            let synced = self.output.file.sync_data();
            synced.map_err(|error| format!("fsync failed for {}: {}", self.output.name, reason(&error)))?;
        }
        Ok(())
    }

    fn tell_progress(&mut self) {
        if self.operands.status == Status::Progress && self.told.elapsed() >= Duration::from_secs(1) {
            self.told = Instant::now();
            eprint!("\r{}", report::transfer(self.totals.bytes, self.start.elapsed()));
        }
    }

    /// Tells the totals. Whether that went well.
    fn tell_end(&self) -> bool {
        let mut text = match self.operands.status {
            Status::None => return true,
            Status::Progress if self.told != self.start => "\n".to_owned(),
            _ => String::new(),
        };
        text += &report::records(&self.totals);
        if self.operands.status != Status::NoTransfer {
            text += &report::transfer(self.totals.bytes, self.start.elapsed());
            text.push('\n');
        }
        std::io::stderr().write_all(text.as_bytes()).is_ok()
    }
}
