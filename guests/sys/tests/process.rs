//! Children through the development back end; the same calls run in a VM in the whole-system tests.

#![cfg(unix)]

use std::os::fd::AsRawFd;
use std::time::Duration;

use vivarium_sys::fs::{self, OpenFlags};
use vivarium_sys::poll::{PollFd, events, poll};
use vivarium_sys::process::{Command, Stdio};
use vivarium_sys::signal::Signal;
use vivarium_sys::wait::Status;
use vivarium_sys::{Errno, pipe};

#[test]
fn output_and_status() {
    let out = Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]).output().unwrap();
    assert_eq!((out.status, &out.stdout[..], &out.stderr[..]), (Status::Exited(3), &b"out\n"[..], &b"err\n"[..]));
}

#[test]
fn absent_program() {
    assert_eq!(Command::new("no-such-program").spawn().err(), Some(Errno::NOENT));
    assert_eq!(Command::new("/etc/passwd").spawn().err(), Some(Errno::ACCES));
}

#[test]
fn killed() {
    let mut child = Command::new("sleep").arg("100").stdin(Stdio::Null).spawn().unwrap();
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap(), Status::Signaled(Signal::KILL));
    assert_eq!(child.wait().unwrap().code(), 137);
}

#[test]
fn more_input_than_a_pipe_holds() {
    let mut child = Command::new("wc").arg("-c").stdin(Stdio::Piped).stdout(Stdio::Piped).spawn().unwrap();
    child.write_input(&vec![b'x'; 1 << 20]).unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"1048576\n");
}

#[test]
fn directories_and_stat() {
    let names: Vec<_> = fs::read_directory("src").unwrap().into_iter().map(|e| e.name).collect();
    assert!(names.contains(&b"raw.rs".to_vec()) && !names.contains(&b".".to_vec()));
    assert!(fs::stat("src").unwrap().is_directory());
    assert_eq!(fs::stat("").err(), Some(Errno::NOENT));
}

#[test]
fn polling_a_pipe() {
    let (reader, writer) = pipe::pipe(OpenFlags::CLOSE_ON_EXEC).unwrap();
    let mut fds = [PollFd::new(reader.as_raw_fd(), events::READABLE)];
    assert_eq!(poll(&mut fds, Some(Duration::from_millis(1))), Ok(0));
    fs::write_all(writer.as_raw_fd(), b"x").unwrap();
    assert_eq!(poll(&mut fds, None), Ok(1));
    assert_eq!(fds[0].revents, events::READABLE);
}
