//! Random calls on sockets: the state fits together after each, streams carry what was sent, and a copy of the system made
//! by a snapshot goes on alike.

use proptest::prelude::*;

use super::*;
use crate::Kernel;
use crate::net::{ShutdownHow, SocketOption};
use crate::testing::TestHost;

#[derive(Clone, Debug)]
enum Call {
    Socket(u8, u8),
    Pair(u8),
    Bind(u8, u8),
    Listen(u8, u8),
    Connect(u8, u8),
    Accept(u8),
    Send(u8, u16, Option<u8>, Vec<u8>),
    Receive(u8, u16, u8),
    Shutdown(u8, u8),
    Close(u8),
    Dup(u8),
    Buffer(u8, u16),
    Poll(u8),
    Option(u8),
}

fn call() -> impl Strategy<Value = Call> {
    let fd = 0..12u8;
    prop_oneof![
        2 => (0..3u8, 0..3u8).prop_map(|(family, kind)| Call::Socket(family, kind)),
        2 => (0..3u8).prop_map(Call::Pair),
        3 => (fd.clone(), 0..8u8).prop_map(|(fd, address)| Call::Bind(fd, address)),
        3 => (fd.clone(), 0..3u8).prop_map(|(fd, backlog)| Call::Listen(fd, backlog)),
        5 => (fd.clone(), 0..9u8).prop_map(|(fd, address)| Call::Connect(fd, address)),
        4 => fd.clone().prop_map(Call::Accept),
        6 => (fd.clone(), 0..9000u16, proptest::option::of(0..8u8), proptest::collection::vec(0..12u8, 0..3))
            .prop_map(|(fd, length, to, fds)| Call::Send(fd, length, to, fds)),
        6 => (fd.clone(), 0..9000u16, any::<u8>()).prop_map(|(fd, length, flags)| Call::Receive(fd, length, flags)),
        1 => (fd.clone(), 0..3u8).prop_map(|(fd, how)| Call::Shutdown(fd, how)),
        3 => fd.clone().prop_map(Call::Close),
        1 => fd.clone().prop_map(Call::Dup),
        1 => (fd.clone(), any::<u16>()).prop_map(|(fd, size)| Call::Buffer(fd, size)),
        2 => fd.clone().prop_map(Call::Poll),
        1 => fd.prop_map(Call::Option),
    ]
}

fn address(number: u8) -> Address {
    match number {
        0 => Address::Ipv4(LOOPBACK, 80),
        1 => Address::Ipv4(0, 80),
        2 => Address::Ipv6(std::net::Ipv6Addr::LOCALHOST.octets(), 80, 0),
        3 => Address::Ipv6([0; 16], 81, 0),
        4 => Address::Unix(b"/socket".to_vec()),
        5 => Address::Unix(b"\0abstract".to_vec()),
        6 => Address::Unix(b"\0other".to_vec()),
        7 => Address::Ipv4(LOOPBACK, 81),
        _ => Address::Unspecified,
    }
}

