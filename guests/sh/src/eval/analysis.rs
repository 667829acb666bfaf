//! What a subshell's commands might do, read off their syntax: whether the shell itself can evaluate them, as if in a process of
//! their own, without anyone telling the difference.

use crate::shell::Shell;
use crate::syntax::ast::{
    Arith, Assignment, AssignmentValue, Command, Conditional, Kind, List, Operation, Part, Redirect, RedirectFd,
    RedirectOperator, Simple, Subscript, Word,
};

/// Builtins that change nothing but what a subshell's end puts back, and need no process of their own.
fn is_tame(name: &[u8]) -> bool {
    matches!(
        name,
        b":" | b"true"
            | b"false"
            | b"echo"
            | b"fc"
            | b"history"
            | b"printf"
            | b"test"
            | b"["
            | b"cd"
            | b"pwd"
            | b"set"
            | b"shift"
            | b"local"
            | b"declare"
            | b"typeset"
            | b"export"
            | b"readonly"
            | b"unset"
            | b"return"
            | b"break"
            | b"continue"
            | b"read"
            | b"let"
            | b"shopt"
            | b"type"
            | b"getopts"
            | b"umask"
            | b"exit"
            | b"mapfile"
            | b"readarray"
            | b"pushd"
            | b"popd"
            | b"dirs"
    )
}

/// How deep functions are followed.
const DEPTH: u32 = 12;

/// What is asked.
#[derive(Clone, Copy)]
struct Question {
    /// Standard output is in memory: nothing may duplicate it.
    captured: bool,
    depth: u32,
}

impl Shell {
    /// Whether a stage or subshell may be evaluated in the process itself.
    pub(crate) fn may_stay(&self, command: &Command) -> bool {
        self.plain_state() && self.tame_command(command, Question { captured: false, depth: 0 })
    }

    pub(crate) fn list_may_stay(&self, list: &List, captured: bool) -> bool {
        self.plain_state() && self.tame_list(list, Question { captured, depth: 0 })
    }

    /// Nothing that tells processes apart is on: job control, traps.
    fn plain_state(&self) -> bool {
        !self.has_job_control() && !self.interactive && self.state.traps.is_empty() && self.coprocs.is_empty()
    }

