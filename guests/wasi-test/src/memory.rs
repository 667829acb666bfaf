//! Running out of memory.

use std::hint;
use std::io;

/// Takes memory until there is none to be had, and lives on.
pub(crate) fn allocate() -> io::Result<()> {
    const STEP: usize = 4 << 20;
    let mut taken: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut more = Vec::new();
        if more.try_reserve_exact(STEP).is_err() {
            break;
        }
        more.resize(STEP, 1);
        taken.push(more);
    }
    let count = taken.len();
    drop(taken);
    println!("{} MiB", (count * STEP) >> 20);
    Ok(())
}

/// Uses up the stack.
pub(crate) fn overflow() -> io::Result<()> {
    fn deeper(depth: u64) -> u64 {
        let frame = hint::black_box([depth; 64]);
        if depth == u64::MAX { frame[0] } else { deeper(depth + 1) + frame[63] }
    }
    println!("{}", deeper(0));
    Ok(())
}
