use super::*;
use crate::net::{ShutdownHow, SocketOption};
use crate::testing::errno;

#[test]
fn bytes_go_both_ways_and_end() {
    let mut system = System::new();
    let (client, server) = system.tcp_pair();
    assert_eq!(system.receive(client, 10), Err(AGAIN));
    assert_eq!(system.send(client, "hello"), Ok(5));
    assert_eq!(system.send(server, "world!"), Ok(6));
    assert_eq!(system.receive(server, 3), Ok(b"hel".to_vec()));
    assert_eq!(system.receive(server, 100), Ok(b"lo".to_vec()));
    assert_eq!(system.receive(client, 100), Ok(b"world!".to_vec()));
    system.send(client, "bye").unwrap();
    system.close(client);
    assert_eq!(system.poll_socket(server), Events::READABLE | Events::WRITABLE);
    assert_eq!(system.receive(server, 100), Ok(b"bye".to_vec()));
    assert_eq!(system.receive(server, 100), Ok(vec![]));
    assert_eq!(system.receive(server, 100), Ok(vec![]));
    system.check();
    system.close(server);
    system.check_no_sockets();
}

#[test]
fn addresses_of_both_ends() {
    let mut system = System::new();
    let (listener, address) = system.tcp_listener(1);
    let client = system.socket(Family::Ipv4, SocketKind::Stream);
    assert_eq!(system.kernel.local_address(system.tid, client), Ok(Address::Ipv4(0, 0)));
    assert_eq!(system.kernel.peer_address(system.tid, client), Err(Errno::NOTCONN.into()));
    system.kernel.connect(system.tid, client, address.clone()).unwrap();
    let (server, from) = system.kernel.accept(system.tid, listener, false, false).unwrap();
    assert_eq!(system.kernel.local_address(system.tid, client), Ok(from.clone()));
    assert_eq!(system.kernel.peer_address(system.tid, client), Ok(address.clone()));
    assert_eq!(system.kernel.local_address(system.tid, server), Ok(address));
    assert_eq!(system.kernel.peer_address(system.tid, server), Ok(from));
    assert_eq!(errno(system.kernel.connect(system.tid, client, Address::Ipv4(LOOPBACK, 1))), Errno::ISCONN);
}

#[test]
fn nobody_listens() {
    let mut system = System::new();
    let client = system.socket(Family::Ipv4, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(system.tid, client, Address::Ipv4(LOOPBACK, 9))), Errno::CONNREFUSED);
    let client = system.nonblocking(Family::Ipv4, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(system.tid, client, Address::Ipv4(LOOPBACK, 9))), Errno::INPROGRESS);
    assert!(system.poll_socket(client).contains(Events::ERROR | Events::HANGUP | Events::WRITABLE));
    let error = system.kernel.get_option(system.tid, client, SocketOption::Error).unwrap();
    assert_eq!(error, Errno::CONNREFUSED as u64);
    assert_eq!(system.kernel.get_option(system.tid, client, SocketOption::Error), Ok(0));
}

#[test]
fn outside_addresses_are_refused_and_noted() {
    let mut system = System::new();
    let client = system.socket(Family::Ipv4, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(system.tid, client, Address::Ipv4(0x0808_0808, 53))), Errno::ACCES);
    let events = system.host.take_audit();
    assert_eq!(events.len(), 1);
    assert_eq!((&*events[0].operation, &*events[0].object), ("connect", &b"8.8.8.8:53"[..]));
    assert_eq!(errno(system.kernel.bind(system.tid, client, Address::Ipv4(0x0808_0808, 53))), Errno::ADDRNOTAVAIL);
}

#[test]
fn unread_data_resets_the_connection() {
    let mut system = System::new();
    let (client, server) = system.tcp_pair();
    system.send(client, "unread").unwrap();
    system.send(server, "answer").unwrap();
    system.close(server);
    assert!(system.poll_socket(client).contains(Events::ERROR | Events::HANGUP));
    assert_eq!(errno(system.send(client, "more")), Errno::CONNRESET);
    assert_eq!(errno(system.send(client, "more")), Errno::PIPE);
    assert_eq!(system.receive(client, 100), Ok(b"answer".to_vec()));
    assert_eq!(system.receive(client, 100), Ok(vec![]));
    assert_eq!(errno(system.kernel.shutdown(system.tid, client, ShutdownHow::Write)), Errno::NOTCONN);
}