    fn tame_list(&self, list: &List, q: Question) -> bool {
        list.items.iter().all(|item| {
            !item.background
                && std::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)).all(|pipeline| {
                    pipeline.stages.iter().all(|stage| {
                        self.tame_command(stage, Question { captured: q.captured && pipeline.stages.len() == 1, ..q })
                    })
                })
        })
    }

    fn tame_command(&self, command: &Command, q: Question) -> bool {
        let external = matches!(&command.kind, Kind::Simple(simple) if self.is_external(simple));
        if !command.redirects.iter().all(|redirect| self.tame_redirect(redirect, q, external)) {
            return false;
        }
        match &command.kind {
            Kind::Simple(simple) => self.tame_simple(simple, q),
            Kind::Brace(list) => self.tame_list(list, q),
            Kind::Subshell(list) => self.tame_list(list, q),
            Kind::If(command) => {
                command.branches.iter().all(|(condition, body)| self.tame_list(condition, q) && self.tame_list(body, q))
                    && command.otherwise.as_ref().is_none_or(|list| self.tame_list(list, q))
            }
            Kind::While { condition, body, .. } => self.tame_list(condition, q) && self.tame_list(body, q),
            Kind::For(command) => {
                command.words.as_ref().is_none_or(|words| words.iter().all(|w| self.tame_word(w)))
                    && self.tame_list(&command.body, q)
            }
            Kind::ArithFor(command) => {
                self.tame_arith(&command.init)
                    && self.tame_arith(&command.condition)
                    && self.tame_arith(&command.step)
                    && self.tame_list(&command.body, q)
            }
            Kind::Case(command) => {
                self.tame_word(&command.word)
                    && command
                        .arms
                        .iter()
                        .all(|arm| arm.patterns.iter().all(|w| self.tame_word(w)) && self.tame_list(&arm.body, q))
            }
            Kind::Arith(expression) => self.tame_arith(expression),
            Kind::Conditional(expression) => self.tame_conditional(expression),
            Kind::Function(_) | Kind::Select(_) | Kind::Coproc { .. } => false,
        }
    }

    fn is_external(&self, simple: &Simple) -> bool {
        let Some(name) = simple.words.first().and_then(Word::as_literal) else { return false };
        self.function(name).is_none() && self.builtin(name).is_none()
    }

    fn tame_simple(&self, simple: &Simple, q: Question) -> bool {
        if !simple.assignments.iter().all(|assignment| self.tame_assignment(assignment))
            || !simple.words.iter().all(|w| self.tame_word(w))
        {
            return false;
        }
        let Some(first) = simple.words.first() else { return true };
        let Some(name) = first.as_literal() else { return false };
        if let Some(function) = self.function(name) {
            return q.depth < DEPTH && self.tame_command(&function.body, Question { depth: q.depth + 1, ..q });
        }
        if self.builtin(name).is_some() {
            return is_tame(name);
        }
        // A program is started as ever, waited for as ever.
        true
    }

    fn tame_redirect(&self, redirect: &Redirect, q: Question, external: bool) -> bool {
        if matches!(redirect.fd, RedirectFd::Variable(_)) || !self.tame_word(&redirect.target) {
            return false;
        }
        if let Some(cell) = &redirect.body
            && !cell.get().parts.iter().all(|part| self.tame_part(part))
        {
            return false;
        }
        if matches!(redirect.operator, RedirectOperator::DupOutput | RedirectOperator::DupInput) {
            let Some(text) = redirect.target.as_literal() else { return false };
            let _ = external;
            return !(q.captured && text == b"1");
        }
        true
    }

    fn tame_assignment(&self, assignment: &Assignment) -> bool {
        assignment.subscript.as_ref().is_none_or(|w| self.tame_word(w))
            && match &assignment.value {
                AssignmentValue::Scalar(word) => self.tame_word(word),
                AssignmentValue::Array(elements) => elements
                    .iter()
                    .all(|e| e.subscript.as_ref().is_none_or(|w| self.tame_word(w)) && self.tame_word(&e.value)),
            }
    }

    fn tame_word(&self, word: &Word) -> bool {
        word.parts.iter().all(|part| self.tame_part(part))
            && word.assignment.as_ref().is_none_or(|a| self.tame_assignment(a))
    }

    fn tame_part(&self, part: &Part) -> bool {
        match part {
            Part::Literal(_) | Part::Quoted(_) => true,
            Part::Double(parts) | Part::Localized(parts) => parts.iter().all(|p| self.tame_part(p)),
            Part::Command(_) => true,
            Part::Process { .. } => false,
            Part::Arith(arith) => self.tame_arith(arith),
            Part::Parameter(parameter) => {
                if let crate::syntax::ast::ParameterName::Variable(name) = parameter.name
                    && matches!(name.name(), b"BASHPID" | b"BASH_SUBSHELL" | b"RANDOM" | b"SRANDOM" | b"BASH_COMMAND")
                {
                    return false;
                }
                let subscript = match &parameter.subscript {
                    Some(Subscript::Index(word)) => self.tame_word(word),
                    _ => true,
                };
                subscript
                    && match &parameter.operation {
                        Operation::None
                        | Operation::Length
                        | Operation::Names { .. }
                        | Operation::Keys
                        | Operation::Transform(_)
                        | Operation::Bad => true,
                        Operation::Test { operator, word, .. } => *operator != b'?' && self.tame_word(word),
                        Operation::Remove { pattern, .. } | Operation::Case { pattern, .. } => self.tame_word(pattern),
                        Operation::Replace { pattern, replacement, .. } => {
                            self.tame_word(pattern) && replacement.as_ref().is_none_or(|w| self.tame_word(w))
                        }
                        Operation::Substring { offset, length } => {
                            self.tame_arith(offset) && length.as_ref().is_none_or(|l| self.tame_arith(l))
                        }
                    }
            }
        }
    }

    fn tame_arith(&self, arith: &Arith) -> bool {
        arith.parts.iter().all(|part| self.tame_part(part)) && !arith.text.windows(6).any(|w| w == b"RANDOM")
    }

    fn tame_conditional(&self, expression: &Conditional) -> bool {
        match expression {
            Conditional::And(left, right) | Conditional::Or(left, right) => {
                self.tame_conditional(left) && self.tame_conditional(right)
            }
            Conditional::Not(inner) | Conditional::Group(inner) => self.tame_conditional(inner),
            Conditional::Unary(_, word) | Conditional::Word(word) => self.tame_word(word),
            Conditional::Binary(left, _, right) => self.tame_word(left) && self.tame_word(right),
        }
    }

    /// Whether expanding a word changes nothing in the shell: then it may be done here for a stage that is a process of its own.
    /// `reads`: the stage's standard input is not the shell's.
    pub(crate) fn is_harmless(&self, word: &Word, reads: bool) -> bool {
        word.parts.iter().all(|part| self.harmless_part(part, reads))
    }

    fn harmless_part(&self, part: &Part, reads: bool) -> bool {
        match part {
            Part::Literal(_) | Part::Quoted(_) => true,
            Part::Double(parts) | Part::Localized(parts) => parts.iter().all(|p| self.harmless_part(p, reads)),
            Part::Command(body) => !reads || self.list_may_stay(&body.body, true) && !body_reads(&body.body),
            Part::Process { .. } => false,
            Part::Arith(arith) => !changes(&arith.text) && arith.parts.iter().all(|p| self.harmless_part(p, reads)),
            Part::Parameter(parameter) => {
                if let crate::syntax::ast::ParameterName::Variable(name) = parameter.name
                    && matches!(
                        name.name(),
                        b"BASHPID" | b"BASH_SUBSHELL" | b"RANDOM" | b"SRANDOM" | b"BASH_COMMAND" | b"_"
                    )
                {
                    return false;
                }
                let subscript = match &parameter.subscript {
                    Some(Subscript::Index(word)) => !changes(&word.text) && self.is_harmless(word, reads),
                    _ => true,
                };
                subscript
                    && match &parameter.operation {
                        Operation::None
                        | Operation::Length
                        | Operation::Names { .. }
                        | Operation::Keys
                        | Operation::Transform(_) => !(self.state.options.nounset),
                        Operation::Bad => false,
                        Operation::Test { operator, word, .. } => {
                            matches!(operator, b'-' | b'+') && self.is_harmless(word, reads)
                        }
                        Operation::Remove { pattern, .. } | Operation::Case { pattern, .. } => {
                            self.is_harmless(pattern, reads)
                        }
                        Operation::Replace { pattern, replacement, .. } => {
                            self.is_harmless(pattern, reads)
                                && replacement.as_ref().is_none_or(|w| self.is_harmless(w, reads))
                        }
                        Operation::Substring { .. } => false,
                    }
            }
        }
    }
}

/// Whether an arithmetic text may set something.
fn changes(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(i, b)| match b {
        b'=' => !(i > 0 && matches!(text[i - 1], b'=' | b'!' | b'<' | b'>')) && text.get(i + 1) != Some(&b'='),
        b'+' | b'-' => text.get(i + 1) == Some(b),
        _ => false,
    })
}

/// Whether a list may read standard input.
fn body_reads(list: &List) -> bool {
    list.items.iter().any(|item| {
        std::iter::once(&item.first).chain(item.rest.iter().map(|(_, p)| p)).any(|pipeline| {
            pipeline.stages.iter().any(|stage| match &stage.kind {
                Kind::Simple(simple) => !matches!(
                    simple.words.first().and_then(Word::as_literal),
                    None | Some(
                        b"echo"
                            | b"printf"
                            | b"pwd"
                            | b"basename"
                            | b"dirname"
                            | b"date"
                            | b"uname"
                            | b"id"
                            | b"hostname"
                    )
                ),
                _ => true,
            })
        })
    })
}
