//! Printing the end of a file.

use std::io::{self, Write};

use vivarium_sys::fs::{self, Stat, Whence};
use vivarium_sys::{Errno, poll};

use super::Source;
use super::options::{Amount, Options};

/// Bytes read at once.
const BLOCK: usize = 64 << 10;
/// Bytes of a pipe that are kept beyond need before they are dropped.
const SLACK: usize = 1 << 20;

/// Which side failed.
#[derive(Debug)]
pub(super) enum Fault {
    Read(Errno),
    Write(io::Error),
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Fault::Read(errno)
    }
}

/// Prints what is asked for, to the end of the file.
pub(super) fn show(source: &Source, stat: &Stat, options: &Options, out: &mut impl Write) -> Result<(), Fault> {
    let amount = options.amount;
    if amount.from_start {
        skip(source, amount, options.delimiter, out)?;
        return rest(source, out).map(drop);
    }
    // Files of /proc have no size.
    if stat.is_file() && stat.size > 0 {
        let begin = fs::seek(source, 0, Whence::Current)?;
        let start = match amount {
            Amount { lines: true, count, .. } => last_lines(source, begin, stat.size, count, options.delimiter)?,
            Amount { count, .. } => stat.size.saturating_sub(count).max(begin),
        };
        fs::seek(source, start.cast_signed(), Whence::Set)?;
        return rest(source, out).map(drop);
    }
    stream(source, amount, options.delimiter, out)
}

/// Copies all there is. Gives how many bytes that was; a file that would be waited for has ended for now.
pub(super) fn rest(source: &Source, out: &mut impl Write) -> Result<u64, Fault> {
    let mut buffer = vec![0; BLOCK];
    let mut total = 0;
    loop {
        let count = read(source, &mut buffer)?;
        if count == 0 {
            return Ok(total);
        }
        out.write_all(&buffer[..count]).map_err(Fault::Write)?;
        total += count as u64;
    }
}

fn read(source: &Source, buffer: &mut [u8]) -> Result<usize, Errno> {
    loop {
        match fs::read(source, buffer) {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Ok(0),
            result => return result,
        }
    }
}

/// Reads over lines or bytes at the beginning; writes what was read too far.
fn skip(source: &Source, amount: Amount, delimiter: u8, out: &mut impl Write) -> Result<(), Fault> {
    let mut left = amount.count.saturating_sub(1);
    if !amount.lines && left > 0 && fs::fstat(source).is_ok_and(|stat| stat.is_file()) {
        fs::seek(source, i64::try_from(left).unwrap_or(i64::MAX), Whence::Current)?;
        return Ok(());
    }
    let mut buffer = vec![0; BLOCK];
    while left > 0 {
        let count = read(source, &mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let read = &buffer[..count];
        let over = if amount.lines {
            let mut ends = memchr::memchr_iter(delimiter, read).map(|at| at + 1);
            let mut over = count;
            while left > 0 {
                let Some(end) = ends.next() else { break };
                left -= 1;
                over = if left == 0 { end } else { count };
            }
            over
        } else {
            let over = usize::try_from(left).unwrap_or(usize::MAX).min(count);
            left -= over as u64;
            over
        };
        out.write_all(&read[over..]).map_err(Fault::Write)?;
    }
    Ok(())
}

/// Where the last `count` lines begin of what is between `begin` and `end`, by reading backwards.
fn last_lines(source: &Source, begin: u64, end: u64, count: u64, delimiter: u8) -> Result<u64, Errno> {
    if count == 0 || end <= begin {
        return Ok(end.max(begin));
    }
    let mut buffer = vec![0; BLOCK];
    let (mut at, mut left) = (end, count);
    while at > begin {
        // Blocks end where the file's do.
        let from = ((at - 1) / BLOCK as u64 * BLOCK as u64).max(begin);
        let length = (at - from) as usize;
        fs::seek(source, from.cast_signed(), Whence::Set)?;
        let mut filled = 0;
        while filled < length {
            match read(source, &mut buffer[filled..length])? {
                0 => break,
                count => filled += count,
            }
        }
        for found in memchr::memrchr_iter(delimiter, &buffer[..filled]) {
            // The delimiter at the very end belongs to the last line.
            let next = from + found as u64 + 1;
            if next == end {
                continue;
            }
            left -= 1;
            if left == 0 {
                return Ok(next);
            }
        }
        at = from;
    }
    Ok(begin)
}

/// Reads all, and keeps what may be the end.
fn stream(source: &Source, amount: Amount, delimiter: u8, out: &mut impl Write) -> Result<(), Fault> {
    let mut kept: Vec<u8> = Vec::new();
    let mut buffer = vec![0; BLOCK];
    let mut checked = 0;
    loop {
        let count = match fs::read(source, &mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => {
                poll::poll(&mut [poll::PollFd::new(source, poll::events::READABLE)], None)?;
                continue;
            }
            Err(errno) => return Err(errno.into()),
        };
        kept.extend_from_slice(&buffer[..count]);
        if kept.len() > 2 * checked + SLACK {
            kept.drain(..start_of_last(&kept, amount, delimiter));
            checked = kept.len();
        }
    }
    let start = start_of_last(&kept, amount, delimiter);
    out.write_all(&kept[start..]).map_err(Fault::Write)
}

/// Where the last lines or bytes of `text` begin.
fn start_of_last(text: &[u8], amount: Amount, delimiter: u8) -> usize {
    let count = usize::try_from(amount.count).unwrap_or(usize::MAX);
    if !amount.lines {
        return text.len().saturating_sub(count);
    }
    if count == 0 {
        return text.len();
    }
    let body = text.strip_suffix(&[delimiter]).unwrap_or(text);
    memchr::memrchr_iter(delimiter, body).nth(count - 1).map_or(0, |at| at + 1)
}
