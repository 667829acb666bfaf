//! Calls of functions (POSIX 2.9.5).

use std::rc::Rc;

use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::state::frames::Frame;
use crate::state::variables::{ScopeKind, flag};
use crate::syntax::ast::Function;

impl Shell {
    /// Calls a function with `words`, its name first.
    pub(crate) fn call(&mut self, function: &Rc<Function>, mut words: Vec<Vec<u8>>) -> Run {
        let limit = self.value("FUNCNEST").and_then(|v| crate::expand::arith::plain_number(&v)).unwrap_or(0);
        let nested = self.state.frames.iter().filter(|f| f.is_function).count() as i64;
        if limit > 0 && nested >= limit {
            self.complain(
                [function.name.name(), format!(": maximum function nesting level exceeded ({limit})").as_bytes()]
                    .concat(),
            );
            return self.abort(1);
        }
        let line = self.state.line;
        words.remove(0);
        let arguments = if self.state.shopts.extdebug { words.clone() } else { Vec::new() };
        let positional = std::mem::replace(&mut self.state.positional, Rc::new(words));
        let loops = std::mem::take(&mut self.state.loops);
        let getopts = self.state.getopts_at;
        self.state.frames.push(Frame {
            name: function.name.name().to_vec(),
            source: function.source.clone(),
            line,
            is_function: true,
            arguments,
        });
        self.state.variables.push_scope(ScopeKind::Function);
        let traced = self.state.options.functrace
            || self.state.functions.get(&function.name).is_some_and(|f| f.flags & flag::TRACE != 0);
        let hidden = self.state.traps.enter_function(traced, self.state.options.errtrace);
        let result = self.deeper(|shell| {
            shell.state.line = function.line;
            if shell.state.traps.has_debug() {
                shell.command_text = function.name.name().to_vec();
                let _ = shell.run_debug_trap()?;
            }
            shell.run_command(&function.body)
        });
        let result = match result {
            Err(Unwind::Return) => Ok(()),
            other => other,
        };
        let result = result.and_then(|()| self.run_return_trap());
        self.state.traps.leave_function(hidden);
        for name in self.state.variables.pop_scope() {
            self.variable_changed(name);
            if name.name() == b"OPTIND" {
                // The caller's `getopts` goes on within the word it was in.
                self.state.getopts_at = getopts;
            }
        }
        self.restore_local_options();
        self.state.frames.pop();
        self.state.positional = positional;
        self.state.loops = loops;
        self.state.line = line;
        result
    }
}
