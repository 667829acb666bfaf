//! Simple commands (POSIX 2.9.1).

use std::rc::Rc;

use crate::builtins::{self, Builtin};
use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::state::variables::{ScopeKind, Value, Variable, flag};
use crate::symbol::Symbol;
use crate::syntax::ast::{Assignment, AssignmentValue, Redirect, Simple, Word};

/// What a command's name stands for.
pub(crate) enum Resolved {
    Function(Rc<crate::syntax::ast::Function>),
    Builtin(&'static Builtin),
    External,
}

impl Shell {
    pub(crate) fn run_simple(&mut self, simple: &Simple, redirects: &[Redirect]) -> Run {
        self.poll_signals()?;
        if simple.words.is_empty() {
            return self.run_assignments(&simple.assignments, redirects);
        }
        if self.names_command_text || self.state.traps.any() {
            self.command_text = simple_text(simple);
            if !self.run_debug_trap()? {
                return Ok(());
            }
        }
        self.substitution_status = None;
        let first_process_fd = self.process_fds.len();
        let mut words = Vec::with_capacity(simple.words.len());
        self.expand_command_words(&simple.words, &mut words)?;
        let result = if words.is_empty() {
            self.state.status = self.substitution_status.take().unwrap_or(0);
            self.run_assignments_after(&simple.assignments, redirects)
        } else {
            self.run_words(words, &simple.assignments, redirects, false)
        };
        if self.process_fds.len() > first_process_fd {
            self.close_process_fds(first_process_fd);
        }
        result?;
        self.check_errexit()
    }

    /// Expands a command's words; those that are assignments of a declaration command are not split.
    fn expand_command_words(&mut self, words: &[Word], out: &mut Vec<Vec<u8>>) -> Run {
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        self.expand_word(first, out)?;
        let declares =
            rest.iter().any(|word| word.assignment.is_some()) && out.first().is_some_and(|name| declaration(name));
        for word in rest {
            match &word.assignment {
                Some(assignment) if declares || out.last().is_some_and(|last| declaration(last)) => {
                    let text = self.declaration_text(assignment)?;
                    out.push(text);
                }
                // For `eval` and `let` it is text.
                Some(assignment) if matches!(assignment.value, AssignmentValue::Array(_)) => {
                    let text = self.subscript_word(&word.text)?;
                    out.push(self.expand_string(&text)?);
                }
                _ => self.expand_word(word, out)?,
            }
        }
        Ok(())
    }

