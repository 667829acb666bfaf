//! `vivarium:kernel/proc`.

use super::bindings::exports::vivarium::kernel::proc as wit;
use super::bindings::vivarium::kernel::types::{Fault, Pid, Tid};
use super::convert::cases;
use super::{Component, with};
use crate::open_file::OpenFlags;
use crate::proc as core;

type Result<T> = std::result::Result<T, Fault>;

cases! { core::Disposition, wit::Disposition: Default Default, Ignore Ignore, Catch Catch }
cases! { core::MaskHow, wit::MaskHow: Block Block, Unblock Unblock, Set Set }
cases! { core::Resource, wit::Resource:
    Cpu Cpu, FileSize FileSize, Data Data, Stack Stack, Core Core, Resident Resident, Processes Processes,
    OpenFiles OpenFiles, Locked Locked, AddressSpace AddressSpace,
}

impl From<wit::Program> for core::Program {
    fn from(wit::Program { path, arguments, environment }: wit::Program) -> Self {
        Self { path, arguments, environment }
    }
}

impl From<wit::FileAction> for core::FileAction {
    fn from(action: wit::FileAction) -> Self {
        match action {
            wit::FileAction::Dup((from, to)) => Self::Dup(from, to),
            wit::FileAction::Close(fd) => Self::Close(fd),
            wit::FileAction::Open(wit::OpenAction { fd, path, flags, mode }) => {
                Self::Open { fd, path, flags: OpenFlags::from_bits_truncate(flags), mode }
            }
            wit::FileAction::Chdir(path) => Self::Chdir(path),
            wit::FileAction::Fchdir(fd) => Self::Fchdir(fd),
        }
    }
}

impl From<wit::Limit> for core::Limit {
    fn from(wit::Limit { soft, hard }: wit::Limit) -> Self {
        Self { soft, hard }
    }
}

impl From<wit::SpawnAttributes> for core::SpawnAttributes {
    fn from(attributes: wit::SpawnAttributes) -> Self {
        let limits = attributes.limits.into_iter().map(|(resource, limit)| (resource.into(), limit.into()));
        Self {
            group: attributes.group,
            new_session: attributes.new_session,
            foreground: attributes.foreground,
            controlling_terminal: attributes.controlling_terminal,
            signal_mask: attributes.signal_mask,
            signal_default: attributes.signal_default,
            signal_ignore: attributes.signal_ignore,
            umask: attributes.umask,
            nice: attributes.nice,
            uid: attributes.uid,
            gid: attributes.gid,
            limits: limits.collect(),
        }
    }
}

impl From<core::Usage> for wit::Usage {
    fn from(core::Usage { user, system, max_memory }: core::Usage) -> Self {
        Self { user, system, max_memory }
    }
}

impl From<core::StateChange> for wit::StateChange {
    fn from(change: core::StateChange) -> Self {
        match change {
            core::StateChange::Exited(status) => Self::Exited(status),
            core::StateChange::Signaled(signal) => Self::Signaled(signal),
            core::StateChange::Stopped(signal) => Self::Stopped(signal),
            core::StateChange::Continued => Self::Continued,
        }
    }
}

impl From<core::Ids> for wit::Ids {
    fn from(core::Ids { pid, parent, group, session, uid, euid, gid, egid }: core::Ids) -> Self {
        Self { pid, parent, group, session, uid, euid, gid, egid }
    }
}

impl wit::Guest for Component {
    fn spawn(
        tid: Tid,
        program: wit::Program,
        actions: Vec<wit::FileAction>,
        attributes: wit::SpawnAttributes,
    ) -> Result<Pid> {
        let actions: Vec<_> = actions.into_iter().map(Into::into).collect();
        Ok(with(|kernel| kernel.spawn(tid, program.into(), &actions, &attributes.into()))?)
    }

    fn exec(tid: Tid, program: wit::Program) -> Result<()> {
        Ok(with(|kernel| kernel.exec(tid, program.into()))?)
    }

    fn read_program(tid: Tid, offset: u64, length: u32) -> Result<Vec<u8>> {
        Ok(with(|kernel| kernel.read_program(tid, offset, length))?)
    }

    fn exit(tid: Tid, status: u8) {
        with(|kernel| kernel.exit(tid, status));
    }

    fn abort(tid: Tid, signal: u8, reason: String) {
        with(|kernel| kernel.abort(tid, signal, &reason));
    }

    fn wait(tid: Tid, what: wit::WaitFor, options: wit::WaitOptions) -> Result<Option<wit::WaitStatus>> {
        let what = match what {
            wit::WaitFor::Any => core::WaitFor::Any,
            wit::WaitFor::Child(pid) => core::WaitFor::Child(pid),
            wit::WaitFor::Group(group) => core::WaitFor::Group(group),
        };
        let options = core::WaitOptions::from_bits_truncate(options.bits());
        let status = with(|kernel| kernel.wait(tid, what, options))?;
        Ok(status.map(|core::WaitStatus { pid, change, usage }| wit::WaitStatus {
            pid,
            change: change.into(),
            usage: usage.into(),
        }))
    }

