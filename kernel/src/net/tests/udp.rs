use super::*;
use crate::net::SocketOption;
use crate::testing::errno;

fn bound(system: &mut System) -> (Fd, Address) {
    let fd = system.nonblocking(Family::Ipv4, SocketKind::Datagram);
    system.kernel.bind(system.tid, fd, Address::Ipv4(LOOPBACK, 0)).unwrap();
    let address = system.kernel.local_address(system.tid, fd).unwrap();
    (fd, address)
}

#[test]
fn datagrams_keep_their_bounds_and_sender() {
    let mut system = System::new();
    let (receiver, address) = bound(&mut system);
    let (sender, from) = bound(&mut system);
    for message in ["one", "", "three"] {
        assert_eq!(system.send_to(sender, message, &address), Ok(message.len() as u32));
    }
    let flags = MessageFlags::PEEK | MessageFlags::TRUNCATED;
    let message = system.kernel.receive(system.tid, receiver, 1, flags).unwrap();
    assert_eq!((&*message.data, message.flags), (&b"one"[..], MessageFlags::TRUNCATED));
    let message = system.kernel.receive(system.tid, receiver, 2, MessageFlags::empty()).unwrap();
    assert_eq!((&*message.data, message.flags, message.from), (&b"on"[..], MessageFlags::TRUNCATED, from));
    assert_eq!(system.receive(receiver, 100), Ok(vec![]));
    assert_eq!(system.receive(receiver, 100), Ok(b"three".to_vec()));
    assert_eq!(system.receive(receiver, 100), Err(AGAIN));
    system.check();
}

#[test]
fn an_unbound_sender_gets_a_port() {
    let mut system = System::new();
    let (receiver, address) = bound(&mut system);
    let sender = system.nonblocking(Family::Ipv4, SocketKind::Datagram);
    system.send_to(sender, "x", &address).unwrap();
    let message = system.kernel.receive(system.tid, receiver, 10, MessageFlags::empty()).unwrap();
    system.send_to(receiver, "y", &message.from).unwrap();
    assert_eq!(system.receive(sender, 10), Ok(b"y".to_vec()));
}

#[test]
fn a_connected_socket_hears_only_its_peer() {
    let mut system = System::new();
    let (one, one_address) = bound(&mut system);
    let (two, two_address) = bound(&mut system);
    let (three, _) = bound(&mut system);
    system.kernel.connect(system.tid, one, two_address.clone()).unwrap();
    system.send_to(three, "stranger", &one_address).unwrap();
    assert_eq!(system.receive(one, 10), Err(AGAIN));
    system.send(one, "hello").unwrap();
    assert_eq!(system.receive(two, 10), Ok(b"hello".to_vec()));
    assert_eq!(system.kernel.peer_address(system.tid, one), Ok(two_address));
    system.close(two);
    assert_eq!(system.send(one, "anybody?"), Ok(8));
    assert_eq!(errno(system.send(one, "hello?")), Errno::CONNREFUSED);
    system.kernel.connect(system.tid, one, Address::Unspecified).unwrap();
    assert_eq!(errno(system.send(one, "x")), Errno::DESTADDRREQ);
}

#[test]
fn limits_of_datagrams() {
    let mut system = System::new();
    let (receiver, address) = bound(&mut system);
    let (sender, _) = bound(&mut system);
    assert_eq!(system.send_to(sender, vec![0; 65_507], &address), Ok(65_507));
    assert_eq!(errno(system.send_to(sender, vec![0; 65_508], &address)), Errno::MSGSIZE);
    assert_eq!(errno(system.send_to(sender, "x", &Address::Ipv4(0xffff_ffff, 1))), Errno::ACCES);
    assert_eq!(errno(system.send_to(sender, "x", &Address::Ipv4(0x0a00_0001, 1))), Errno::ACCES);
    // What does not fit is dropped, as UDP does.
    for _ in 0..2000 {
        system.send_to(sender, "flood", &address).unwrap();
    }
    let received = std::iter::from_fn(|| system.receive(receiver, 65_536).ok()).count();
    assert!((100..2000).contains(&received), "{received}");
}

#[test]
fn a_deaf_socket_drops() {
    let mut system = System::new();
    let (receiver, address) = bound(&mut system);
    let (sender, sender_address) = bound(&mut system);
    system.kernel.connect(system.tid, receiver, sender_address).unwrap();
    system.kernel.shutdown(system.tid, receiver, crate::net::ShutdownHow::Read).unwrap();
    system.send_to(sender, "x", &address).unwrap();
    assert_eq!(system.receive(receiver, 1), Ok(vec![]));
    assert_eq!(system.kernel.get_option(system.tid, receiver, SocketOption::Kind), Ok(1));
}
