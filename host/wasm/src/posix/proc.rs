//! `proc_*`.

use vivarium_runner::{Errno, Fault, proc};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{self, FileAction, Ids, Limit, Slice, SpawnLimit, SpawnRequest, Usage, WaitStatus, invalid, optional};
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

/// Bits of `SpawnRequest::flags`.
mod flags {
    pub(super) const GROUP: u32 = 1;
    pub(super) const SESSION: u32 = 2;
    pub(super) const FOREGROUND: u32 = 4;
    pub(super) const CONTROLLING_TERMINAL: u32 = 8;
    pub(super) const SIGNAL_MASK: u32 = 16;
    pub(super) const UMASK: u32 = 32;
    pub(super) const NICE: u32 = 64;
    pub(super) const UID: u32 = 128;
    pub(super) const GID: u32 = 256;
}

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn proc_spawn(request: u32, pid: u32);
        fn proc_exec(request: u32);
        fn proc_wait(what: u32, id: u32, options: u32, status: u32);
        fn proc_kill(target: u32, id: u32, signal: u32);
        fn proc_ids(pid: u32, ids: u32);
        fn proc_set_group(pid: u32, group: u32);
        fn proc_set_session(session: u32);
        fn proc_set_uid(real: u32, effective: u32);
        fn proc_set_gid(real: u32, effective: u32);
        fn proc_limit_get(pid: u32, resource: u32, limit: u32);
        fn proc_limit_set(pid: u32, resource: u32, limit: u32);
        fn proc_nice_get(pid: u32, nice: u32);
        fn proc_nice_set(pid: u32, nice: i32);
        fn proc_usage(usage: u32);
        fn proc_hostname_get(buffer: u32, len: u32, count: u32);
        fn proc_hostname_set(name: u32, len: u32);
        fn proc_title_set(title: u32, len: u32);
        fn proc_umask(mask: u32, before: u32);
        fn proc_alarm(delay: u64, interval: u64, left: u32);
    }
    Ok(())
}

type Memory<'a> = GuestMemory<'a>;
type Result = std::result::Result<(), Fault>;

/// Strings each ended by a NUL, one after another.
fn strings(memory: &Memory<'_>, slice: Slice) -> std::result::Result<Vec<Vec<u8>>, Fault> {
    let bytes = memory.bytes(slice.ptr, slice.len)?;
    let strings = bytes.split_inclusive(|&byte| byte == 0);
    strings.map(|string| string.strip_suffix(&[0]).map(<[u8]>::to_vec).ok_or_else(invalid)).collect()
}

fn program(memory: &Memory<'_>, request: &SpawnRequest) -> std::result::Result<proc::Program, Fault> {
    Ok(proc::Program {
        path: memory.bytes(request.path.ptr, request.path.len)?.to_vec(),
        arguments: strings(memory, request.arguments)?,
        environment: strings(memory, request.environment)?,
    })
}

fn action(memory: &Memory<'_>, action: FileAction) -> std::result::Result<proc::FileAction, Fault> {
    let path = || memory.bytes(action.path.ptr, action.path.len).map(<[u8]>::to_vec);
    Ok(match action.op {
        0 => proc::FileAction::Dup((action.from, action.fd)),
        1 => proc::FileAction::Close(action.fd),
        2 => proc::FileAction::Open(proc::OpenAction {
            fd: action.fd,
            path: path()?,
            flags: action.from,
            mode: action.mode,
        }),
        3 => proc::FileAction::Chdir(path()?),
        4 => proc::FileAction::Fchdir(action.from),
        _ => return Err(invalid()),
    })
}

fn attributes(memory: &Memory<'_>, request: &SpawnRequest) -> std::result::Result<proc::SpawnAttributes, Fault> {
    let given = |flag: u32| request.flags & flag != 0;
    let limits: Vec<SpawnLimit> = memory.load_all(request.limits.ptr, request.limits.len)?;
    let limits = limits.into_iter().map(|limit| Ok((abi::resource(limit.resource)?, limit.limit.into())));
    Ok(proc::SpawnAttributes {
        group: given(flags::GROUP).then_some(request.group),
        new_session: given(flags::SESSION),
        foreground: given(flags::FOREGROUND),
        controlling_terminal: given(flags::CONTROLLING_TERMINAL).then_some(request.controlling_terminal),
        signal_mask: given(flags::SIGNAL_MASK).then_some(request.signal_mask),
        signal_default: request.signal_default,
        signal_ignore: request.signal_ignore,
        umask: given(flags::UMASK).then_some(request.umask),
        nice: given(flags::NICE).then_some(request.nice.clamp(-20, 19) as i8),
        uid: given(flags::UID).then_some(request.uid),
        gid: given(flags::GID).then_some(request.gid),
        limits: limits.collect::<std::result::Result<_, Fault>>()?,
    })
}

fn proc_spawn(guest: &mut Guest, memory: &mut Memory<'_>, request: u32, pid: u32) -> Result {
    let request: SpawnRequest = memory.load(request)?;
    let actions: Vec<FileAction> = memory.load_all(request.actions.ptr, request.actions.len)?;
    let actions = actions.into_iter().map(|step| action(memory, step));
    let actions = actions.collect::<std::result::Result<Vec<_>, Fault>>()?;
    let attributes = attributes(memory, &request)?;
    // A place for the answer first: a child that nobody knows of would be lost.
    memory.store(pid, 0u32)?;
    let child = guest.task.spawn(&program(memory, &request)?, &actions, &attributes)?;
    memory.store(pid, child)
}

