use super::*;
use crate::open_file::OpenFlags;
use crate::testing::errno;

fn pass(system: &mut System, through: Fd, data: &str, fds: &[Fd]) {
    assert_eq!(system.send_with(through, data, MessageFlags::empty(), fds), Ok(data.len() as u32));
}

#[test]
fn a_passed_file_is_the_same_open_file() {
    for kind in [SocketKind::Stream, SocketKind::Datagram, SocketKind::Seqpacket] {
        let mut system = System::new();
        let (one, two) = system.pair(kind);
        system.write_file("/file", "0123456789").unwrap();
        let file = system.open("/file", OpenFlags::READ).unwrap();
        system.read(file, 4).unwrap();
        pass(&mut system, one, "x", &[file]);
        system.close(file);
        system.check();
        let message = system.kernel.receive(system.tid, two, 10, MessageFlags::empty()).unwrap();
        assert_eq!(message.data, b"x");
        assert_eq!(system.read(message.descriptors[0], 100), Ok(b"456789".to_vec()), "{kind:?}");
        system.check();
    }
}

#[test]
fn reads_without_room_for_descriptors_close_them() {
    let mut system = System::new();
    let (one, two) = system.pair(SocketKind::Stream);
    let (three, four) = system.pair(SocketKind::Stream);
    pass(&mut system, one, "x", &[four]);
    system.close(four);
    assert_eq!(system.send(three, "kept open by the message"), Ok(24));
    assert_eq!(system.read(two, 10), Ok(b"x".to_vec()));
    assert_eq!(errno(system.send(three, "closed")), Errno::CONNRESET);
    system.check();
}

#[test]
fn peeking_gives_descriptors_too() {
    let mut system = System::new();
    let (one, two) = system.pair(SocketKind::Stream);
    pass(&mut system, one, "ab", &[one]);
    let peeked = system.kernel.receive(system.tid, two, 1, MessageFlags::PEEK).unwrap();
    let taken = system.kernel.receive(system.tid, two, 1, MessageFlags::empty()).unwrap();
    assert_eq!((peeked.descriptors.len(), taken.descriptors.len()), (1, 1));
    assert_eq!(system.receive(two, 10), Ok(b"b".to_vec()));
    system.check();
}

#[test]
fn only_unix_sockets_pass_descriptors_and_not_too_many() {
    let mut system = System::new();
    let (client, _server) = system.tcp_pair();
    assert_eq!(errno(system.send_with(client, "x", MessageFlags::empty(), &[client])), Errno::INVAL);
    let (one, _two) = system.pair(SocketKind::Stream);
    assert_eq!(errno(system.send_with(one, "x", MessageFlags::empty(), &[one; 254])), Errno::INVAL);
    assert_eq!(errno(system.send_with(one, "x", MessageFlags::empty(), &[999])), Errno::BADF);
}

#[test]
fn a_socket_in_its_own_queue_is_collected() {
    for kind in [SocketKind::Stream, SocketKind::Datagram] {
        let mut system = System::new();
        let (one, two) = system.pair(kind);
        pass(&mut system, one, "x", &[two]);
        pass(&mut system, two, "y", &[one]);
        system.close(one);
        system.check();
        system.close(two);
        system.check_no_sockets();
        assert_eq!(system.kernel.state.files.len(), 0);
    }
}

#[test]
fn a_cycle_with_a_way_in_stays() {
    let mut system = System::new();
    let (one, two) = system.pair(SocketKind::Stream);
    let (three, four) = system.pair(SocketKind::Stream);
    // `two` lies in its own queue, and `four` with it; `one` still leads there, but nobody can read what lies there.
    pass(&mut system, one, "x", &[two, four]);
    // `two` can be taken out through `three`.
    pass(&mut system, four, "y", &[two]);
    system.close(four);
    system.close(two);
    system.check();
    let message = system.kernel.receive(system.tid, three, 10, MessageFlags::empty()).unwrap();
    let two = message.descriptors[0];
    let message = system.kernel.receive(system.tid, two, 10, MessageFlags::empty()).unwrap();
    assert_eq!(message.descriptors.len(), 2);
    for fd in [one, two, three].into_iter().chain(message.descriptors) {
        system.close(fd);
    }
    system.check_no_sockets();
}

#[test]
fn a_listener_in_the_queue_of_its_own_connection_is_collected() {
    let mut system = System::new();
    let tid = system.tid;
    let name = Address::Unix(b"\0l".to_vec());
    let listener = system.nonblocking(Family::Unix, SocketKind::Stream);
    system.kernel.bind(tid, listener, name.clone()).unwrap();
    system.kernel.listen(tid, listener, 5).unwrap();
    let client = system.nonblocking(Family::Unix, SocketKind::Stream);
    system.kernel.connect(tid, client, name).unwrap();
    pass(&mut system, client, "x", &[listener, client]);
    system.close(listener);
    system.check();
    system.close(client);
    system.check_no_sockets();
}

#[test]
fn a_long_chain_of_queues_is_closed_without_recursion() {
    let mut system = System::builder().memory("/").limits(|limits| limits.open_files = 100_000).boot();
    let (mut last, mut end) = system.pair(SocketKind::Stream);
    for _ in 0..20_000 {
        let (one, two) = system.pair(SocketKind::Stream);
        pass(&mut system, one, "x", &[last, end]);
        system.close(last);
        system.close(end);
        (last, end) = (one, two);
    }
    system.close(last);
    system.close(end);
    system.check_no_sockets();
}