#[test]
fn writing_to_a_closed_end_breaks_the_pipe_at_the_second_try() {
    let mut system = System::new();
    let (client, server) = system.tcp_pair();
    system.close(server);
    assert_eq!(system.send(client, "lost"), Ok(4));
    assert!(system.poll_socket(client).contains(Events::HANGUP));
    assert_eq!(errno(system.send(client, "lost")), Errno::PIPE);
}

#[test]
fn linger_zero_resets() {
    let mut system = System::new();
    let (client, server) = system.tcp_pair();
    system.kernel.set_option(system.tid, server, SocketOption::Linger, 1).unwrap();
    system.close(server);
    assert_eq!(errno(system.receive(client, 1)), Errno::CONNRESET);
    assert_eq!(system.receive(client, 1), Ok(vec![]));
}

#[test]
fn a_full_buffer_holds_the_writer_back() {
    let mut system = System::new();
    let (client, server) = system.tcp_pair();
    system.kernel.set_option(system.tid, server, SocketOption::ReceiveBuffer, 5000).unwrap();
    assert_eq!(system.send(client, vec![1; 8000]), Ok(8000));
    assert_eq!(system.send(client, vec![2; 8000]), Ok(2000));
    assert_eq!(system.send(client, vec![2; 8000]), Err(AGAIN));
    assert!(!system.poll_socket(client).contains(Events::WRITABLE));
    let writer = system.task();
    let (socket, _) = system.kernel.socket_of(1, client).unwrap();
    system.kernel.socket_poll(Some(writer), socket);
    system.host.take_wakes();
    system.receive(server, 1000).unwrap();
    assert!(system.host.take_wakes().is_empty(), "a little room is no reason to wake the writer");
    assert_eq!(system.send(client, vec![3; 8000]), Ok(1000), "but it can be used");
    system.receive(server, 8000).unwrap();
    assert_eq!(system.host.take_wakes(), [writer]);
    assert!(system.poll_socket(client).contains(Events::WRITABLE));
    system.check();
}

#[test]
fn halves_are_shut_down_apart() {
    let mut system = System::new();
    let (client, server) = system.tcp_pair();
    system.send(client, "request").unwrap();
    system.kernel.shutdown(system.tid, client, ShutdownHow::Write).unwrap();
    assert_eq!(errno(system.send(client, "x")), Errno::PIPE);
    assert_eq!(system.receive(server, 100), Ok(b"request".to_vec()));
    assert_eq!(system.receive(server, 100), Ok(vec![]));
    assert_eq!(system.poll_socket(server), Events::READABLE | Events::WRITABLE);
    assert_eq!(system.send(server, "response"), Ok(8));
    system.kernel.shutdown(system.tid, server, ShutdownHow::Write).unwrap();
    assert!(system.poll_socket(server).contains(Events::HANGUP));
    assert_eq!(system.receive(client, 100), Ok(b"response".to_vec()));
    assert_eq!(system.receive(client, 100), Ok(vec![]));
}

#[test]
fn broken_pipes_signal_unless_asked_not_to() {
    let mut system = System::new();
    let (client, _server) = system.tcp_pair();
    // Pid 1 is sent no signals.
    let child = system.spawn_program(&[]);
    let tid = std::mem::replace(&mut system.tid, child);
    let catch = crate::proc::Disposition::Catch;
    system.kernel.signal_action(child, 13, Some(catch)).unwrap();
    system.kernel.shutdown(child, client, ShutdownHow::Write).unwrap();
    assert_eq!(errno(system.send_with(client, "x", MessageFlags::NO_SIGNAL, &[])), Errno::PIPE);
    assert_eq!(system.kernel.signal_take(child), Ok(None));
    assert_eq!(errno(system.send_with(client, "x", MessageFlags::empty(), &[])), Errno::PIPE);
    assert_eq!(system.kernel.signal_take(child), Ok(Some(13)));
    system.kernel.close(tid, client).unwrap();
}

