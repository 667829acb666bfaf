//! `bench-guest stat PATH COUNT`, `bench-guest read PATH COUNT`: the time of one call, in nanoseconds.
//! `bench-guest produce BYTES`, `bench-guest consume`: 64 KiB writes to standard output, and reads of standard input to
//! its end; `consume` prints how many bytes it was.
//!
//! The same source runs natively, for the figure beside.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;
use std::time::Instant;

const CHUNK: usize = 64 << 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["stat", path, count] => stat(path, number(count)),
        ["read", path, count] => read(path, number(count)),
        ["produce", bytes] => produce(number(bytes)),
        ["consume"] => consume(),
        _ => Err(io::Error::other("usage: bench-guest stat|read PATH COUNT | produce BYTES | consume")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-guest: {error}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

fn report(start: Instant, count: u64) -> io::Result<()> {
    writeln!(io::stdout(), "{}", start.elapsed().as_nanos() as f64 / count as f64)
}

fn stat(path: &str, count: u64) -> io::Result<()> {
    let start = Instant::now();
    for _ in 0..count {
        fs::metadata(path)?;
    }
    report(start, count)
}

fn read(path: &str, count: u64) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = [0; 4096];
    let mut read = 0;
    let start = Instant::now();
    while read < count {
        if file.read(&mut buffer)? == buffer.len() {
            read += 1;
        } else {
            file.seek(SeekFrom::Start(0))?;
        }
    }
    report(start, count)
}

fn produce(bytes: u64) -> io::Result<()> {
    let chunk = vec![b'x'; CHUNK];
    let mut out = io::stdout().lock();
    let mut left = bytes;
    while left > 0 {
        let part = left.min(CHUNK as u64) as usize;
        // Standard output buffers lines, and there are none: each of these writes is one call.
        out.write_all(&chunk[..part])?;
        left -= part as u64;
    }
    out.flush()
}

fn consume() -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut input = io::stdin().lock();
    let mut total = 0;
    loop {
        match input.read(&mut chunk)? {
            0 => break,
            count => total += count as u64,
        }
    }
    writeln!(io::stdout(), "{total}")
}
