//! What a process is given.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hint;
use std::io;

pub(crate) fn arguments(words: &[&str]) -> io::Result<()> {
    for word in words {
        println!("{word}");
    }
    Ok(())
}

pub(crate) fn environment() -> io::Result<()> {
    let mut variables: Vec<(String, String)> = std::env::vars().collect();
    variables.sort();
    for (name, value) in variables {
        println!("{name}={value}");
    }
    Ok(())
}

pub(crate) fn random() -> io::Result<()> {
    println!("{:x}", RandomState::new().hash_one(0));
    Ok(())
}

pub(crate) fn spin() -> io::Result<()> {
    loop {
        hint::black_box(());
    }
}