fn proc_exec(guest: &mut Guest, memory: &mut Memory<'_>, request: u32) -> Result {
    let request: SpawnRequest = memory.load(request)?;
    if request.actions.len != 0 || request.limits.len != 0 || request.flags != 0 {
        return Err(invalid());
    }
    guest.task.exec(&program(memory, &request)?)
}

fn proc_wait(guest: &mut Guest, memory: &mut Memory<'_>, what: u32, id: u32, options: u32, status: u32) -> Result {
    let what = match what {
        0 => proc::WaitFor::Any,
        1 => proc::WaitFor::Child(id),
        2 => proc::WaitFor::Group(id),
        _ => return Err(invalid()),
    };
    memory.bytes(status, size_of::<WaitStatus>() as u32)?;
    let waited = guest.task.wait_child(what, abi::wait_options(options))?;
    memory.store(status, waited.map_or_else(bytemuck::Zeroable::zeroed, WaitStatus::from))
}

fn proc_kill(guest: &mut Guest, _: &mut Memory<'_>, target: u32, id: u32, signal: u32) -> Result {
    let target = match target {
        0 => proc::KillTarget::Process(id),
        1 => proc::KillTarget::Group(id),
        2 => proc::KillTarget::OwnGroup,
        3 => proc::KillTarget::All,
        _ => return Err(invalid()),
    };
    let signal = u8::try_from(signal).map_err(|_| invalid())?;
    if !guest.call.begun {
        guest.task.kill(target, signal)?;
    }
    // It may have been meant for the caller too.
    guest.task.check(0)
}

fn proc_ids(guest: &mut Guest, memory: &mut Memory<'_>, pid: u32, ids: u32) -> Result {
    let found = if pid == 0 { guest.task.get_ids() } else { guest.task.get_ids_of(pid) }?;
    memory.store(ids, Ids::from(found))
}

fn proc_set_group(guest: &mut Guest, _: &mut Memory<'_>, pid: u32, group: u32) -> Result {
    guest.task.set_group(pid, group)
}

fn proc_set_session(guest: &mut Guest, memory: &mut Memory<'_>, session: u32) -> Result {
    let id = guest.task.set_session()?;
    memory.store(session, id)
}

fn proc_set_uid(guest: &mut Guest, _: &mut Memory<'_>, real: u32, effective: u32) -> Result {
    guest.task.set_uid(optional(real), optional(effective))
}

fn proc_set_gid(guest: &mut Guest, _: &mut Memory<'_>, real: u32, effective: u32) -> Result {
    guest.task.set_gid(optional(real), optional(effective))
}

fn proc_limit_get(guest: &mut Guest, memory: &mut Memory<'_>, pid: u32, resource: u32, limit: u32) -> Result {
    let found = guest.task.get_limit(pid, abi::resource(resource)?)?;
    memory.store(limit, Limit::from(found))
}

fn proc_limit_set(guest: &mut Guest, memory: &mut Memory<'_>, pid: u32, resource: u32, limit: u32) -> Result {
    let limit: Limit = memory.load(limit)?;
    guest.task.set_limit(pid, abi::resource(resource)?, limit.into())
}

fn proc_nice_get(guest: &mut Guest, memory: &mut Memory<'_>, pid: u32, nice: u32) -> Result {
    let value = guest.task.get_nice(pid)?;
    memory.store(nice, i32::from(value))
}

fn proc_nice_set(guest: &mut Guest, _: &mut Memory<'_>, pid: u32, nice: i32) -> Result {
    guest.task.set_nice(pid, nice.clamp(-20, 19) as i8)
}

fn proc_usage(guest: &mut Guest, memory: &mut Memory<'_>, usage: u32) -> Result {
    let (cpu, used) = (guest.take_cpu(), guest.share.0.used() as u64);
    guest.task.account(cpu, used)?;
    let (own, children) = guest.task.get_usage()?;
    memory.store(usage, [Usage::from(own), Usage::from(children)])
}

fn proc_hostname_get(guest: &mut Guest, memory: &mut Memory<'_>, buffer: u32, len: u32, count: u32) -> Result {
    let name = guest.task.get_hostname()?;
    memory.store_string(&name, buffer, len, count)
}

fn proc_hostname_set(guest: &mut Guest, memory: &mut Memory<'_>, name: u32, len: u32) -> Result {
    guest.task.set_hostname(memory.bytes(name, len)?)
}

fn proc_title_set(guest: &mut Guest, memory: &mut Memory<'_>, title: u32, len: u32) -> Result {
    guest.task.set_title(memory.bytes(title, len)?)
}

fn proc_umask(guest: &mut Guest, memory: &mut Memory<'_>, mask: u32, before: u32) -> Result {
    memory.bytes(before, 4)?;
    let was = guest.task.umask(mask)?;
    memory.store(before, was)
}

fn proc_alarm(guest: &mut Guest, memory: &mut Memory<'_>, delay: u64, interval: u64, left: u32) -> Result {
    memory.bytes(left, 8).map_err(|_| Errno::Fault)?;
    let was = guest.task.alarm(delay, interval)?;
    memory.store(left, was)
}
