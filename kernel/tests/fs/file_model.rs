//! Random writes, cuts and allocations of one file, against a plain vector of bytes and a set of pages.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vivarium_kernel::fs::{Input, Output, Whence};
use vivarium_kernel::open_file::OpenFlags;
use vivarium_kernel::testing::System;

const PAGE: u64 = 4096;
/// Files in the model reach over several of the kernel's chunks of 64 KiB.
const END: u64 = 300_000;

#[derive(Clone, Debug)]
enum Op {
    Write(u64, Vec<u8>),
    Append(Vec<u8>),
    Truncate(u64),
    Allocate(u64, u64),
    Read(u64, u32),
    Data(u64),
    Hole(u64),
}

#[derive(Default)]
struct Model {
    content: Vec<u8>,
    /// Pages that hold data.
    pages: BTreeSet<u64>,
}

impl Model {
    fn write(&mut self, offset: u64, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        let end = offset as usize + data.len();
        self.content.resize(self.content.len().max(end), 0);
        self.content[offset as usize..end].copy_from_slice(data);
        self.pages.extend(offset / PAGE..(end as u64).div_ceil(PAGE));
    }

    fn truncate(&mut self, length: u64) {
        self.content.resize(length as usize, 0);
        self.pages.retain(|page| page * PAGE < length);
    }

    fn allocate(&mut self, offset: u64, length: u64) {
        let end = offset + length;
        self.content.resize(self.content.len().max(end as usize), 0);
        self.pages.extend(offset / PAGE..end.div_ceil(PAGE));
    }

    fn size(&self) -> u64 {
        self.content.len() as u64
    }

    fn data(&self, offset: u64) -> Option<u64> {
        let page = self.pages.range(offset / PAGE..).next()?;
        (offset < self.size()).then(|| (page * PAGE).max(offset))
    }

    fn hole(&self, offset: u64) -> Option<u64> {
        let page = (offset / PAGE..).find(|page| !self.pages.contains(page)).expect("pages are finite");
        (offset < self.size()).then(|| (page * PAGE).max(offset).min(self.size()))
    }
}

fn op() -> impl Strategy<Value = Op> {
    // Near the ends of pages and chunks, where mistakes are.
    let offset =
        || prop_oneof![0..END, (0..5_u64, 0..8_u64).prop_map(|(chunk, near)| (chunk * 65536 + near).saturating_sub(4))];
    let data = || (0..70_000_usize, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]);
    let short = || prop::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        4 => (offset(), short()).prop_map(|(offset, data)| Op::Write(offset, data)),
        2 => (offset(), data()).prop_map(|(offset, data)| Op::Write(offset, data)),
        2 => prop_oneof![short(), data().boxed().prop_map(|data| data)].prop_map(Op::Append),
        2 => offset().prop_map(Op::Truncate),
        1 => (offset(), 1..20_000_u64).prop_map(|(offset, length)| Op::Allocate(offset, length)),
        3 => (offset(), 0..100_000_u32).prop_map(|(offset, length)| Op::Read(offset, length)),
        1 => offset().prop_map(Op::Data),
        1 => offset().prop_map(Op::Hole),
    ]
}

proptest! {
    #[test]
    fn a_file_is_a_vector_of_bytes(ops in prop::collection::vec(op(), 1..60)) {
        let mut system = System::new();
        let before = system.kernel.stats().memory;
        let flags = OpenFlags::READ | OpenFlags::WRITE;
        let fd = system.open("/f", flags | OpenFlags::CREATE).unwrap();
        let appending = system.open("/f", flags | OpenFlags::APPEND).unwrap();
        let (tid, mut model) = (system.tid, Model::default());
        for op in ops {
            match &op {
                Op::Write(offset, data) => {
                    let count = system.kernel.pwrite(tid, fd, *offset, data.clone()).unwrap();
                    prop_assert_eq!(count, Output::Count(data.len() as u32));
                    model.write(*offset, data);
                }
                Op::Append(data) => {
                    system.write(appending, data).unwrap();
                    model.write(model.size(), data);
                }
                Op::Truncate(length) => {
                    system.kernel.ftruncate(tid, fd, *length).unwrap();
                    model.truncate(*length);
                }
                Op::Allocate(offset, length) => {
                    system.kernel.allocate(tid, fd, *offset, *length).unwrap();
                    model.allocate(*offset, *length);
                }
                Op::Read(offset, length) => {
                    let rest = model.content.get(*offset as usize..).unwrap_or_default();
                    let expected = rest[..rest.len().min(*length as usize)].to_vec();
                    prop_assert_eq!(system.kernel.pread(tid, fd, *offset, *length).unwrap(), Input::Bytes(expected));
                }
                Op::Data(offset) => {
                    prop_assert_eq!(system.kernel.seek(tid, fd, *offset as i64, Whence::Data).ok(), model.data(*offset));
                }
                Op::Hole(offset) => {
                    prop_assert_eq!(system.kernel.seek(tid, fd, *offset as i64, Whence::Hole).ok(), model.hole(*offset));
                }
            }
            let stat = system.kernel.fstat(tid, fd).unwrap();
            prop_assert_eq!((stat.size, stat.blocks), (model.size(), model.pages.len() as u64 * 8), "after {:?}", op);
        }
        prop_assert_eq!(system.read_file("/f").unwrap(), model.content);
        system.kernel.unlink(tid, vivarium_kernel::AT_FDCWD, b"/f").unwrap();
        system.kernel.close(tid, fd).unwrap();
        system.kernel.close(tid, appending).unwrap();
        prop_assert_eq!(system.kernel.stats().memory, before);
    }
}
