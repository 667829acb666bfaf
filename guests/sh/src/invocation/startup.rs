//! The state that a shell begins with: the environment, start-up files.

use super::command_line::CommandLine;
use super::read_file;
use crate::error::{Run, Unwind};
use crate::shell::{FunctionEntry, Shell, State};
use crate::state::options::{Options, Shopts};
use crate::state::variables::{Value, Variables, flag};
use crate::symbol::Symbol;
use crate::syntax::Parser;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;
use vivarium_sys::fs::{self};
use vivarium_sys::{ids, limits};

impl Shell {
    pub(super) fn new(arg0: Vec<u8>) -> Shell {
        crate::state::dynamic::reserve_symbols();
        let umask = limits::umask(0o022);
        limits::umask(umask);
        let own = ids::getpid();
        let options = Options { braceexpand: true, hashall: true, interactive_comments: true, ..Options::default() };
        let state = State {
            variables: Variables::default(),
            functions: Rc::default(),
            options,
            shopts: Shopts::default(),
            positional: Rc::default(),
            aliases: Rc::default(),
            traps: Default::default(),
            directories: Vec::new(),
            hashed: HashMap::new(),
            frames: Vec::new(),
            arg0: Rc::new(arg0),
            status: 0,
            last_background: None,
            line: 1,
            umask,
            cwd: Rc::new(b"/".to_vec()),
            subshell: 0,
            loops: 0,
            getopts_at: (1, 0),
            disabled: Vec::new(),
            conditional: 0,
            in_trap: false,
        };
        let started = Instant::now();
        Shell {
            state,
            jobs: Default::default(),
            interactive: false,
            command_string: false,
            reads_stdin: false,
            restricted: false,
            login: false,
            pid: own,
            own_pid: own,
            started,
            seconds_offset: 0,
            random: std::cell::Cell::new(own.wrapping_mul(2_654_435_761) ^ crate::time::now() as u32),
            out: Vec::new(),
            capture: None,
            assignment_failed: false,
            substitution_status: None,
            pipe_status: vec![0],
            last_argument: Vec::new(),
            ifs: crate::expand::split::Ifs::new(None),
            arith_label: None,
            arith_cache: HashMap::new(),
            depth: 0,
            command_text: Vec::new(),
            names_command_text: false,
            history: Default::default(),
            editor: Default::default(),
            completions: Default::default(),
            process_fds: Vec::new(),
            fd_journal: Vec::new(),
            in_process_depth: 0,
            signal_countdown: 0,
            terminal: None,
            script_name: None,
            coprocs: Vec::new(),
            is_subshell_process: false,
            xtrace_depth: 0,
            trapped: None,
            trap_status: 0,
            exit_warned: false,
            local_options: Vec::new(),
            read_buffer: Vec::new(),
            misused: false,
            positional_sets: 0,
        }
    }

    /// Variables from the environment, and those every shell has.
    pub(super) fn begin(&mut self, program: &[u8], posix: bool) {
        for (name, value) in environment() {
            if let Some(function) = name.strip_prefix(b"BASH_FUNC_").and_then(|n| n.strip_suffix(b"%%")) {
                self.import_function(function, &value);
                continue;
            }
            if !crate::syntax::lexer::is_name(&name) {
                continue;
            }
            let variable = self.state.variables.entry(Symbol::new(&name));
            variable.value = Value::Scalar(Rc::new(value));
            variable.flags |= flag::EXPORT;
        }
        let default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        if self.value("PATH").is_none() {
            self.set("PATH", default_path);
        }
        self.set("IFS", " \t\n");
        self.set("OPTIND", "1");
        self.set("OPTERR", "1");
        self.set("PS4", self.value("PS4").unwrap_or_else(|| b"+ ".to_vec()));
        self.set("BASH_VERSION", "5.2.15(1)-release");
        self.set(
            "HOSTNAME",
            self.value("HOSTNAME").or_else(|| vivarium_sys::host::gethostname().ok()).unwrap_or_default(),
        );
        self.set("HOSTTYPE", "x86_64");
        self.set("OSTYPE", "linux-gnu");
        self.set("MACHTYPE", "x86_64-pc-linux-gnu");
        if self.value("TERM").is_none() {
            self.set("TERM", "dumb");
        }
        let versions = ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"];
        self.set_array("BASH_VERSINFO", versions.iter().map(|v| v.as_bytes().to_vec()).collect());
        self.state.variables.entry(Symbol::new(b"BASH_VERSINFO")).flags |= flag::READONLY;
        self.set("BASH", if program.starts_with(b"/") { program.to_vec() } else { b"/bin/bash".to_vec() });
        let who = ids::ids();
        for (name, value) in [("UID", who.uid), ("EUID", who.euid), ("PPID", who.parent)] {
            self.set(name, value.to_string());
            self.state.variables.entry(Symbol::new(name.as_bytes())).flags |= flag::READONLY | flag::INTEGER;
        }
        let level = self.value("SHLVL").and_then(|v| crate::expand::arith::plain_number(&v)).unwrap_or(0);
        self.set_exported("SHLVL", (level.clamp(0, 999) + 1).to_string());
        self.declare_dynamic();
        self.last_argument = program.to_vec();
        let physical = fs::getcwd().unwrap_or_else(|_| b"/".to_vec());
        let logical =
            self.value("PWD").filter(|pwd| pwd.starts_with(b"/") && same_file(pwd, &physical)).unwrap_or(physical);
        self.state.cwd = Rc::new(logical.clone());
        self.set_exported("PWD", logical);
        let oldpwd = self.state.variables.entry(Symbol::new(b"OLDPWD"));
        if !oldpwd.is_set() || oldpwd.scalar().is_some_and(|old| !fs::stat(old).is_ok_and(|s| s.is_directory())) {
            oldpwd.value = Value::Unset;
            oldpwd.flags |= flag::EXPORT;
        }
        self.set_locale();
        if posix || self.value("POSIXLY_CORRECT").is_some() {
            self.set_option("posix", true);
        }
        if let Some(options) = self.environment_options("SHELLOPTS") {
            for name in options {
                self.set_option(&name, true);
            }
        }
        if let Some(options) = self.environment_options("BASHOPTS") {
            for name in options {
                if let Some(option) = self.state.shopts.by_name(&name) {
                    *option = true;
                }
            }
        }
    }