#[test]
fn connections_wait_for_room_in_the_backlog() {
    let mut system = System::new();
    let (listener, address) = system.tcp_listener(1);
    let clients: Vec<Fd> = (0..4).map(|_| system.nonblocking(Family::Ipv4, SocketKind::Stream)).collect();
    for &client in &clients {
        assert_eq!(errno(system.kernel.connect(system.tid, client, address.clone())), Errno::INPROGRESS);
    }
    let ready = |system: &mut System, fd| system.poll_socket(fd).contains(Events::WRITABLE);
    let states: Vec<bool> = clients.iter().map(|&fd| ready(&mut system, fd)).collect();
    assert_eq!(states, [true, true, false, false]);
    assert_eq!(errno(system.kernel.connect(system.tid, clients[2], address.clone())), Errno::ALREADY);
    assert_eq!(system.kernel.connect(system.tid, clients[0], address.clone()), Ok(()));
    assert_eq!(errno(system.kernel.connect(system.tid, clients[0], address.clone())), Errno::ISCONN);
    system.check();
    system.kernel.accept(system.tid, listener, true, false).unwrap();
    assert!(ready(&mut system, clients[2]));
    system.close(listener);
    assert_eq!(errno(system.receive(clients[1], 1)), Errno::CONNRESET);
    let error = system.kernel.get_option(system.tid, clients[3], SocketOption::Error).unwrap();
    assert_eq!(error, Errno::CONNREFUSED as u64);
    system.check();
}

#[test]
fn a_blocked_connect_ends_when_it_is_made() {
    let mut system = System::new();
    let (listener, address) = system.tcp_listener(1);
    let sockets: Vec<Fd> = (0..3).map(|_| system.socket(Family::Ipv4, SocketKind::Stream)).collect();
    system.kernel.connect(system.tid, sockets[0], address.clone()).unwrap();
    system.kernel.connect(system.tid, sockets[1], address.clone()).unwrap();
    let task = system.task();
    assert_eq!(system.kernel.connect(task, sockets[2], address.clone()), Err(Fault::Blocked));
    assert_eq!(system.kernel.connect(task, sockets[2], address.clone()), Err(Fault::Blocked));
    system.host.take_wakes();
    system.kernel.accept(system.tid, listener, false, false).unwrap();
    assert!(system.host.take_wakes().contains(&task));
    assert_eq!(system.kernel.connect(task, sockets[2], address), Ok(()));
}

#[test]
fn ports_are_held_and_released() {
    let mut system = System::new();
    let tid = system.tid;
    let (listener, address) = system.tcp_listener(5);
    let other = system.socket(Family::Ipv4, SocketKind::Stream);
    assert_eq!(errno(system.kernel.bind(tid, other, address.clone())), Errno::ADDRINUSE);
    let Address::Ipv4(_, port) = address.clone() else { panic!("{address}") };
    assert_eq!(errno(system.kernel.bind(tid, other, Address::Ipv4(0, port))), Errno::ADDRINUSE);
    // Another address of the loopback network is free, as is the port for UDP.
    let elsewhere = system.socket(Family::Ipv4, SocketKind::Stream);
    system.kernel.bind(tid, elsewhere, Address::Ipv4(0x7f00_0002, port)).unwrap();
    let udp = system.socket(Family::Ipv4, SocketKind::Datagram);
    system.kernel.bind(tid, udp, address.clone()).unwrap();
    // An accepted connection holds on to the port unless both sides may reuse it.
    let client = system.socket(Family::Ipv4, SocketKind::Stream);
    system.kernel.connect(tid, client, address.clone()).unwrap();
    let (server, _) = system.kernel.accept(tid, listener, false, false).unwrap();
    system.close(listener);
    assert_eq!(errno(system.kernel.bind(tid, other, address.clone())), Errno::ADDRINUSE);
    system.close(server);
    system.kernel.bind(tid, other, address).unwrap();
    system.check();
}

