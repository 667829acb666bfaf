//! Builtin commands, one file each where they are more than a few lines.

mod alias;
pub(crate) mod bind;
pub(crate) mod cd;
mod command;
pub(crate) mod complete;
mod control;
mod declare;
mod directories;
mod echo;
mod enable;
mod eval;
mod exec;
mod fc;
mod getopts;
mod hash;
mod history;
mod jobs;
mod kill;
mod kinds;
mod mapfile;
mod printf;
pub(crate) mod read;
mod set;
mod shopt;
mod test;
mod times;
mod trap;
mod ulimit;
mod umask;
mod unset;
mod wait;

use crate::error::Run;
use crate::shell::Shell;

/// What a builtin is given: its name, then its arguments. It gives its status.
pub(crate) type Function = fn(&mut Shell, &[Vec<u8>]) -> Run<i32>;

pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) run: Function,
    /// One of POSIX's special builtins.
    pub(crate) special: bool,
    /// How it is used.
    pub(crate) usage: &'static str,
}

/// Status of a builtin that was used wrongly.
pub(crate) const USAGE: i32 = 2;

const fn builtin(name: &'static str, run: Function, usage: &'static str) -> Builtin {
    Builtin { name, run, special: false, usage }
}

const fn special(name: &'static str, run: Function, usage: &'static str) -> Builtin {
    Builtin { name, run, special: true, usage }
}

/// All of them, in the order of their names.
pub(crate) static BUILTINS: &[Builtin] = &[
    special(".", eval::source, ". filename [arguments]"),
    special(":", control::colon, ":"),
    builtin("[", test::bracket, "[ arg... ]"),
    builtin("alias", alias::alias, "alias [-p] [name[=value] ... ]"),
    builtin("bg", jobs::bg, "bg [job_spec ...]"),
    builtin(
        "bind",
        bind::bind,
        "bind [-lpsvPSVX] [-m keymap] [-f filename] [-q name] [-u name] [-r keyseq] [-x keyseq:shell-command] [keyseq:readline-function or readline-command]",
    ),
    special("break", control::break_, "break [n]"),
    builtin("builtin", command::builtin, "builtin [shell-builtin [arg ...]]"),
    builtin("caller", control::caller, "caller [expr]"),
    builtin("cd", cd::cd, "cd [-L|[-P [-e]] [-@]] [dir]"),
    builtin("command", command::command, "command [-pVv] command [arg ...]"),
    builtin(
        "compgen",
        complete::compgen,
        "compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]",
    ),
    builtin(
        "complete",
        complete::complete,
        "complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]",
    ),
    builtin("compopt", complete::compopt, "compopt [-o|+o option] [-DEI] [name ...]"),
    special("continue", control::continue_, "continue [n]"),
    builtin(
        "declare",
        declare::declare,
        "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
    ),
    builtin("dirs", directories::dirs, "dirs [-clpv] [+N] [-N]"),
    builtin("disown", jobs::disown, "disown [-h] [-ar] [jobspec ... | pid ...]"),
    builtin("echo", echo::echo, "echo [-neE] [arg ...]"),
    builtin("enable", enable::enable, "enable [-a] [-dnps] [-f filename] [name ...]"),
    special("eval", eval::eval, "eval [arg ...]"),
    special("exec", exec::exec, "exec [-cl] [-a name] [command [argument ...]] [redirection ...]"),
    special("exit", control::exit, "exit [n]"),
    special("export", declare::export, "export [-fn] [name[=value] ...] or export -p"),
    builtin("false", control::false_, "false"),
    builtin("fc", fc::fc, "fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]"),
    builtin("fg", jobs::fg, "fg [job_spec]"),
    builtin("getopts", getopts::getopts, "getopts optstring name [arg ...]"),
    builtin("hash", hash::hash, "hash [-lr] [-p pathname] [-dt] [name ...]"),
    builtin("help", enable::help, "help [-dms] [pattern ...]"),
    builtin(
        "history",
        history::history,
        "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
    ),
    builtin("jobs", jobs::jobs, "jobs [-lnprs] [jobspec ...] or jobs -x command [args]"),
    builtin("kill", kill::kill, "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]"),
    builtin("let", control::let_, "let arg [arg ...]"),
    builtin("local", declare::local, "local [option] name[=value] ..."),
    builtin("logout", control::exit, "logout [n]"),
    builtin(
        "mapfile",
        mapfile::mapfile,
        "mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
    ),
    builtin("popd", directories::popd, "popd [-n] [+N | -N]"),
    builtin("printf", printf::printf, "printf [-v var] format [arguments]"),
    builtin("pushd", directories::pushd, "pushd [-n] [+N | -N | dir]"),
    builtin("pwd", cd::pwd, "pwd [-LP]"),
    builtin(
        "read",
        read::read,
        "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]",
    ),
    builtin(
        "readarray",
        mapfile::mapfile,
        "readarray [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
    ),
    special("readonly", declare::readonly, "readonly [-aAf] [name[=value] ...] or readonly -p"),
    special("return", control::return_, "return [n]"),
    special("set", set::set, "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]"),
    special("shift", control::shift, "shift [n]"),
    builtin("shopt", shopt::shopt, "shopt [-pqsu] [-o] [optname ...]"),
    special("source", eval::source, "source filename [arguments]"),
    builtin("suspend", jobs::suspend, "suspend [-f]"),
    builtin("test", test::test, "test [expr]"),
    special("times", times::times, "times"),
    special("trap", trap::trap, "trap [-lp] [[arg] signal_spec ...]"),
    builtin("true", control::true_, "true"),
    builtin("type", kinds::type_, "type [-afptP] name [name ...]"),
    builtin(
        "typeset",
        declare::declare,
        "typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]",
    ),
    builtin("ulimit", ulimit::ulimit, "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]"),
    builtin("umask", umask::umask, "umask [-p] [-S] [mode]"),
    builtin("unalias", alias::unalias, "unalias [-a] name [name ...]"),
    special("unset", unset::unset, "unset [-f] [-v] [-n] [name ...]"),
    builtin("wait", wait::wait, "wait [-fn] [-p var] [id ...]"),
];

