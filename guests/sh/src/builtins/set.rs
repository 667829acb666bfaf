//! `set`.

use std::rc::Rc;

use crate::error::Run;
use crate::shell::Shell;
use crate::state::options::Options;

pub(super) fn set(shell: &mut Shell, words: &[Vec<u8>]) -> Run<i32> {
    if words.len() == 1 {
        let all: Vec<_> = shell.state.variables.sorted().into_iter().map(|(n, v)| (n, v.clone())).collect();
        for (name, mut variable) in all {
            if variable.has(crate::state::variables::flag::DYNAMIC)
                && let Some(value) = shell.dynamic_value(name)
            {
                variable.value = crate::state::variables::Value::Scalar(Rc::new(value));
            }
            if let Some(line) = super::declare::assignment_text(name.name(), &variable) {
                shell.print([&line[..], b"\n"].concat());
            }
        }
        if !shell.state.options.posix {
            let mut names: Vec<_> = shell.state.functions.values().map(|f| f.function.clone()).collect();
            names.sort_by_key(|f| f.name.name());
            for function in names {
                shell.print([&crate::syntax::print::function(&function)[..], b"\n"].concat());
            }
        }
        return Ok(0);
    }
    let mut at = 1;
    let mut parameters = false;
    while let Some([sign @ (b'-' | b'+'), letters @ ..]) = words.get(at).map(Vec::as_slice) {
        if letters.is_empty() {
            at += 1;
            if *sign == b'-' {
                shell.state.options.xtrace = false;
                shell.state.options.verbose = false;
                parameters = at < words.len();
                break;
            }
            continue;
        }
        if letters == b"-" && *sign == b'-' {
            at += 1;
            parameters = true;
            break;
        }
        let on = *sign == b'-';
        for letter in letters {
            if *letter == b'r' && on {
                shell.restrict();
                continue;
            }
            if *letter == b'o' {
                match words.get(at + 1).filter(|w| !w.starts_with(b"-") && !w.starts_with(b"+")) {
                    Some(name) => {
                        let name = String::from_utf8_lossy(name).into_owned();
                        if !shell.set_option(&name, on) {
                            shell.builtin_error(format!("{name}: invalid option name"));
                            return Ok(if shell.state.options.posix { super::USAGE } else { 2 });
                        }
                        at += 1;
                    }
                    None => shell.list_options(on),
                }
                continue;
            }
            match Options::NAMES.iter().find(|(_, known)| known == letter && *known != 0) {
                Some((name, _)) => {
                    shell.set_option(name, on);
                }
                None => return Ok(shell.invalid_option(&[*sign, *letter])),
            }
        }
        at += 1;
    }
    if parameters || at < words.len() {
        shell.positional_sets = shell.positional_sets.wrapping_add(1);
        shell.state.positional = Rc::new(words[at.min(words.len())..].to_vec());
    }
    Ok(0)
}

impl Shell {
    /// Sets an option by its name; whether there is such a one.
    pub(crate) fn set_option(&mut self, name: &str, on: bool) -> bool {
        let before = self.state.options.posix;
        match self.state.options.by_name(name) {
            Some(option) => *option = on,
            None => return false,
        }
        match name {
            "posix" if before != on => {
                self.state.shopts.inherit_errexit = on;
                self.state.shopts.shift_verbose = on;
                if on {
                    self.state.shopts.expand_aliases = true;
                    self.set("POSIXLY_CORRECT", "y");
                } else if !self.interactive {
                    self.state.shopts.expand_aliases = false;
                    self.state.variables.replace(crate::symbol::Symbol::new(b"POSIXLY_CORRECT"), None);
                }
            }
            "monitor" if on && !self.is_subshell_process => self.begin_job_control(),
            "history" if on => self.load_history(),
            "emacs" if on => self.state.options.vi = false,
            "vi" if on => self.state.options.emacs = false,
            _ => {}
        }
        if matches!(name, "history" | "histexpand" | "posix") {
            self.sync_history();
        }
        true
    }

    /// `set -o` and `set +o`.
    pub(crate) fn list_options(&mut self, table: bool) {
        let mut options = self.state.options.clone();
        for (name, _) in Options::NAMES {
            let on = options.by_name(name).is_some_and(|on| *on);
            if table {
                self.print(format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
            } else {
                self.print(format!("set {}o {name}\n", if on { '-' } else { '+' }));
            }
        }
    }
}
