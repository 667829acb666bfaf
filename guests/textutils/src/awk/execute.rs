//! Statements.

use std::rc::Rc;

use super::cell::{Cell, Key};
use super::format::format;
use super::interpreter::{CONVFMT, FUNCTAB, Interpreter, Leave, OFMT, OFS, ORS, Result, SYMTAB, fatal, in_order};
use super::syntax::{Expression, Kind, Place, Statement, Target};
use super::value::Value;
use vivarium_userland::bytes::text;
use vivarium_userland::output::reason;

impl<'a> Interpreter<'a> {
    pub(super) fn statement(&mut self, statement: &'a Statement) -> Result<()> {
        self.line = statement.line;
        match &statement.kind {
            Kind::Expression(expression) => self.expression(expression).map(|_| ()),
            Kind::Print(arguments, target) => self.print(arguments, target),
            Kind::Printf(arguments, target) => {
                let mut values = self.values(arguments)?;
                if values.is_empty() {
                    return Ok(());
                }
                let pattern = self.text(&values.remove(0));
                let line = self.format(&pattern, &values)?;
                self.write("printf", target, &line)
            }
            Kind::If(condition, then, other) => {
                if self.expression(condition)?.truth() {
                    self.statement(then)
                } else {
                    other.as_ref().map_or(Ok(()), |other| self.statement(other))
                }
            }
            Kind::While(condition, body) => {
                while self.condition(statement, condition)? {
                    if self.turn(body)? {
                        break;
                    }
                }
                Ok(())
            }
            Kind::Do(body, condition) => {
                while !self.turn(body)? && self.expression(condition)?.truth() {}
                Ok(())
            }
            Kind::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.statement(first)?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.condition(statement, condition)?
                    {
                        return Ok(());
                    }
                    if self.turn(body)? {
                        return Ok(());
                    }
                    if let Some(step) = step {
                        self.statement(step)?;
                    }
                }
            }
            Kind::ForIn(variable, array, body) => self.for_in(variable, array, body),
            Kind::Switch(value, cases) => self.switch(value, cases),
            Kind::Block(statements) => statements.iter().try_for_each(|statement| self.statement(statement)),
            Kind::Delete(element) => self.delete(element),
            Kind::Break => Err(Leave::Break),
            Kind::Continue => Err(Leave::Continue),
            Kind::Next | Kind::NextFile => {
                let (name, leave) = if matches!(statement.kind, Kind::Next) {
                    ("next", Leave::Next)
                } else {
                    ("nextfile", Leave::NextFile)
                };
                let allowed = self.rule.is_empty() || (name == "nextfile" && self.rule == "BEGINFILE");
                if !allowed {
                    return fatal(format!("`{name}' cannot be called from a `{}' rule", self.rule));
                }
                Err(leave)
            }
            Kind::Exit(status) => {
                if let Some(status) = status {
                    self.status = self.expression(status)?.number() as i64 as i32 & 0xff;
                }
                Err(Leave::Exit)
            }
            Kind::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::Unset), |value| self.expression(value))?;
                Err(Leave::Return(value))
            }
        }
    }

    fn condition(&mut self, statement: &Statement, condition: &'a Expression) -> Result<bool> {
        self.line = statement.line;
        Ok(self.expression(condition)?.truth())
    }

    /// Runs a loop's body once. Whether the loop is over.
    fn turn(&mut self, body: &'a Statement) -> Result<bool> {
        match self.statement(body) {
            Ok(()) | Err(Leave::Continue) => Ok(false),
            Err(Leave::Break) => Ok(true),
            Err(other) => Err(other),
        }
    }

    fn for_in(&mut self, variable: &'a Expression, array: &'a Expression, body: &'a Statement) -> Result<()> {
        let line = self.line;
        let array = self.array_of(array)?;
        let keys: Vec<Key> = match self.sorted_in() {
            Some(how) => {
                let elements = array.borrow().clone();
                self.in_order(&elements, &how, "for")?.into_iter().map(|(key, _)| key).collect()
            }
            None => {
                let mut keys: Vec<Key> = array.borrow().keys().cloned().collect();
                // No order is promised; this one is the same each time.
                keys.sort_by(|a, b| in_order(a, b));
                keys
            }
        };
        for key in keys {
            self.line = line;
            self.assign(variable, Value::String(key))?;
            if self.turn(body)? {
                break;
            }
        }
        Ok(())
    }

    /// Runs the statements from the case on that has the value, or from `default`.
    fn switch(&mut self, value: &'a Expression, cases: &'a [(Option<Expression>, Vec<Statement>)]) -> Result<()> {
        let value = self.expression(value)?;
        let mut first = None;
        for (index, (case, _)) in cases.iter().enumerate() {
            let fits = match case {
                None => false,
                Some(case @ (Expression::Regex(_) | Expression::TypedRegex(_))) => {
                    let text = self.text(&value);
                    self.regex_of(case)?.is_match(&text)
                }
                Some(case) => {
                    let case = self.expression(case)?;
                    // A number is the case of numbers, a string that of strings.
                    match (case.as_number(), value.as_number()) {
                        (Some(a), Some(b)) => a == b,
                        (None, None) => self.text(&case) == self.text(&value),
                        _ => false,
                    }
                }
            };
            if fits {
                first = Some(index);
                break;
            }
        }
        let Some(first) = first.or_else(|| cases.iter().position(|(case, _)| case.is_none())) else { return Ok(()) };
        for statement in cases[first..].iter().flat_map(|(_, statements)| statements) {
            match self.statement(statement) {
                Ok(()) => {}
                Err(Leave::Break) => break,
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn delete(&mut self, element: &'a Expression) -> Result<()> {
        let Expression::Element(base, subscripts) = element else {
            if let Expression::Variable(place @ Place::Global(SYMTAB | FUNCTAB)) = element {
                return fatal(format!("`delete' is not allowed with {}", self.describe(*place)));
            }
            self.array_of(element)?.borrow_mut().clear();
            return Ok(());
        };
        if let Expression::Variable(place @ Place::Global(SYMTAB | FUNCTAB)) = **base {
            return fatal(format!("`delete' is not allowed with {}", self.describe(place)));
        }
        let array = self.array_of(base)?;
        let key = self.subscript(subscripts)?;
        let removed = array.borrow_mut().remove(&key);
        match removed {
            // Whoever else has it, has it empty.
            Some(Cell::Array(array)) => array.borrow_mut().clear(),
            None if self.settings.lint => {
                let name = self.describe_array(base);
                self.warn(&format!("delete: index `{}' not in array `{name}'", text(&key)));
            }
            _ => {}
        }
        Ok(())
    }

    fn print(&mut self, arguments: &'a [Expression], target: &'a Target) -> Result<()> {
        let mut line = Vec::new();
        if arguments.is_empty() {
            let record = self.field(0)?;
            line.extend_from_slice(&self.text(&record));
        } else {
            let values = self.values(arguments)?;
            let separator = self.text_of(OFS);
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    line.extend_from_slice(&separator);
                }
                match value {
                    Value::Number(_) => line.extend_from_slice(&value.text(&self.text_of(OFMT))),
                    other => line.extend_from_slice(&other.text(b"")),
                }
            }
        }
        line.extend_from_slice(&self.text_of(ORS));
        self.write("print", target, &line)
    }

    pub(super) fn format(&mut self, pattern: &[u8], values: &[Value]) -> Result<Vec<u8>> {
        let mut warnings = Vec::new();
        let options = super::format::Options { lint: self.settings.lint, posix: self.settings.posix };
        let line = format(pattern, values, &self.text_of(CONVFMT), options, &mut warnings);
        for warning in warnings {
            self.warn(&warning);
        }
        line.map_err(Leave::Fatal)
    }

    fn write(&mut self, what: &str, target: &'a Target, line: &[u8]) -> Result<()> {
        let (name, kind) = match target {
            Target::Output => {
                return self.outputs.print(line).map_err(|e| super::interpreter::write_failed(what, &e));
            }
            Target::File(name) => (name, "file"),
            Target::Append(name) => (name, "append"),
            Target::Command(name) => (name, "pipe"),
            Target::Coprocess(name) => (name, "coprocess"),
        };
        let value = self.expression(name)?;
        let name = self.text(&value);
        if name.is_empty() {
            return fatal("expression for `>' redirection has null string value".replace(
                '>',
                match kind {
                    "file" => ">",
                    "append" => ">>",
                    "pipe" => "|",
                    _ => "|&",
                },
            ));
        }
        if self.settings.sandbox {
            return fatal("redirection not allowed in sandbox mode");
        }
        if kind == "coprocess" {
            return self.write_to_coprocess(what, &name, line);
        }
        let opened = match kind {
            "pipe" => self.outputs.open_pipe(&name),
            _ => self.outputs.open_file(&name, kind == "append"),
        };
        if let Err(error) = opened {
            return self.failed_to_write(&name, &error, |name, reason| match kind {
                "pipe" => format!("cannot open pipe `{name}' for output: {reason}"),
                _ => format!("cannot redirect to `{name}': {reason}"),
            });
        }
        match self.outputs.write(&name, line) {
            Ok(()) => Ok(()),
            Err(error) => self
                .failed_to_write(&name, &error, |name, reason| format!("{what}: write to \"{name}\" failed: {reason}")),
        }
    }

    /// Ends the program, unless PROCINFO says that failures of this file do not: ERRNO tells then.
    pub(super) fn failed_to_write(
        &mut self,
        name: &Rc<[u8]>,
        error: &std::io::Error,
        message: impl Fn(&str, &str) -> String,
    ) -> Result<()> {
        if self.information(&[b"NONFATAL"]).is_some() || self.information(&[name, b"NONFATAL"]).is_some() {
            self.note_error(error);
            return Ok(());
        }
        fatal(message(&text(name), &reason(error)))
    }
}