pub(crate) fn find(name: &[u8]) -> Option<&'static Builtin> {
    let at = BUILTINS.binary_search_by(|builtin| builtin.name.as_bytes().cmp(name)).ok()?;
    Some(&BUILTINS[at])
}

pub(crate) fn is_special(name: &[u8]) -> bool {
    find(name).is_some_and(|builtin| builtin.special)
}

impl Shell {
    /// A message of the builtin at work: `cd: x: No such file or directory`.
    pub(crate) fn builtin_error(&mut self, message: impl AsRef<[u8]>) {
        let label = self.command_text.clone();
        self.complain([&label[..], b": ", message.as_ref()].concat());
    }

    /// Tells how the builtin at work is used.
    pub(crate) fn usage(&mut self) -> i32 {
        let label = self.command_text.clone();
        let usage = find(&label).map_or("", |builtin| builtin.usage);
        let mut text = label.clone();
        text.extend_from_slice(b": usage: ");
        text.extend_from_slice(usage.as_bytes());
        text.push(b'\n');
        self.write_error(&text);
        self.misused = true;
        USAGE
    }

    /// An option it does not have.
    pub(crate) fn invalid_option(&mut self, option: &[u8]) -> i32 {
        self.builtin_error([option, b": invalid option"].concat());
        self.usage()
    }

    pub(crate) fn print(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }
}

/// Options of a builtin, taken one letter at a time.
pub(crate) struct Options<'a> {
    words: &'a [Vec<u8>],
    at: usize,
    letter: usize,
    /// Letters, each followed by `:` where it takes an argument.
    known: &'a str,
}

/// What comes next on a builtin's command line.
pub(crate) enum Next {
    /// An option.
    Option {
        letter: u8,
        argument: Option<Vec<u8>>,
    },
    /// One it does not have.
    Unknown(Vec<u8>),
    /// One whose argument is missing.
    Missing(u8),
    End,
}

impl<'a> Options<'a> {
    pub(crate) fn new(words: &'a [Vec<u8>], known: &'a str) -> Options<'a> {
        Options { words, at: 1, letter: 0, known }
    }

    pub(crate) fn next(&mut self) -> Next {
        let Some(word) = self.words.get(self.at) else { return Next::End };
        if self.letter == 0 {
            let begins = word.len() > 1 && word[0] == b'-';
            if !begins {
                return Next::End;
            }
            if word == b"--" {
                self.at += 1;
                return Next::End;
            }
            self.letter = 1;
        }
        let letter = word[self.letter];
        self.letter += 1;
        let at = self.known.bytes().position(|known| known == letter && letter != b':');
        let takes = at.is_some_and(|at| self.known.as_bytes().get(at + 1) == Some(&b':'));
        let rest = self.letter < word.len();
        if at.is_none() {
            return Next::Unknown(vec![word[0], letter]);
        }
        if !takes {
            if !rest {
                (self.at, self.letter) = (self.at + 1, 0);
            }
            return Next::Option { letter, argument: None };
        }
        let argument = if rest {
            let argument = word[self.letter..].to_vec();
            self.at += 1;
            Some(argument)
        } else {
            self.at += 2;
            self.words.get(self.at - 1).cloned()
        };
        self.letter = 0;
        match argument {
            Some(argument) => Next::Option { letter, argument: Some(argument) },
            None => Next::Missing(letter),
        }
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [Vec<u8>] {
        self.words.get(self.at..).unwrap_or_default()
    }
}

/// Goes through a builtin's options; a wrong one ends it with its usage.
macro_rules! options {
    ($shell:expr, $options:expr, |$letter:ident, $argument:ident| $body:block) => {
        loop {
            match $options.next() {
                $crate::builtins::Next::Option { letter: $letter, argument } => {
                    #[allow(unused_variables)]
                    let $argument = argument.unwrap_or_default();
                    $body
                }
                $crate::builtins::Next::Unknown(option) => return Ok($shell.invalid_option(&option)),
                $crate::builtins::Next::Missing(letter) => {
                    $shell.builtin_error(format!("-{}: option requires an argument", letter as char));
                    return Ok($shell.usage());
                }
                $crate::builtins::Next::End => break,
            }
        }
    };
}
pub(crate) use options;

#[cfg(test)]
mod tests {
    #[test]
    fn sorted() {
        assert!(super::BUILTINS.is_sorted_by_key(|builtin| builtin.name));
    }
}
