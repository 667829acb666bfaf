//! Standard input and output.

use std::io::{self, BufRead, Read, Write};

/// Copies input to output in small, odd pieces.
pub(crate) fn copy() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = [0; 30_011];
    loop {
        match input.read(&mut buffer)? {
            0 => return output.flush(),
            count => output.write_all(&buffer[..count])?,
        }
    }
}

/// Answers every line at once, as one does who is being talked to.
pub(crate) fn lines() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        println!("<{}>", line?);
    }
    Ok(())
}

pub(crate) fn produce(bytes: usize) -> io::Result<()> {
    let chunk = [b'x'; 64 << 10];
    let mut output = io::stdout().lock();
    let mut left = bytes;
    while left > 0 {
        let count = left.min(chunk.len());
        output.write_all(&chunk[..count])?;
        left -= count;
    }
    output.flush()
}
