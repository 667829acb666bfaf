//! A shell's state as bytes, for the process that is a subshell.

use std::collections::HashMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::frames::Frame;
use super::options::{Options, Shopts};
use super::variables::{Scope, Variable};
use crate::eval::trap::Traps;
use crate::shell::{FunctionEntry, Shell};
use crate::symbol::Symbol;
use crate::syntax::ast::{Command, Function, List};

/// The first argument of a subshell's process.
pub(crate) const OPTION: &[u8] = b"--vivarium-subshell";

/// What a subshell is to do.
#[derive(Serialize, Deserialize)]
pub(crate) enum Task {
    List(Rc<List>),
    Command(Command),
    Substitution(Rc<List>),
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Handover {
    pub(crate) task: Task,
    variables: Vec<(Symbol, Variable)>,
    scopes: Vec<Scope>,
    functions: Vec<(Rc<Function>, u16)>,
    options: Options,
    shopts: Shopts,
    positional: Rc<Vec<Vec<u8>>>,
    aliases: Rc<HashMap<Vec<u8>, Vec<u8>>>,
    traps: Traps,
    directories: Vec<Vec<u8>>,
    hashed: HashMap<Vec<u8>, (Vec<u8>, u32)>,
    frames: Vec<Frame>,
    arg0: Rc<Vec<u8>>,
    status: i32,
    last_background: Option<u32>,
    line: u32,
    umask: u32,
    cwd: Rc<Vec<u8>>,
    subshell: u32,
    loops: u32,
    getopts_at: (usize, usize),
    disabled: Vec<Vec<u8>>,
    conditional: u32,
    flags: [bool; 5],
    pid: u32,
    /// Seconds the shell has been running, for SECONDS.
    seconds: i64,
    random: u32,
    pipe_status: Vec<i32>,
    last_argument: Vec<u8>,
    xtrace_depth: i32,
    jobs: Vec<crate::eval::jobs::Job>,
    utf8: bool,
    history: crate::history::Handed,
}

/// The state with the task, ready to be sent.
pub(crate) fn encode(shell: &Shell, task: Task) -> Vec<u8> {
    let state = &shell.state;
    let (variables, scopes) = state.variables.export_state();
    let handover = Handover {
        task,
        variables: variables.into_iter().map(|(name, variable)| (name, variable.clone())).collect(),
        scopes: scopes.to_vec(),
        functions: state.functions.values().map(|entry| (entry.function.clone(), entry.flags)).collect(),
        options: state.options.clone(),
        shopts: state.shopts.clone(),
        positional: state.positional.clone(),
        aliases: state.aliases.clone(),
        traps: state.traps.clone(),
        directories: state.directories.clone(),
        hashed: state.hashed.clone(),
        frames: state.frames.clone(),
        arg0: state.arg0.clone(),
        status: state.status,
        last_background: state.last_background,
        line: state.line,
        umask: state.umask,
        cwd: state.cwd.clone(),
        subshell: state.subshell,
        loops: state.loops,
        getopts_at: state.getopts_at,
        disabled: state.disabled.clone(),
        conditional: state.conditional,
        flags: [shell.interactive, shell.command_string, shell.reads_stdin, shell.restricted, shell.login],
        pid: shell.pid,
        seconds: shell.seconds(),
        random: shell.random.get(),
        pipe_status: shell.pipe_status.clone(),
        last_argument: shell.last_argument.clone(),
        xtrace_depth: shell.xtrace_depth,
        jobs: shell.jobs.list.clone(),
        utf8: crate::text::is_utf8(),
        history: shell.history.borrow().hand_over(),
    };
    // Every part of it can be written: it is plain data in memory.
    postcard::to_stdvec(&handover).unwrap_or_default()
}

/// A shell that goes on where the sender's was; its task.
pub(crate) fn decode(bytes: &[u8], shell: &mut Shell) -> Option<Task> {
    let handover: Handover = postcard::from_bytes(bytes).ok()?;
    crate::text::set_utf8(handover.utf8);
    let state = &mut shell.state;
    state.variables.import_state(handover.variables, handover.scopes);
    let functions =
        handover.functions.into_iter().map(|(function, flags)| (function.name, FunctionEntry { function, flags }));
    state.functions = Rc::new(functions.collect());
    state.options = handover.options;
    state.shopts = handover.shopts;
    state.positional = handover.positional;
    state.aliases = handover.aliases;
    state.traps = handover.traps;
    state.directories = handover.directories;
    state.hashed = handover.hashed;
    state.frames = handover.frames;
    state.arg0 = handover.arg0;
    state.status = handover.status;
    state.last_background = handover.last_background;
    state.line = handover.line;
    state.umask = handover.umask;
    state.cwd = handover.cwd;
    state.subshell = handover.subshell + 1;
    state.loops = handover.loops;
    state.getopts_at = handover.getopts_at;
    state.disabled = handover.disabled;
    state.conditional = handover.conditional;
    let [_, command_string, reads_stdin, restricted, login] = handover.flags;
    shell.interactive = false;
    (shell.command_string, shell.reads_stdin, shell.restricted, shell.login) =
        (command_string, reads_stdin, restricted, login);
    shell.pid = handover.pid;
    shell.seconds_offset = handover.seconds;
    shell.random.set(handover.random.wrapping_mul(31).wrapping_add(vivarium_sys::ids::getpid()));
    shell.pipe_status = handover.pipe_status;
    shell.last_argument = handover.last_argument;
    shell.xtrace_depth = handover.xtrace_depth;
    shell.jobs.inherit(handover.jobs);
    shell.history.borrow_mut().take_over(handover.history);
    shell.is_subshell_process = true;
    let ifs = shell.value("IFS");
    shell.ifs = crate::expand::split::Ifs::new(ifs.as_deref());
    Some(handover.task)
}