    pub(super) fn environment_options(&self, name: &str) -> Option<Vec<String>> {
        let value = self.state.variables.get(Symbol::new(name.as_bytes()))?.scalar()?.to_vec();
        Some(String::from_utf8_lossy(&value).split(':').map(str::to_string).collect())
    }

    pub(super) fn import_function(&mut self, name: &[u8], value: &[u8]) {
        // A name that no command could have, or that a quote would be needed for, is somebody's trick.
        if !value.starts_with(b"()") || name.iter().any(|byte| !byte.is_ascii_graphic()) || name.starts_with(b"#") {
            return;
        }
        let text = [name, b" ", value].concat();
        let mut parser = Parser::new(&text, 1, self.settings());
        parser.source = b"environment".to_vec();
        if let Ok(list) = parser.all()
            && let [item] = &list.items[..]
            && let [crate::syntax::ast::Command { kind: crate::syntax::ast::Kind::Function(function), .. }] =
                &item.first.stages[..]
        {
            let entry = FunctionEntry { function: function.clone(), flags: flag::EXPORT };
            Rc::make_mut(&mut self.state.functions).insert(function.name, entry);
            return;
        }
        self.complain([b"error importing function definition for `", name, b"'"].concat());
    }

    pub(super) fn startup_files(&mut self, line: &CommandLine) -> Run {
        if self.login && !line.noprofile {
            self.source_if_there(b"/etc/profile")?;
            let home = self.value("HOME").unwrap_or_default();
            for name in [&b"/.bash_profile"[..], b"/.bash_login", b"/.profile"] {
                let path = [&home[..], name].concat();
                if fs::stat(&path).is_ok() {
                    self.source_if_there(&path)?;
                    break;
                }
            }
        } else if self.interactive && !line.norc && !self.state.options.posix {
            let rc = match &line.rcfile {
                Some(path) => path.clone(),
                None => [&self.value("HOME").unwrap_or_default()[..], b"/.bashrc"].concat(),
            };
            if line.rcfile.is_none() {
                self.source_if_there(b"/etc/bash.bashrc")?;
            }
            self.source_if_there(&rc)?;
        }
        let variable = if self.interactive && self.state.options.posix { "ENV" } else { "BASH_ENV" };
        if self.interactive == self.state.options.posix
            && let Some(path) = self.value(variable).filter(|v| !v.is_empty())
        {
            let path = self.expand_prompt(&path)?;
            self.source_if_there(&path)?;
        }
        Ok(())
    }

    pub(super) fn source_if_there(&mut self, path: &[u8]) -> Run {
        let Ok(text) = read_file(path) else { return Ok(()) };
        let mut parser = Parser::new(&text, 1, self.settings());
        parser.source = path.to_vec();
        self.state.frames.push(crate::state::frames::Frame {
            name: b"source".to_vec(),
            source: path.to_vec(),
            line: 0,
            is_function: false,
            arguments: Vec::new(),
        });
        let result = self.run_parser(&mut parser, b"");
        self.state.frames.pop();
        match result {
            Err(Unwind::Return | Unwind::Abort) => Ok(()),
            other => other,
        }
    }
}

pub(super) fn same_file(left: &[u8], right: &[u8]) -> bool {
    match (fs::stat(left), fs::stat(right)) {
        (Ok(left), Ok(right)) => (left.device, left.inode) == (right.device, right.inode),
        _ => false,
    }
}

pub(super) fn environment() -> Vec<(Vec<u8>, Vec<u8>)> {
    std::env::vars_os().map(|(n, v)| (n.as_encoded_bytes().to_vec(), v.as_encoded_bytes().to_vec())).collect()
}
