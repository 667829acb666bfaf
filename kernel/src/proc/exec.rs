//! POSIX execve(), and what it shares with spawn.

use super::program::{Loaded, Program};
use crate::{Fault, Fd, Kernel, Pid, Result, Runtime, StartRequest, Tid};

/// The lowest descriptor that a module's calls give: preview 1's library takes 3 and 4 for its preopened directories.
const MODULE_LOWEST: Fd = 5;

impl Kernel {
    /// Runs another program in the caller's process. On success the caller is gone.
    pub fn exec(&mut self, tid: Tid, program: Program) -> Result<()> {
        let pid = self.enter(tid)?;
        let loaded = self.load(pid, &program)?;
        for task in self.state.processes.remove_tasks(pid) {
            self.host.wake(task);
        }
        self.close_on_exec(pid);
        self.process_mut(pid).signals.reset_for_exec();
        self.start(pid, loaded, program.environment);
        Err(Fault::Gone)
    }

    /// Puts a loaded program into a process without tasks, and has the host run it.
    pub(super) fn start(&mut self, pid: Pid, loaded: Loaded, environment: Vec<Vec<u8>>) {
        let Loaded { file, runtime, source, size, path, arguments, set_uid, set_gid } = loaded;
        let keep = |strings: &[Vec<u8>]| strings.iter().cloned().map(serde_bytes::ByteBuf::from).collect();
        let process = self.process_mut(pid);
        process.arguments = keep(&arguments);
        process.environment = keep(&environment);
        process.path.clone_from(&path);
        process.title = None;
        process.descriptors.lowest = if runtime == Runtime::WasmModule { MODULE_LOWEST } else { 0 };
        process.effective_uid = set_uid.unwrap_or(process.effective_uid);
        process.effective_gid = set_gid.unwrap_or(process.effective_gid);
        if let Some(before) = process.program_file.replace(file) {
            self.release(before);
        }
        let tid = self.state.processes.new_task(pid);
        self.host.start(StartRequest { tid, pid, runtime, source, size, path, arguments, environment });
    }
}
