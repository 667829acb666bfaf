//! A command of any kind.

use crate::error::Run;
use crate::shell::{FunctionEntry, Shell};
use crate::syntax::ast::{Arith, Command, Conditional, Function, If, Kind};
use std::rc::Rc;

impl Shell {
    pub(crate) fn run_command(&mut self, command: &Command) -> Run {
        self.state.line = command.line;
        if let Kind::Simple(simple) = &command.kind {
            return self.run_simple(simple, &command.redirects);
        }
        let first_process_fd = self.process_fds.len();
        let result = self.run_compound(command);
        if self.process_fds.len() > first_process_fd {
            self.close_process_fds(first_process_fd);
        }
        result
    }

    fn run_compound(&mut self, command: &Command) -> Run {
        if command.redirects.is_empty() {
            return self.deeper(|shell| shell.run_kind(&command.kind));
        }
        let Some(saved) = self.redirect(&command.redirects)? else {
            self.state.status = 1;
            return self.check_errexit();
        };
        let result = self.deeper(|shell| shell.run_kind(&command.kind));
        self.flush();
        self.restore(saved);
        result
    }

    fn run_kind(&mut self, kind: &Kind) -> Run {
        match kind {
            Kind::Simple(simple) => self.run_simple(simple, &[]),
            Kind::Brace(list) => self.run_list(list),
            Kind::Subshell(list) => self.run_subshell(list),
            Kind::If(command) => self.run_if(command),
            Kind::While { until, condition, body } => self.run_while(*until, condition, body),
            Kind::For(command) => self.run_for(command),
            Kind::ArithFor(command) => self.run_arith_for(command),
            Kind::Select(command) => self.run_select(command),
            Kind::Case(command) => self.run_case(command),
            Kind::Arith(expression) => self.run_arith(expression),
            Kind::Conditional(expression) => self.run_conditional(expression),
            Kind::Function(function) => self.define(function),
            Kind::Coproc { name, body, .. } => self.run_coproc(*name, body),
        }
    }

    fn run_if(&mut self, command: &If) -> Run {
        for (condition, body) in &command.branches {
            if self.run_condition(condition)? {
                return self.run_list(body);
            }
        }
        match &command.otherwise {
            Some(body) => self.run_list(body),
            None => {
                self.state.status = 0;
                Ok(())
            }
        }
    }

    /// `((…))`.
    fn run_arith(&mut self, expression: &Arith) -> Run {
        self.command_text = [b"((", &expression.text[..], b"))"].concat();
        if !self.run_debug_trap()? {
            return Ok(());
        }
        if self.state.options.xtrace {
            let text = self.expand_quoted(&expression.parts)?;
            self.trace(&[b"(( ", &text[..], b" ))"].concat())?;
        }
        self.command_text = b"((".to_vec();
        let value = self.try_arith_value(expression);
        self.command_text.clear();
        self.state.status = i32::from(value?.unwrap_or(0) == 0);
        self.check_errexit()
    }

    fn run_conditional(&mut self, expression: &Conditional) -> Run {
        if self.state.traps.has_debug() {
            self.command_text = crate::syntax::print::command(&Command {
                line: self.state.line,
                kind: Kind::Conditional(Box::new(expression.clone())),
                redirects: Vec::new(),
            });
            if !self.run_debug_trap()? {
                return Ok(());
            }
        }
        self.command_text = b"[[".to_vec();
        let value = self.conditional(expression);
        self.command_text.clear();
        self.state.status = match value? {
            Some(value) => i32::from(!value),
            None => 2,
        };
        self.check_errexit()
    }

    fn define(&mut self, function: &Rc<Function>) -> Run {
        let name = function.name.name();
        let valid = !name.is_empty()
            && !name.iter().any(|b| matches!(b, b'$' | b'`' | b'\'' | b'"' | b'\\' | b' ' | b'\t' | b'\n'));
        let valid = valid && (!self.state.options.posix || crate::syntax::lexer::is_name(name));
        if !valid {
            self.complain([b"`", name, b"': not a valid identifier"].concat());
            return if self.state.options.posix { self.fatal(2) } else { self.abort(1) };
        }
        if self.state.options.posix && crate::builtins::is_special(name) {
            self.complain([b"`", name, b"': is a special builtin"].concat());
            return self.fatal(2);
        }
        if self
            .state
            .functions
            .get(&function.name)
            .is_some_and(|f| f.flags & crate::state::variables::flag::READONLY != 0)
        {
            self.complain([name, b": readonly function"].concat());
            self.state.status = 1;
            return Ok(());
        }
        let flags = self.state.functions.get(&function.name).map_or(0, |f| f.flags);
        let function = Rc::clone(function);
        let name = function.name;
        let exported = flags != 0;
        Rc::make_mut(&mut self.state.functions).insert(name, FunctionEntry { function, flags });
        if exported {
            self.state.variables.environment_changed();
        }
        self.state.status = 0;
        Ok(())
    }
}
