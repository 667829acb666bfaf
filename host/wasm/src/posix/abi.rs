//! Structures as they lie in guest memory, and their kernel counterparts.

use bytemuck::{Pod, Zeroable};
use vivarium_runner::{Errno, Fault, FileKind, FileStat, Timespec, fs, net, proc, pty};

/// `NONE` of the guests' side: a number that is not given.
pub(super) const NONE: u32 = u32::MAX;

/// A number that may be left out.
pub(super) fn optional(value: u32) -> Option<u32> {
    (value != NONE).then_some(value)
}

macro_rules! pod {
    ($($(#[$doc:meta])* struct $name:ident { $($field:ident: $type:ty),* $(,)? })*) => { $(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Pod, Zeroable)]
        pub(super) struct $name { $(pub(super) $field: $type),* }
    )* };
}

pod! {
    struct Slice { ptr: u32, len: u32 }

    struct SpawnRequest {
        path: Slice,
        arguments: Slice,
        environment: Slice,
        actions: Slice,
        limits: Slice,
        flags: u32,
        group: u32,
        controlling_terminal: u32,
        umask: u32,
        signal_mask: u64,
        signal_default: u64,
        signal_ignore: u64,
        nice: i32,
        uid: u32,
        gid: u32,
        reserved: u32,
    }

    struct FileAction { op: u32, fd: u32, from: u32, mode: u32, path: Slice }

    struct Limit { soft: u64, hard: u64 }

    struct SpawnLimit { resource: u32, reserved: u32, limit: Limit }

    struct Usage { user: u64, system: u64, max_memory: u64 }

    struct WaitStatus { pid: u32, change: u32, value: u32, reserved: u32, usage: Usage }

    struct Ids { pid: u32, parent: u32, group: u32, session: u32, uid: u32, euid: u32, gid: u32, egid: u32 }

    struct Time { seconds: i64, nanoseconds: u32, reserved: u32 }

    struct Stat {
        device: u64,
        inode: u64,
        links: u64,
        size: u64,
        blocks: u64,
        device_id: u64,
        kind: u32,
        mode: u32,
        uid: u32,
        gid: u32,
        block_size: u32,
        reserved: u32,
        accessed: Time,
        modified: Time,
        changed: Time,
        created: Time,
    }

    struct FileSystemStat {
        blocks: u64,
        blocks_free: u64,
        files: u64,
        files_free: u64,
        block_size: u32,
        name_max: u32,
        read_only: u32,
        reserved: u32,
    }

    struct Lock { start: u64, length: u64, kind: u32, open_file: u32, pid: u32, reserved: u32 }

    struct PollFd { fd: u32, events: u16, revents: u16 }

    struct Termios { input: u32, output: u32, local: u32, control: u32, speed: u32, characters: [u8; 16] }

    struct WindowSize { rows: u16, columns: u16, pixel_width: u16, pixel_height: u16 }

    struct Address { family: u32, port: u32, scope: u32, len: u32, bytes: [u8; 108] }

    struct Received { count: u32, flags: u32, descriptors: u32, pid: u32, uid: u32, gid: u32, from: Address }
}

/// `FAULT` for a null pointer where one is not allowed, `INVAL` for a number that stands for nothing.
pub(super) fn invalid() -> Fault {
    Fault::Errno(Errno::Inval)
}

impl From<Timespec> for Time {
    fn from(Timespec { seconds, nanoseconds }: Timespec) -> Self {
        Self { seconds, nanoseconds, reserved: 0 }
    }
}

pub(super) fn kind_number(kind: FileKind) -> u32 {
    match kind {
        FileKind::Unknown => 0,
        FileKind::Regular => 1,
        FileKind::Directory => 2,
        FileKind::Symlink => 3,
        FileKind::CharacterDevice => 4,
        FileKind::BlockDevice => 5,
        FileKind::Fifo => 6,
        FileKind::Socket => 7,
    }
}

pub(super) fn kind(number: u32) -> Result<FileKind, Fault> {
    let kinds = [
        FileKind::Unknown,
        FileKind::Regular,
        FileKind::Directory,
        FileKind::Symlink,
        FileKind::CharacterDevice,
        FileKind::BlockDevice,
        FileKind::Fifo,
        FileKind::Socket,
    ];
    kinds.get(number as usize).copied().ok_or_else(invalid)
}

impl From<FileStat> for Stat {
    fn from(stat: FileStat) -> Self {
        Self {
            device: stat.device,
            inode: stat.inode,
            links: stat.links,
            size: stat.size,
            blocks: stat.blocks,
            device_id: stat.device_id,
            kind: kind_number(stat.kind),
            mode: stat.mode,
            uid: stat.uid,
            gid: stat.gid,
            block_size: stat.block_size,
            reserved: 0,
            accessed: stat.accessed.into(),
            modified: stat.modified.into(),
            changed: stat.changed.into(),
            created: stat.created.into(),
        }
    }
}

impl From<fs::FileSystemStat> for FileSystemStat {
    fn from(stat: fs::FileSystemStat) -> Self {
        Self {
            blocks: stat.blocks,
            blocks_free: stat.blocks_free,
            files: stat.files,
            files_free: stat.files_free,
            block_size: stat.block_size,
            name_max: stat.name_max,
            read_only: stat.read_only.into(),
            reserved: 0,
        }
    }
}

impl From<proc::Usage> for Usage {
    fn from(proc::Usage { user, system, max_memory }: proc::Usage) -> Self {
        Self { user, system, max_memory }
    }
}

impl From<proc::WaitStatus> for WaitStatus {
    fn from(status: proc::WaitStatus) -> Self {
        let (change, value) = match status.change {
            proc::StateChange::Exited(status) => (0, status),
            proc::StateChange::Signaled(signal) => (1, signal),
            proc::StateChange::Stopped(signal) => (2, signal),
            proc::StateChange::Continued => (3, 0),
        };
        Self { pid: status.pid, change, value: value.into(), reserved: 0, usage: status.usage.into() }
    }
}

impl From<proc::Ids> for Ids {
    fn from(proc::Ids { pid, parent, group, session, uid, euid, gid, egid }: proc::Ids) -> Self {
        Self { pid, parent, group, session, uid, euid, gid, egid }
    }
}

impl From<proc::Limit> for Limit {
    fn from(proc::Limit { soft, hard }: proc::Limit) -> Self {
        Self { soft, hard }
    }
}

impl From<Limit> for proc::Limit {
    fn from(Limit { soft, hard }: Limit) -> Self {
        Self { soft, hard }
    }
}

pub(super) fn resource(number: u32) -> Result<proc::Resource, Fault> {
    use proc::Resource;
    let resources = [
        Resource::Cpu,
        Resource::FileSize,
        Resource::Data,
        Resource::Stack,
        Resource::Core,
        Resource::Resident,
        Resource::Processes,
        Resource::OpenFiles,
        Resource::Locked,
        Resource::AddressSpace,
    ];
    resources.get(number as usize).copied().ok_or_else(invalid)
}

/// Numbers of flags in the order of the WIT, as bits, and back.
macro_rules! flag_bits {
    ($to_bits:ident, $from_bits:ident, $flags:ty: $($flag:ident),* $(,)?) => {
        #[allow(dead_code)]
        pub(super) fn $to_bits(flags: $flags) -> u32 {
            let order = [$(<$flags>::$flag),*];
            order.iter().enumerate().filter(|(_, flag)| flags.contains(**flag)).map(|(bit, _)| 1 << bit).sum()
        }

        #[allow(dead_code)]
        pub(super) fn $from_bits(bits: u32) -> $flags {
            let order = [$(<$flags>::$flag),*];
            let given = order.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
            given.fold(<$flags>::empty(), |all, (_, flag)| all | *flag)
        }
    };
}

flag_bits! { open_bits, open_flags, fs::OpenFlags:
    READ, WRITE, APPEND, CREATE, EXCLUSIVE, TRUNCATE, DIRECTORY, NO_FOLLOW, NONBLOCK, CLOSE_ON_EXEC,
    NO_CONTROLLING_TERMINAL, PATH, TEMPORARY,
}
flag_bits! { access_bits, access_mode, fs::AccessMode: READ, WRITE, EXECUTE }
flag_bits! { watch_bits, watch_events, fs::WatchEvents:
    MODIFY, ATTRIB, CREATE, DELETE, MOVE_FROM, MOVE_TO, DELETE_SELF, MOVE_SELF, CLOSE_WRITE,
}
flag_bits! { wait_bits, wait_options, proc::WaitOptions: NO_HANG, STOPPED, CONTINUED, NO_WAIT }
flag_bits! { message_bits, message_flags, net::MessageFlags:
    PEEK, WAIT_ALL, DONT_WAIT, NO_SIGNAL, TRUNCATED, OUT_OF_BAND,
}
flag_bits! { poll_bits, poll_events, vivarium_runner::poll::Events:
    READABLE, WRITABLE, PRIORITY, ERROR, HANGUP, INVALID,
}
flag_bits! { input_bits, input_modes, pty::InputModes:
    BRKINT, ICRNL, IGNBRK, IGNCR, IGNPAR, INLCR, INPCK, ISTRIP, IXANY, IXOFF, IXON, PARMRK, IUTF8, IMAXBEL, IUCLC,
}
flag_bits! { output_bits, output_modes, pty::OutputModes: OPOST, ONLCR, OCRNL, ONOCR, ONLRET, OLCUC, OFILL }
flag_bits! { local_bits, local_modes, pty::LocalModes:
    ECHO, ECHOE, ECHOK, ECHONL, ICANON, IEXTEN, ISIG, NOFLSH, TOSTOP, ECHOCTL, ECHOKE, ECHOPRT,
}

impl From<pty::Attributes> for Termios {
    fn from(attributes: pty::Attributes) -> Self {
        let mut characters = [0; 16];
        for (place, character) in characters.iter_mut().zip(&attributes.characters) {
            *place = *character;
        }
        Self {
            input: input_bits(attributes.input),
            output: output_bits(attributes.output),
            local: local_bits(attributes.local),
            control: attributes.control,
            speed: attributes.speed,
            characters,
        }
    }
}

impl From<Termios> for pty::Attributes {
    fn from(termios: Termios) -> Self {
        Self {
            input: input_modes(termios.input),
            output: output_modes(termios.output),
            local: local_modes(termios.local),
            control: termios.control,
            characters: termios.characters.to_vec(),
            speed: termios.speed,
        }
    }
}

impl From<pty::Size> for WindowSize {
    fn from(pty::Size { rows, columns, pixel_width, pixel_height }: pty::Size) -> Self {
        Self { rows, columns, pixel_width, pixel_height }
    }
}

impl From<WindowSize> for pty::Size {
    fn from(WindowSize { rows, columns, pixel_width, pixel_height }: WindowSize) -> Self {
        Self { rows, columns, pixel_width, pixel_height }
    }
}

impl From<net::Address> for Address {
    fn from(address: net::Address) -> Self {
        let mut out = Self::zeroed();
        let bytes: Vec<u8> = match address {
            net::Address::Unspecified => return out,
            net::Address::Ipv4((address, port)) => {
                (out.family, out.port) = (1, port.into());
                address.to_be_bytes().to_vec()
            }
            net::Address::Ipv6((address, port, scope)) => {
                (out.family, out.port, out.scope) = (2, port.into(), scope);
                address
            }
            net::Address::Unix(path) => {
                out.family = 3;
                path
            }
        };
        let len = bytes.len().min(out.bytes.len());
        out.bytes[..len].copy_from_slice(&bytes[..len]);
        out.len = len as u32;
        out
    }
}

impl TryFrom<Address> for net::Address {
    type Error = Fault;

    fn try_from(address: Address) -> Result<Self, Fault> {
        let bytes = address.bytes.get(..address.len as usize).ok_or_else(invalid)?;
        let port = u16::try_from(address.port).map_err(|_| invalid())?;
        match address.family {
            0 => Ok(Self::Unspecified),
            1 => {
                let bytes: [u8; 4] = bytes.try_into().map_err(|_| invalid())?;
                Ok(Self::Ipv4((u32::from_be_bytes(bytes), port)))
            }
            2 if bytes.len() == 16 => Ok(Self::Ipv6((bytes.to_vec(), port, address.scope))),
            3 => Ok(Self::Unix(bytes.to_vec())),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_guests_sizes() {
        assert_eq!(size_of::<SpawnRequest>(), 96);
        assert_eq!(size_of::<FileAction>(), 24);
        assert_eq!(size_of::<WaitStatus>(), 40);
        assert_eq!(size_of::<Stat>(), 136);
        assert_eq!(size_of::<FileSystemStat>(), 48);
        assert_eq!(size_of::<Lock>(), 32);
        assert_eq!(size_of::<PollFd>(), 8);
        assert_eq!(size_of::<Termios>(), 36);
        assert_eq!(size_of::<Address>(), 124);
        assert_eq!(size_of::<Received>(), 148);
    }

    #[test]
    fn open_flags_keep_their_bits() {
        for bit in 0..13 {
            assert_eq!(open_bits(open_flags(1 << bit)), 1 << bit);
        }
    }

    #[test]
    fn addresses_survive_the_way_there_and_back() {
        let addresses = [
            net::Address::Unspecified,
            net::Address::Ipv4((0x7f00_0001, 80)),
            net::Address::Ipv6((vec![1; 16], 443, 2)),
            net::Address::Unix(b"/run/socket".to_vec()),
        ];
        for address in addresses {
            assert_eq!(net::Address::try_from(Address::from(address.clone())), Ok(address));
        }
    }
}
