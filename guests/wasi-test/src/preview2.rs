//! WASI 0.2 below the standard library.

use std::io;

use wasip2::clocks::monotonic_clock;
use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use wasip2::io::poll::{self, Pollable};
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::{cli, random, sockets};

use crate::ok;

pub(crate) fn run(name: &str, arguments: &[&str]) -> io::Result<()> {
    match (name, arguments) {
        ("wild-handle", []) => wild_handle(),
        ("hoard", []) => hoard(),
        ("poll", []) => poll_clocks(),
        ("poll-input", []) => poll_input(),
        ("random", []) => random_bytes(),
        ("streams", [folder]) => streams(folder),
        ("resolve", []) => resolve(),
        ("exit-with-code", [code]) => {
            cli::exit::exit_with_code(code.parse().unwrap_or(99));
            Ok(())
        }
        _ => Err(io::Error::other("no such case")),
    }
}

/// Uses a handle that was never given out.
fn wild_handle() -> io::Result<()> {
    // SAFETY: none. The host has to stand it.
    let wild = unsafe { Pollable::from_handle(123_456) };
    println!("{}", wild.ready());
    Ok(())
}

/// Takes resources without end.
fn hoard() -> io::Result<()> {
    let mut held = Vec::new();
    loop {
        held.push(monotonic_clock::subscribe_duration(1));
    }
}

fn poll_clocks() -> io::Result<()> {
    let began = monotonic_clock::now();
    let later = monotonic_clock::subscribe_duration(60_000_000_000);
    let soon = monotonic_clock::subscribe_instant(began + 20_000_000);
    let past = monotonic_clock::subscribe_instant(began);
    assert!(past.ready() && !later.ready());
    assert_eq!(poll::poll(&[&later, &past]), [1]);
    assert_eq!(poll::poll(&[&soon, &later]), [0]);
    assert!(monotonic_clock::now() >= began + 20_000_000);
    soon.block();
    let output = cli::stdout::get_stdout();
    let writable = output.subscribe();
    assert_eq!(poll::poll(&[&later, &writable, &past]), [1, 2]);
    assert!(output.check_write().map_err(io::Error::other)? >= 4096);
    ok()
}

/// Waits for input with a time limit, then reads what has come.
fn poll_input() -> io::Result<()> {
    let input = cli::stdin::get_stdin();
    let readable = input.subscribe();
    assert_eq!(input.read(10).map_err(io::Error::other)?, b"", "nothing is there yet");
    let limit = monotonic_clock::subscribe_duration(10_000_000);
    assert_eq!(poll::poll(&[&readable, &limit]), [1]);
    println!("waiting");
    assert_eq!(poll::poll(&[&readable]), [0]);
    println!("{}", String::from_utf8_lossy(&input.read(100).map_err(io::Error::other)?).trim());
    assert!(matches!(input.blocking_read(100), Err(wasip2::io::streams::StreamError::Closed)));
    Ok(())
}

fn random_bytes() -> io::Result<()> {
    let (one, other) = (random::random::get_random_bytes(32), random::random::get_random_bytes(32));
    assert!(one.len() == 32 && one != other);
    assert_ne!(random::random::get_random_u64(), random::insecure::get_insecure_random_u64());
    assert_eq!(random::insecure::get_insecure_random_bytes(3).len(), 3);
    random::insecure_seed::insecure_seed();
    ok()
}

fn streams(folder: &str) -> io::Result<()> {
    let (root, name) = preopens::get_directories().pop().ok_or(io::Error::other("no preopen"))?;
    assert_eq!(name, "/");
    let path = format!("{}/stream", folder.trim_start_matches('/'));
    let access = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = root.open_at(PathFlags::empty(), &path, OpenFlags::CREATE, access).map_err(io::Error::other)?;
    let output = file.write_via_stream(0).map_err(io::Error::other)?;
    output.blocking_write_and_flush(b"0123456789").map_err(io::Error::other)?;
    output.blocking_write_zeroes_and_flush(2).map_err(io::Error::other)?;
    let append = file.append_via_stream().map_err(io::Error::other)?;
    let input = file.read_via_stream(3).map_err(io::Error::other)?;
    assert_eq!(input.skip(1).map_err(io::Error::other)?, 1);
    assert_eq!(append.splice(&input, 4).map_err(io::Error::other)?, 4);
    let (content, at_end) = file.read(100, 0).map_err(io::Error::other)?;
    assert_eq!((content.as_slice(), at_end), (&b"0123456789\0\x004567"[..], false));
    assert_eq!(file.read(100, 16), Ok((vec![], true)));
    // The streams go on without the descriptor.
    let before = file.metadata_hash().map_err(io::Error::other)?;
    drop(file);
    append.write(b"!").map_err(io::Error::other)?;
    assert_eq!(input.blocking_read(2).map_err(io::Error::other)?, b"89");
    drop((append, output, input));
    let after = root.metadata_hash_at(PathFlags::empty(), &path).map_err(io::Error::other)?;
    assert!(before.lower == after.lower && before.upper != after.upper);
    assert_eq!(root.stat_at(PathFlags::empty(), &path).map_err(io::Error::other)?.size, 17);
    root.unlink_file_at(&path).map_err(io::Error::other)?;
    let missing = root.open_at(PathFlags::empty(), &path, OpenFlags::empty(), DescriptorFlags::READ);
    assert_eq!(missing.err(), Some(ErrorCode::NoEntry));
    ok()
}

fn resolve() -> io::Result<()> {
    let network = sockets::instance_network::instance_network();
    let found = resolve_addresses(&network, "localhost").map_err(io::Error::other)?;
    let first = found.resolve_next_address().map_err(io::Error::other)?;
    println!("{first:?}");
    let none = resolve_addresses(&network, "no.such.host.invalid").map_err(io::Error::other)?;
    none.subscribe().block();
    assert!(none.resolve_next_address().is_err());
    Ok(())
}