#[test]
fn reuse_address_allows_binding_beside_connections_but_not_listeners() {
    let mut system = System::new();
    let tid = system.tid;
    let reusing = |system: &mut System| {
        let fd = system.nonblocking(Family::Ipv4, SocketKind::Stream);
        system.kernel.set_option(tid, fd, SocketOption::ReuseAddress, 1).unwrap();
        fd
    };
    let first = reusing(&mut system);
    system.kernel.bind(tid, first, Address::Ipv4(LOOPBACK, 8080)).unwrap();
    let second = reusing(&mut system);
    system.kernel.bind(tid, second, Address::Ipv4(LOOPBACK, 8080)).unwrap();
    system.kernel.listen(tid, first, 1).unwrap();
    assert_eq!(errno(system.kernel.listen(tid, second, 1)), Errno::ADDRINUSE);
    let third = reusing(&mut system);
    assert_eq!(errno(system.kernel.bind(tid, third, Address::Ipv4(LOOPBACK, 8080))), Errno::ADDRINUSE);
    system.close(first);
    system.kernel.listen(tid, second, 1).unwrap();
}

#[test]
fn reuse_port_shares_connections_out() {
    let mut system = System::new();
    let tid = system.tid;
    let listeners: Vec<Fd> = (0..2)
        .map(|_| {
            let fd = system.nonblocking(Family::Ipv4, SocketKind::Stream);
            system.kernel.set_option(tid, fd, SocketOption::ReusePort, 1).unwrap();
            system.kernel.bind(tid, fd, Address::Ipv4(LOOPBACK, 8080)).unwrap();
            system.kernel.listen(tid, fd, 10).unwrap();
            fd
        })
        .collect();
    for _ in 0..4 {
        let client = system.socket(Family::Ipv4, SocketKind::Stream);
        system.kernel.connect(tid, client, Address::Ipv4(LOOPBACK, 8080)).unwrap();
    }
    for listener in listeners {
        for _ in 0..2 {
            system.kernel.accept(tid, listener, false, false).unwrap();
        }
        assert_eq!(errno(system.kernel.accept(tid, listener, false, false)), Errno::AGAIN);
    }
}

#[test]
fn ipv6_listeners_take_ipv4_unless_told_not_to() {
    let mut system = System::new();
    let tid = system.tid;
    let listener = system.nonblocking(Family::Ipv6, SocketKind::Stream);
    system.kernel.bind(tid, listener, Address::Ipv6([0; 16], 80, 0)).unwrap();
    system.kernel.listen(tid, listener, 5).unwrap();
    let four = system.socket(Family::Ipv4, SocketKind::Stream);
    assert_eq!(errno(system.kernel.bind(tid, four, Address::Ipv4(0, 80))), Errno::ADDRINUSE);
    system.kernel.connect(tid, four, Address::Ipv4(LOOPBACK, 80)).unwrap();
    let (server, from) = system.kernel.accept(tid, listener, false, false).unwrap();
    assert!(from.to_string().starts_with("[::ffff:127.0.0.1]:"), "{from}");
    let local = system.kernel.local_address(tid, server).unwrap();
    assert_eq!(local.to_string(), "[::ffff:127.0.0.1]:80");
    let six = system.socket(Family::Ipv6, SocketKind::Stream);
    system.kernel.connect(tid, six, Address::Ipv6(std::net::Ipv6Addr::LOCALHOST.octets(), 80, 0)).unwrap();
    let (_, from) = system.kernel.accept(tid, listener, false, false).unwrap();
    assert!(from.to_string().starts_with("[::1]:"), "{from}");

    let only = system.nonblocking(Family::Ipv6, SocketKind::Stream);
    system.kernel.set_option(tid, only, SocketOption::Ipv6Only, 1).unwrap();
    system.kernel.bind(tid, only, Address::Ipv6([0; 16], 81, 0)).unwrap();
    system.kernel.listen(tid, only, 5).unwrap();
    let four = system.socket(Family::Ipv4, SocketKind::Stream);
    assert_eq!(errno(system.kernel.connect(tid, four, Address::Ipv4(LOOPBACK, 81))), Errno::CONNREFUSED);
    system.kernel.bind(tid, four, Address::Ipv4(0, 81)).unwrap();
}

