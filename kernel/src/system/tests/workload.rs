//! Random calls of every kind, each told by one number.

use proptest::prelude::*;

use super::*;
use crate::fs::RenameMode;
use crate::net::{Address, Family, MessageFlags, SocketKind};
use crate::open_file::OpenFlags;
use crate::testing::TestHost;
use crate::{AT_FDCWD, Fd, Tid};

const PATHS: [&[u8]; 8] = [b"/a", b"/b", b"/d", b"/d/a", b"/d/e", b"/d/e/f", b"l", b"../d/b"];

/// Makes the call that a number stands for, and tells all it gave.
pub(super) fn step(kernel: &mut Kernel, tid: Tid, number: u32) -> String {
    let fd = (number >> 8) % 12;
    let path = PATHS[(number >> 12) as usize % PATHS.len()];
    let other = PATHS[(number >> 16) as usize % PATHS.len()];
    let length = (number >> 10) % 5000;
    let data = vec![number as u8; length as usize];
    let flags = OpenFlags::from_bits_truncate(number >> 7 & 0x57f) | OpenFlags::READ;
    match number % 32 {
        0..=3 => format!("{:?}", kernel.open(tid, AT_FDCWD, path, flags, 0o666)),
        4 => format!("{:?}", kernel.mkdir(tid, AT_FDCWD, path, 0o755)),
        5 => format!("{:?}", kernel.unlink(tid, AT_FDCWD, path)),
        6 => format!("{:?}", kernel.rmdir(tid, AT_FDCWD, path)),
        7 => format!("{:?}", kernel.rename(tid, AT_FDCWD, path, AT_FDCWD, other, RenameMode::Replace)),
        8 => format!("{:?}", kernel.link(tid, AT_FDCWD, path, false, AT_FDCWD, other)),
        9 => format!("{:?}", kernel.symlink(tid, other, AT_FDCWD, path)),
        10..=12 => format!("{:?}", kernel.write(tid, fd, data)),
        13 | 14 => format!("{:?}", kernel.read(tid, fd, length)),
        15 => format!("{:?}", kernel.seek(tid, fd, length.into(), crate::fs::Whence::Set)),
        16 => format!("{:?}", kernel.ftruncate(tid, fd, length.into())),
        17 | 18 => format!("{:?}", kernel.close(tid, fd)),
        19 => format!("{:?}", kernel.dup(tid, fd, 0, false)),
        20 => format!("{:?}", kernel.pipe(tid, OpenFlags::NONBLOCK)),
        21 => format!("{:?}", kernel.chdir(tid, path)),
        22 => format!("{:?}", kernel.stat(tid, AT_FDCWD, path, true)),
        23 => format!("{:?}", kernel.readdir(tid, fd, 0, 10)),
        24 => format!("{:?}", kernel.watch_open(tid, OpenFlags::NONBLOCK)),
        25 => format!("{:?}", kernel.watch_add(tid, fd, path, crate::fs::WatchEvents::all())),
        26 => format!("{:?}", kernel.socketpair(tid, SocketKind::Stream, true, false)),
        27 => format!("{:?}", kernel.socket(tid, Family::Unix, SocketKind::Stream, true, false)),
        28 => format!("{:?}", kernel.bind(tid, fd, Address::Unix(path.to_vec()))),
        29 => format!("{:?}", kernel.listen(tid, fd, 3)),
        30 => format!("{:?}", kernel.connect(tid, fd, Address::Unix(path.to_vec()))),
        _ => {
            let passed = [(number >> 20) % 12];
            format!("{:?}", kernel.send(tid, fd as Fd, data, None, MessageFlags::NO_SIGNAL, &passed))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_copy_goes_on_alike(
        before in proptest::collection::vec(any::<u32>(), 0..250),
        after in proptest::collection::vec(any::<u32>(), 0..120),
    ) {
        let mut system = System::new();
        for &number in &before {
            step(&mut system.kernel, system.tid, number);
        }
        let snapshot = system.kernel.snapshot();
        let host = TestHost::new();
        host.record().realtime = system.host.record().realtime;
        let mut copy = Kernel::new(Box::new(host));
        let tid = copy.restore(&snapshot, true).expect("restore");
        prop_assert!(copy.snapshot() == snapshot);
        for &number in &after {
            prop_assert_eq!(step(&mut copy, tid, number), step(&mut system.kernel, tid, number));
        }
        prop_assert!(copy.snapshot() == system.kernel.snapshot());
    }
}