/// Makes a call and tells all it gave.
fn apply(kernel: &mut Kernel, tid: Tid, call: &Call) -> String {
    let kind = |kind: u8| [SocketKind::Stream, SocketKind::Datagram, SocketKind::Seqpacket][usize::from(kind)];
    let fd = |fd: u8| Fd::from(fd);
    match call.clone() {
        Call::Socket(family, k) => {
            let family = [Family::Ipv4, Family::Ipv6, Family::Unix][usize::from(family)];
            format!("{:?}", kernel.socket(tid, family, kind(k), k % 2 == 0, false))
        }
        Call::Pair(k) => format!("{:?}", kernel.socketpair(tid, kind(k), false, false)),
        Call::Bind(f, a) => format!("{:?}", kernel.bind(tid, fd(f), address(a))),
        Call::Listen(f, backlog) => format!("{:?}", kernel.listen(tid, fd(f), backlog.into())),
        Call::Connect(f, a) => format!("{:?}", kernel.connect(tid, fd(f), address(a))),
        Call::Accept(f) => format!("{:?}", kernel.accept(tid, fd(f), f % 2 == 0, false)),
        Call::Send(f, length, to, fds) => {
            let fds: Vec<Fd> = fds.into_iter().map(fd).collect();
            let data = vec![f; length.into()];
            format!("{:?}", kernel.send(tid, fd(f), data, to.map(address), MessageFlags::NO_SIGNAL, &fds))
        }
        Call::Receive(f, length, flags) => {
            let flags = MessageFlags::from_bits_truncate(flags & 0x17);
            format!("{:?}", kernel.receive(tid, fd(f), length.into(), flags))
        }
        Call::Shutdown(f, how) => {
            let how = [ShutdownHow::Read, ShutdownHow::Write, ShutdownHow::Both][usize::from(how)];
            format!("{:?}", kernel.shutdown(tid, fd(f), how))
        }
        Call::Close(f) => format!("{:?}", kernel.close(tid, fd(f))),
        Call::Dup(f) => format!("{:?}", kernel.dup(tid, fd(f), 0, false)),
        Call::Buffer(f, size) => {
            format!("{:?}", kernel.set_option(tid, fd(f), SocketOption::ReceiveBuffer, size.into()))
        }
        Call::Poll(f) => match kernel.socket_of(1, fd(f)) {
            Ok((socket, _)) => format!("{:?}", kernel.socket_poll(Some(tid), socket)),
            Err(errno) => format!("{errno:?}"),
        },
        Call::Option(f) => format!("{:?}", kernel.get_option(tid, fd(f), SocketOption::Error)),
    }
}

fn small() -> System {
    System::builder().memory("/").limits(|limits| (limits.memory, limits.open_files) = (100_000, 24)).boot()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_state_fits_together(calls in proptest::collection::vec(call(), 0..60)) {
        let mut system = small();
        let tasks = [system.tid, system.task()];
        for (i, call) in calls.iter().enumerate() {
            apply(&mut system.kernel, tasks[i % 2], call);
            system.check();
        }
        for fd in 0..64 {
            let _ = system.kernel.close(system.tid, fd);
        }
        system.check_no_sockets();
        prop_assert_eq!(system.kernel.state.files.len(), 0);
    }

    #[test]
    fn a_copy_goes_on_alike(before in proptest::collection::vec(call(), 0..60), after in proptest::collection::vec(call(), 0..30)) {
        let mut system = small();
        for call in &before {
            apply(&mut system.kernel, system.tid, call);
        }
        let snapshot = system.kernel.snapshot();
        let host = TestHost::new();
        host.record().realtime = system.host.record().realtime;
        let mut copy = Kernel::new(Box::new(host));
        let tid = copy.restore(&snapshot, true).expect("restore");
        prop_assert_eq!(tid, system.tid);
        for call in &after {
            prop_assert_eq!(apply(&mut copy, tid, call), apply(&mut system.kernel, tid, call), "{:?}", call);
        }
        prop_assert!(copy.snapshot() == system.kernel.snapshot());
    }

    /// A stream against a queue of bytes.
    #[test]
    fn streams_carry_what_was_sent(tcp in any::<bool>(), steps in proptest::collection::vec((any::<bool>(), 1..50_000usize), 0..60)) {
        let mut system = System::new();
        let (one, two) = if tcp { system.tcp_pair() } else { system.pair(SocketKind::Stream) };
        let mut model = std::collections::VecDeque::<u8>::new();
        let mut next = 0u8;
        for (send, length) in steps {
            if send {
                let data: Vec<u8> = (0..length).map(|i| next.wrapping_add((i % 251) as u8)).collect();
                match system.send(one, &data) {
                    Ok(count) => {
                        prop_assert!(count > 0);
                        model.extend(&data[..count as usize]);
                    }
                    Err(fault) => {
                        prop_assert_eq!(fault, AGAIN);
                        prop_assert!(model.len() as u64 == crate::net::options::DEFAULT_BUFFER);
                    }
                }
                next = next.wrapping_add(17);
            } else {
                match system.receive(two, length as u32) {
                    Ok(data) => {
                        prop_assert_eq!(data.len(), length.min(model.len()));
                        prop_assert!(model.drain(..data.len()).eq(data));
                    }
                    Err(fault) => {
                        prop_assert_eq!(fault, AGAIN);
                        prop_assert!(model.is_empty());
                    }
                }
            }
        }
    }
}
