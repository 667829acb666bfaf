use super::*;
use crate::net::{ShutdownHow, SocketOption};
use crate::open_file::OpenFlags;
use crate::testing::errno;

fn path(name: &str) -> Address {
    Address::Unix(name.as_bytes().to_vec())
}

fn listener(system: &mut System, name: &str, kind: SocketKind) -> Fd {
    let fd = system.nonblocking(Family::Unix, kind);
    system.kernel.bind(system.tid, fd, path(name)).unwrap();
    system.kernel.listen(system.tid, fd, 1).unwrap();
    fd
}

#[test]
fn a_path_leads_to_its_socket() {
    let mut system = System::new();
    let tid = system.tid;
    let server = listener(&mut system, "/server", SocketKind::Stream);
    assert_eq!(system.stat("/server").unwrap().kind, crate::fs::FileKind::Socket);
    let client = system.nonblocking(Family::Unix, SocketKind::Stream);
    system.kernel.connect(tid, client, path("/server")).unwrap();
    let (accepted, from) = system.kernel.accept(tid, server, true, false).unwrap();
    assert_eq!(from, Address::Unspecified);
    assert_eq!(system.kernel.peer_address(tid, client), Ok(path("/server")));
    assert_eq!(system.kernel.local_address(tid, accepted), Ok(path("/server")));
    system.send(client, "hi").unwrap();
    let message = system.kernel.receive(tid, accepted, 10, MessageFlags::empty()).unwrap();
    assert_eq!((&*message.data, message.credentials.unwrap().pid), (&b"hi"[..], 1));
    system.check();
    // The name is the listener's: it is found by it no more when closed, though the file and the connection stay.
    system.close(server);
    let late = system.nonblocking(Family::Unix, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(tid, late, path("/server"))), Errno::CONNREFUSED);
    assert_eq!(errno(system.kernel.bind(tid, late, path("/server"))), Errno::ADDRINUSE);
    system.send(accepted, "still here").unwrap();
    assert_eq!(system.receive(client, 100), Ok(b"still here".to_vec()));
    system.kernel.unlink(tid, crate::AT_FDCWD, b"/server").unwrap();
    system.kernel.bind(tid, late, path("/server")).unwrap();
    system.check();
}

#[test]
fn a_renamed_socket_file_is_still_the_socket() {
    let mut system = System::new();
    let tid = system.tid;
    listener(&mut system, "/a", SocketKind::Stream);
    let at = crate::AT_FDCWD;
    system.kernel.rename(tid, at, b"/a", at, b"/b", crate::fs::RenameMode::Replace).unwrap();
    let client = system.nonblocking(Family::Unix, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(tid, client, path("/a"))), Errno::NOENT);
    system.kernel.connect(tid, client, path("/b")).unwrap();
}

#[test]
fn connecting_to_what_is_no_listener() {
    let mut system = System::new();
    let tid = system.tid;
    system.write_file("/file", "x").unwrap();
    let client = system.nonblocking(Family::Unix, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(tid, client, path("/file"))), Errno::CONNREFUSED);
    assert_eq!(errno(system.kernel.connect(tid, client, path("/missing"))), Errno::NOENT);
    let datagram = system.socket(Family::Unix, SocketKind::Datagram);
    system.kernel.bind(tid, datagram, path("/datagram")).unwrap();
    assert_eq!(errno(system.kernel.connect(tid, client, path("/datagram"))), Errno::PROTOTYPE);
    assert_eq!(errno(system.kernel.bind(tid, client, Address::Ipv4(LOOPBACK, 1))), Errno::AFNOSUPPORT);
    assert_eq!(errno(system.kernel.bind(tid, client, path(&"x".repeat(109)))), Errno::INVAL);
    let fd = system.open("/file", OpenFlags::READ).unwrap();
    assert_eq!(errno(system.receive(fd, 1)), Errno::NOTSOCK);
}

#[test]
fn abstract_names_need_no_files() {
    let mut system = System::new();
    let tid = system.tid;
    listener(&mut system, "\0name", SocketKind::Seqpacket);
    let other = system.nonblocking(Family::Unix, SocketKind::Seqpacket);
    assert_eq!(errno(system.kernel.bind(tid, other, path("\0name"))), Errno::ADDRINUSE);
    system.kernel.connect(tid, other, path("\0name")).unwrap();
    let auto = system.socket(Family::Unix, SocketKind::Stream);
    system.kernel.bind(tid, auto, path("")).unwrap();
    let Ok(Address::Unix(name)) = system.kernel.local_address(tid, auto) else { panic!("no name") };
    assert_eq!((name.len(), name[0]), (6, 0));
    system.check();
}