#[test]
fn peek_and_wait_all() {
    let mut system = System::new();
    let (client, server) = system.tcp_pair();
    let tid = system.tid;
    system.send(client, "abcdef").unwrap();
    let peeked = system.kernel.receive(tid, server, 3, MessageFlags::PEEK).unwrap();
    assert_eq!(peeked.data, b"abc");
    assert_eq!(system.receive(server, 2), Ok(b"ab".to_vec()));
    // A blocking reader of more than the buffer holds gets all of it.
    let (fd, other) = system.kernel.socketpair(tid, SocketKind::Stream, false, false).unwrap();
    let reader = system.task();
    system.kernel.set_option(tid, other, SocketOption::ReceiveBuffer, 1).unwrap();
    let all = 20_000;
    let wait = |system: &mut System| system.kernel.receive(reader, other, all, MessageFlags::WAIT_ALL);
    let mut sent = 0;
    while sent < all {
        assert_eq!(wait(&mut system), Err(Fault::Blocked));
        sent += system.send(fd, vec![7; (all - sent) as usize]).unwrap();
    }
    assert_eq!(wait(&mut system).unwrap().data.len(), all as usize);
    // The end of the stream ends the wait.
    system.send(fd, "rest").unwrap();
    assert_eq!(wait(&mut system), Err(Fault::Blocked));
    system.close(fd);
    assert_eq!(wait(&mut system).unwrap().data, b"rest");
}

#[test]
fn timeouts_end_waits() {
    let mut system = System::new();
    let tid = system.tid;
    let (fd, _other) = system.kernel.socketpair(tid, SocketKind::Stream, false, false).unwrap();
    system.kernel.set_option(tid, fd, SocketOption::ReceiveTimeout, 5_000_000).unwrap();
    assert_eq!(system.receive(fd, 1), Err(Fault::Blocked));
    let due = system.host.record().timer.expect("a timer");
    assert_eq!(due, system.host.record().monotonic + 5_000_000);
    system.host.record().monotonic = due - 1;
    assert_eq!(system.receive(fd, 1), Err(Fault::Blocked));
    system.host.record().monotonic = due;
    system.host.take_wakes();
    system.kernel.tick();
    assert_eq!(system.host.take_wakes(), [tid]);
    assert_eq!(system.receive(fd, 1), Err(AGAIN));
    assert_eq!(system.receive(fd, 1), Err(Fault::Blocked), "the next call waits anew");
}

#[test]
fn accepting_without_a_descriptor_to_be_had_keeps_the_connection() {
    let mut system = System::builder().memory("/").limits(|limits| limits.open_files = 2).boot();
    let tid = system.tid;
    let (listener, address) = system.tcp_listener(5);
    let client = system.socket(Family::Ipv4, SocketKind::Stream);
    system.kernel.connect(tid, client, address).unwrap();
    assert_eq!(errno(system.kernel.accept(tid, listener, false, false)), Errno::NFILE);
    system.close(client);
    let (server, _) = system.kernel.accept(tid, listener, false, false).unwrap();
    assert_eq!(system.receive(server, 1), Ok(vec![]));
}

#[test]
fn memory_is_charged_and_bounded() {
    let mut system = System::builder().memory("/").limits(|limits| limits.memory = 100_000).boot();
    let before = system.kernel.state.memory;
    let (client, server) = system.tcp_pair();
    let sent: u32 = std::iter::from_fn(|| system.send(client, vec![0; 30_000]).ok()).take(9).sum();
    assert!((60_000..=100_000).contains(&sent), "{sent}");
    assert_eq!(errno(system.send(client, vec![0; 50_000])), Errno::NOBUFS);
    assert_eq!(system.kernel.state.memory, before + u64::from(sent));
    system.close(client);
    system.close(server);
    assert_eq!(system.kernel.state.memory, before);
}