    /// `name=value` for a declaration command. A compound value is kept as its elements, quoted, in parentheses after a byte 1,
    /// which tells it from a scalar that looks like one.
    fn declaration_text(&mut self, assignment: &Assignment) -> Run<Vec<u8>> {
        let mut text = assignment.name.name().to_vec();
        if let Some(subscript) = &assignment.subscript {
            text.push(b'[');
            text.extend_from_slice(&self.subscript_text(assignment.name, subscript)?);
            text.push(b']');
        }
        if assignment.append {
            text.push(b'+');
        }
        text.push(b'=');
        match &assignment.value {
            AssignmentValue::Scalar(word) => text.extend_from_slice(&self.expand_assignment(word)?),
            AssignmentValue::Array(elements) => {
                text.push(1);
                text.push(b'(');
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        text.push(b' ');
                    }
                    match &element.subscript {
                        Some(subscript) => {
                            let key = self.subscript_text(assignment.name, subscript)?;
                            let value = self.expand_assignment(&element.value)?;
                            text.push(b'[');
                            text.extend_from_slice(&key);
                            text.extend_from_slice(if element.append { b"]+=" } else { b"]=" });
                            text.extend_from_slice(&crate::syntax::quote::single(&value));
                        }
                        None => {
                            let mut words = Vec::new();
                            self.expand_word(&element.value, &mut words)?;
                            let quoted: Vec<Vec<u8>> = words.iter().map(|w| crate::syntax::quote::single(w)).collect();
                            text.extend_from_slice(&quoted.join(&b' '));
                        }
                    }
                }
                text.push(b')');
            }
        }
        Ok(text)
    }

    /// A subscript expanded so that it can be read again.
    fn subscript_text(&mut self, name: Symbol, subscript: &Word) -> Run<Vec<u8>> {
        let assoc = matches!(self.state.variables.get(name).map(|v| &v.value), Some(Value::Assoc(_)));
        if subscript.as_literal().is_some() {
            return Ok(subscript.text.clone());
        }
        let text = self.expand_single(subscript, crate::expand::word::Tilde::None)?.text;
        Ok(if assoc || text.iter().any(|b| !crate::syntax::lexer::is_name_byte(*b)) {
            crate::syntax::quote::single(&text)
        } else {
            text
        })
    }

    /// Assignments without a command.
    fn run_assignments(&mut self, assignments: &[Assignment], redirects: &[Redirect]) -> Run {
        if self.state.traps.has_debug() {
            self.command_text = simple_text(&Simple { assignments: assignments.to_vec(), words: Vec::new() });
            if !self.run_debug_trap()? {
                return Ok(());
            }
        }
        self.substitution_status = None;
        self.run_assignments_after(assignments, redirects)?;
        self.check_errexit()
    }

    fn run_assignments_after(&mut self, assignments: &[Assignment], redirects: &[Redirect]) -> Run {
        if !redirects.is_empty() {
            match self.redirect(redirects)? {
                Some(saved) => self.restore(saved),
                None => {
                    self.state.status = 1;
                    return Ok(());
                }
            }
        }
        self.assignment_failed = false;
        for assignment in assignments {
            // Its value may ask for `$?`: that of the command before, or of a substitution before it.
            self.assign_statement(assignment)?;
        }
        let status = self.substitution_status.take().unwrap_or(0);
        self.state.status = if std::mem::take(&mut self.assignment_failed) { 1 } else { status };
        Ok(())
    }

    pub(crate) fn resolve_command(&self, name: &[u8]) -> Resolved {
        let special = self.state.options.posix && builtins::is_special(name);
        if !special && let Some(function) = self.function(name) {
            return Resolved::Function(function);
        }
        match self.builtin(name) {
            Some(builtin) => Resolved::Builtin(builtin),
            None => Resolved::External,
        }
    }

    /// A builtin that is not disabled.
    pub(crate) fn builtin(&self, name: &[u8]) -> Option<&'static Builtin> {
        if !self.state.disabled.is_empty() && self.state.disabled.iter().any(|disabled| disabled == name) {
            return None;
        }
        builtins::find(name)
    }

    /// A command whose words are expanded. `no_functions`: `command` goes before it.
    pub(crate) fn run_words(
        &mut self,
        words: Vec<Vec<u8>>,
        assignments: &[Assignment],
        redirects: &[Redirect],
        no_functions: bool,
    ) -> Run {
        let mut resolved = self.resolve_command(&words[0]);
        if no_functions && matches!(resolved, Resolved::Function(_)) {
            resolved = self.builtin(&words[0]).map_or(Resolved::External, Resolved::Builtin);
        }
        if let Resolved::External = resolved
            && self.state.shopts.autocd
            && self.interactive
            && words.len() == 1
            && vivarium_sys::fs::stat(&words[0]).is_ok_and(|s| s.is_directory())
        {
            let words = vec![b"cd".to_vec(), b"--".to_vec(), words[0].clone()];
            self.write_error(&[&words.join(&b' ')[..], b"\n"].concat());
            return self.run_words(words, assignments, redirects, true);
        }
        let traced = self.state.options.xtrace;
        let temporary = !assignments.is_empty();
        if temporary {
            self.state.variables.push_scope(ScopeKind::Temporary);
            if let Err(unwind) = self.temporary_assignments(assignments) {
                self.end_temporary();
                return Err(unwind);
            }
        }
        if traced && let Err(unwind) = self.trace_words(&words) {
            if temporary {
                self.end_temporary();
            }
            return Err(unwind);
        }
        let keep_last = words.last().cloned();
        let result = match resolved {
            Resolved::External => self.run_external(&words, redirects),
            Resolved::Function(function) => self.with_redirects(redirects, false, |shell| shell.call(&function, words)),
            Resolved::Builtin(builtin) => {
                // Redirections of `exec` without a command stay.
                let stays = builtin.name == "exec" && exec_is_bare(&words);
                self.with_redirects(redirects, stays, |shell| shell.run_builtin(builtin, words, temporary))
            }
        };
        if temporary {
            self.end_temporary();
        }
        if let Some(last) = keep_last {
            self.last_argument = last;
        }
        result
    }

    fn with_redirects(&mut self, redirects: &[Redirect], stays: bool, f: impl FnOnce(&mut Shell) -> Run) -> Run {
        if redirects.is_empty() {
            return f(self);
        }
        let Some(saved) = self.redirect(redirects)? else {
            self.state.status = 1;
            if stays && self.state.options.posix && !self.interactive {
                return Err(Unwind::Exit);
            }
            return Ok(());
        };
        let result = f(self);
        self.flush();
        if stays {
            self.keep_redirects(saved);
        } else {
            self.restore(saved);
        }
        result
    }

    /// The assignments before a command: seen by it alone, and exported.
    fn temporary_assignments(&mut self, assignments: &[Assignment]) -> Run {
        let scope = self.state.variables.scopes().len() - 1;
        for assignment in assignments {
            let AssignmentValue::Scalar(word) = &assignment.value else {
                continue;
            };
            let mut value = self.expand_assignment(word)?;
            let name = self.resolve(assignment.name).unwrap_or(assignment.name);
            if self.state.options.xtrace {
                let shown = crate::syntax::quote::traced(&value);
                let shown = if value.is_empty() { Vec::new() } else { shown };
                let sign: &[u8] = if assignment.append { b"+=" } else { b"=" };
                self.trace(&[assignment.name.name(), sign, &shown].concat())?;
            }
            if self.state.variables.get(name).is_some_and(|v| v.has(flag::READONLY)) {
                self.complain([name.name(), b": readonly variable"].concat());
                if self.state.options.posix {
                    return self.fatal(1);
                }
                self.state.status = 1;
                continue;
            }
            let flags =
                self.state.variables.get(name).map_or(0, |v| v.flags & (flag::INTEGER | flag::UPPER | flag::LOWER));
            let before = self.value_of(name).unwrap_or_default();
            value = self.attributed(flags, &before, &value, assignment.append)?;
            let variable = Variable { value: Value::Scalar(Rc::new(value)), flags: flag::EXPORT | flags };
            self.state.variables.hide(scope, name, Some(variable));
            self.variable_changed(name);
        }
        Ok(())
    }

    fn end_temporary(&mut self) {
        for name in self.state.variables.pop_scope() {
            self.variable_changed(name);
        }
    }

    pub(crate) fn run_builtin(&mut self, builtin: &'static Builtin, words: Vec<Vec<u8>>, temporary: bool) -> Run {
        let was = std::mem::take(&mut self.command_text);
        self.command_text = words[0].clone();
        if temporary && builtin.special && self.state.options.posix {
            self.keep_temporary();
        }
        self.misused = false;
        let result = (builtin.run)(self, &words);
        let written = self.flush();
        self.command_text = was;
        match result {
            Ok(status) => {
                self.state.status = if written || status != 0 { status } else { 1 };
                if self.misused && builtin.special && self.state.options.posix && !self.interactive {
                    return Err(Unwind::Exit);
                }
                Ok(())
            }
            Err(unwind) => Err(unwind),
        }
    }

    /// In POSIX mode the assignments before a special builtin stay.
    fn keep_temporary(&mut self) {
        let Some(scope) = self.state.variables.scopes().last() else { return };
        let names: Vec<Symbol> = scope.hidden.iter().map(|(name, _)| *name).collect();
        for name in names {
            let Some(variable) = self.state.variables.get(name).cloned() else { continue };
            // Those that a call of a function has before it go the same way; a local variable is as far as it goes.
            for scope in (0..self.state.variables.scopes().len()).rev() {
                if self.state.variables.is_temporary(scope, name) {
                    self.state.variables.keep(scope, name, variable.clone());
                } else if self.state.variables.is_in_scope(scope, name) {
                    break;
                }
            }
        }
    }
}

fn exec_is_bare(words: &[Vec<u8>]) -> bool {
    let mut i = 1;
    while let Some(word) = words.get(i) {
        match &word[..] {
            b"--" => return words.len() == i + 1,
            b"-a" => i += 1,
            [b'-', ..] => {}
            _ => return false,
        }
        i += 1;
    }
    true
}

/// Commands whose arguments may be assignments.
fn declaration(name: &[u8]) -> bool {
    matches!(name, b"declare" | b"typeset" | b"local" | b"export" | b"readonly" | b"alias" | b"command" | b"builtin")
}

fn simple_text(simple: &Simple) -> Vec<u8> {
    let command = crate::syntax::ast::Command {
        line: 0,
        kind: crate::syntax::ast::Kind::Simple(simple.clone()),
        redirects: Vec::new(),
    };
    crate::syntax::print::command(&command)
}