#[test]
fn a_full_backlog_holds_connects_back() {
    let mut system = System::new();
    let tid = system.tid;
    let server = listener(&mut system, "\0s", SocketKind::Stream);
    for _ in 0..2 {
        let client = system.nonblocking(Family::Unix, SocketKind::Stream);
        system.kernel.connect(tid, client, path("\0s")).unwrap();
    }
    let hasty = system.nonblocking(Family::Unix, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(tid, hasty, path("\0s"))), Errno::AGAIN);
    let patient = system.socket(Family::Unix, SocketKind::Stream);
    let task = system.task();
    assert_eq!(system.kernel.connect(task, patient, path("\0s")), Err(Fault::Blocked));
    system.host.take_wakes();
    system.kernel.accept(tid, server, false, false).unwrap();
    assert!(system.host.take_wakes().contains(&task));
    assert_eq!(system.kernel.connect(task, patient, path("\0s")), Ok(()));
}

#[test]
fn closing_breaks_the_pipe_at_once() {
    let mut system = System::new();
    let (one, two) = system.pair(SocketKind::Stream);
    system.send(one, "last").unwrap();
    system.close(one);
    assert_eq!(system.poll_socket(two), Events::READABLE | Events::WRITABLE | Events::HANGUP);
    assert_eq!(errno(system.send(two, "x")), Errno::PIPE);
    assert_eq!(system.receive(two, 10), Ok(b"last".to_vec()));
    assert_eq!(system.receive(two, 10), Ok(vec![]));
}

#[test]
fn shut_readers_break_the_pipe() {
    let mut system = System::new();
    for kind in [SocketKind::Stream, SocketKind::Seqpacket, SocketKind::Datagram] {
        let (one, two) = system.pair(kind);
        system.kernel.shutdown(system.tid, two, ShutdownHow::Read).unwrap();
        assert_eq!(errno(system.send(one, "x")), Errno::PIPE, "{kind:?}");
        assert_eq!(system.receive(two, 1), Ok(vec![]), "{kind:?}");
    }
}

#[test]
fn packets_keep_their_bounds() {
    let mut system = System::new();
    let (one, two) = system.pair(SocketKind::Seqpacket);
    system.send(one, "first").unwrap();
    system.send(one, "second").unwrap();
    let message = system.kernel.receive(system.tid, two, 3, MessageFlags::empty()).unwrap();
    assert_eq!((&*message.data, message.flags), (&b"fir"[..], MessageFlags::TRUNCATED));
    assert_eq!(system.receive(two, 100), Ok(b"second".to_vec()));
    assert_eq!(errno(system.send(one, vec![0; 1 << 20])), Errno::MSGSIZE);
    system.close(one);
    assert_eq!(system.receive(two, 100), Ok(vec![]));
    assert_eq!(errno(system.send(two, "x")), Errno::PIPE);
}

#[test]
fn datagrams_wait_for_room() {
    let mut system = System::new();
    let tid = system.tid;
    let (one, two) = system.kernel.socketpair(tid, SocketKind::Datagram, false, false).unwrap();
    let mut sent = 0;
    while system.send(one, vec![0; 10_000]).is_ok() {
        sent += 1;
    }
    assert!((10..50).contains(&sent), "{sent}");
    assert_eq!(system.send(one, vec![0; 10_000]), Err(Fault::Blocked));
    assert!(!system.poll_socket(one).contains(Events::WRITABLE));
    system.host.take_wakes();
    for _ in 0..sent {
        system.receive(two, 10_000).unwrap();
    }
    assert!(system.host.take_wakes().contains(&tid));
    assert!(system.poll_socket(one).contains(Events::WRITABLE));
    system.close(two);
    assert_eq!(errno(system.send(one, "x")), Errno::CONNREFUSED);
}

#[test]
fn a_datagram_socket_with_a_peer_takes_nothing_from_others() {
    let mut system = System::new();
    let tid = system.tid;
    let bound = |system: &mut System, name: &str| {
        let fd = system.nonblocking(Family::Unix, SocketKind::Datagram);
        system.kernel.bind(tid, fd, path(name)).unwrap();
        fd
    };
    let one = bound(&mut system, "\0one");
    let two = bound(&mut system, "\0two");
    let three = bound(&mut system, "\0three");
    system.send_to(three, "x", &path("\0one")).unwrap();
    let message = system.kernel.receive(tid, one, 10, MessageFlags::empty()).unwrap();
    assert_eq!(message.from, path("\0three"));
    system.kernel.connect(tid, one, path("\0two")).unwrap();
    assert_eq!(errno(system.send_to(three, "x", &path("\0one"))), Errno::PERM);
    system.send_to(two, "y", &path("\0one")).unwrap();
    assert_eq!(system.receive(one, 10), Ok(b"y".to_vec()));
    // A new socket in the place of the old one is not the peer.
    system.close(two);
    bound(&mut system, "\0two");
    assert_eq!(errno(system.send(one, "z")), Errno::CONNREFUSED);
    assert_eq!(system.kernel.get_option(tid, one, SocketOption::Error), Ok(0));
    system.check();
}