    fn task_create(tid: Tid) -> Result<Tid> {
        Ok(with(|kernel| kernel.task_create(tid))?)
    }

    fn task_exit(tid: Tid) {
        with(|kernel| kernel.task_exit(tid));
    }

    fn check(tid: Tid, cpu: u64) -> Result<()> {
        Ok(with(|kernel| kernel.check(tid, cpu))?)
    }

    fn account(tid: Tid, cpu: u64, memory: u64) -> Result<()> {
        Ok(with(|kernel| kernel.account(tid, cpu, memory))?)
    }

    fn kill(tid: Tid, target: wit::KillTarget, signal: u8) -> Result<()> {
        let target = match target {
            wit::KillTarget::Process(pid) => core::KillTarget::Process(pid),
            wit::KillTarget::Group(group) => core::KillTarget::Group(group),
            wit::KillTarget::OwnGroup => core::KillTarget::OwnGroup,
            wit::KillTarget::All => core::KillTarget::All,
        };
        Ok(with(|kernel| kernel.kill(tid, target, signal))?)
    }

    fn signal_action(tid: Tid, signal: u8, disposition: Option<wit::Disposition>) -> Result<wit::Disposition> {
        Ok(with(|kernel| kernel.signal_action(tid, signal, disposition.map(Into::into)))?.into())
    }

    fn signal_mask(tid: Tid, how: wit::MaskHow, set: u64) -> Result<u64> {
        Ok(with(|kernel| kernel.signal_mask(tid, how.into(), set))?)
    }

    fn signal_pending(tid: Tid) -> Result<u64> {
        Ok(with(|kernel| kernel.signal_pending(tid))?)
    }

    fn signal_take(tid: Tid) -> Result<Option<u8>> {
        Ok(with(|kernel| kernel.signal_take(tid))?)
    }

    fn signal_suspend(tid: Tid, mask: u64) -> Result<()> {
        Ok(with(|kernel| kernel.signal_suspend(tid, mask))?)
    }

    fn alarm(tid: Tid, delay: u64, interval: u64) -> Result<u64> {
        Ok(with(|kernel| kernel.alarm(tid, delay, interval))?)
    }

    fn get_ids(tid: Tid) -> Result<wit::Ids> {
        Ok(with(|kernel| kernel.get_ids(tid))?.into())
    }

    fn get_ids_of(tid: Tid, pid: Pid) -> Result<wit::Ids> {
        Ok(with(|kernel| kernel.get_ids_of(tid, pid))?.into())
    }

    fn set_group(tid: Tid, pid: Pid, group: Pid) -> Result<()> {
        Ok(with(|kernel| kernel.set_group(tid, pid, group))?)
    }

    fn set_session(tid: Tid) -> Result<Pid> {
        Ok(with(|kernel| kernel.set_session(tid))?)
    }

    fn set_uid(tid: Tid, real: Option<u32>, effective: Option<u32>) -> Result<()> {
        Ok(with(|kernel| kernel.set_uid(tid, real, effective))?)
    }

    fn set_gid(tid: Tid, real: Option<u32>, effective: Option<u32>) -> Result<()> {
        Ok(with(|kernel| kernel.set_gid(tid, real, effective))?)
    }

    fn get_limit(tid: Tid, pid: Pid, resource: wit::Resource) -> Result<wit::Limit> {
        let core::Limit { soft, hard } = with(|kernel| kernel.get_limit(tid, pid, resource.into()))?;
        Ok(wit::Limit { soft, hard })
    }

    fn set_limit(tid: Tid, pid: Pid, resource: wit::Resource, limit: wit::Limit) -> Result<()> {
        Ok(with(|kernel| kernel.set_limit(tid, pid, resource.into(), limit.into()))?)
    }

    fn get_nice(tid: Tid, pid: Pid) -> Result<i8> {
        Ok(with(|kernel| kernel.get_nice(tid, pid))?)
    }

    fn set_nice(tid: Tid, pid: Pid, value: i8) -> Result<()> {
        Ok(with(|kernel| kernel.set_nice(tid, pid, value))?)
    }

    fn get_usage(tid: Tid) -> Result<(wit::Usage, wit::Usage)> {
        let (own, children) = with(|kernel| kernel.get_usage(tid))?;
        Ok((own.into(), children.into()))
    }

    fn get_hostname(tid: Tid) -> Result<Vec<u8>> {
        Ok(with(|kernel| kernel.get_hostname(tid))?)
    }

    fn set_hostname(tid: Tid, name: Vec<u8>) -> Result<()> {
        Ok(with(|kernel| kernel.set_hostname(tid, &name))?)
    }

    fn set_title(tid: Tid, title: Vec<u8>) -> Result<()> {
        Ok(with(|kernel| kernel.set_title(tid, &title))?)
    }
}
