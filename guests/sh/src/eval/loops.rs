//! Loops: `while`, `until`, `for`, `select`.

use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::symbol::Symbol;
use crate::syntax::ast::{ArithFor, For, List};

/// What a loop does after its body.
enum After {
    Next,
    Leave,
}

impl Shell {
    /// The body of a loop once.
    fn run_body(&mut self, body: &List) -> Run<After> {
        self.after_body(|shell| shell.run_list(body))
    }

    fn after_body(&mut self, f: impl FnOnce(&mut Shell) -> Run) -> Run<After> {
        match f(self) {
            Ok(()) => Ok(After::Next),
            Err(Unwind::Break(1)) => Ok(After::Leave),
            Err(Unwind::Break(n)) => Err(Unwind::Break(n - 1)),
            Err(Unwind::Continue(1)) => Ok(After::Next),
            Err(Unwind::Continue(n)) => Err(Unwind::Continue(n - 1)),
            Err(other) => Err(other),
        }
    }

    fn looping(&mut self, f: impl FnOnce(&mut Shell) -> Run) -> Run {
        self.state.loops += 1;
        let result = f(self);
        self.state.loops = self.state.loops.saturating_sub(1);
        result
    }

    pub(crate) fn run_while(&mut self, until: bool, condition: &List, body: &List) -> Run {
        self.looping(|shell| {
            let mut status = 0;
            loop {
                shell.poll_signals()?;
                let mut go = false;
                let after = shell.after_body(|shell| {
                    go = shell.run_condition(condition)? != until;
                    Ok(())
                })?;
                if matches!(after, After::Leave) {
                    return Ok(());
                }
                if !go {
                    shell.state.status = status;
                    return Ok(());
                }
                let after = shell.run_body(body)?;
                status = shell.state.status;
                if matches!(after, After::Leave) {
                    return Ok(());
                }
            }
        })
    }

    /// The words a `for` or `select` goes over.
    fn loop_words(&mut self, command: &For) -> Run<Vec<Vec<u8>>> {
        match &command.words {
            None => Ok(self.state.positional.to_vec()),
            Some(words) => {
                let mut items = Vec::new();
                self.expand_words(words, &mut items)?;
                Ok(items)
            }
        }
    }

    /// Text of `for x in …`, for traps and traces.
    fn loop_text(keyword: &str, command: &For) -> Vec<u8> {
        let words = match &command.words {
            None => b"\"$@\"".to_vec(),
            Some(words) => words.iter().map(|w| w.text.clone()).collect::<Vec<_>>().join(&b' '),
        };
        [keyword.as_bytes(), b" ", &command.name, b" in ", &words].concat()
    }

    pub(crate) fn run_for(&mut self, command: &For) -> Run {
        if !crate::syntax::lexer::is_name(&command.name) {
            self.complain([b"`", &command.name[..], b"': not a valid identifier"].concat());
            return if self.state.options.posix { self.fatal(1) } else { self.abort(1) };
        }
        let name = Symbol::new(&command.name);
        let line = self.state.line;
        let items = self.loop_words(command)?;
        self.looping(|shell| {
            shell.state.status = 0;
            for item in items {
                shell.poll_signals()?;
                if shell.state.options.xtrace || shell.state.traps.has_debug() {
                    shell.state.line = line;
                    let text = Shell::loop_text("for", command);
                    shell.command_text.clone_from(&text);
                    let _ = shell.run_debug_trap()?;
                    if shell.state.options.xtrace {
                        shell.trace(&text)?;
                    }
                }
                shell.assign_loop(name, &item)?;
                if matches!(shell.run_body(&command.body)?, After::Leave) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Sets a loop's variable; a nameref is pointed at a new target.
    fn assign_loop(&mut self, name: Symbol, item: &[u8]) -> Run {
        use crate::state::variables::{Value, flag};
        if self.state.variables.get(name).is_some_and(|v| v.has(flag::NAMEREF)) {
            if !crate::expand::assign::is_reference(item) {
                self.complain([b"`", item, b"': not a valid identifier"].concat());
                return self.abort(1);
            }
            self.state.variables.entry(name).value = Value::Scalar(std::rc::Rc::new(item.to_vec()));
            return Ok(());
        }
        self.assign(name, item, false)
    }

    pub(crate) fn run_arith_for(&mut self, command: &ArithFor) -> Run {
        let line = self.state.line;
        self.looping(|shell| {
            shell.command_text = b"((".to_vec();
            let evaluate = |shell: &mut Shell, arith: &crate::syntax::ast::Arith, empty: i64| -> Run<Option<i64>> {
                if arith.text.iter().all(u8::is_ascii_whitespace) {
                    return Ok(Some(empty));
                }
                shell.state.line = line;
                if shell.state.options.xtrace || shell.state.traps.has_debug() {
                    shell.command_text = [b"((", &arith.text[..], b"))"].concat();
                    let _ = shell.run_debug_trap()?;
                    if shell.state.options.xtrace {
                        let text = shell.expand_quoted(&arith.parts)?;
                        shell.trace(&[b"(( ", text.trim_ascii_start(), b" ))"].concat())?;
                    }
                    shell.command_text = b"((".to_vec();
                }
                shell.try_arith_value(arith)
            };
            let mut status = 0;
            if evaluate(shell, &command.init, 1)?.is_none() {
                shell.state.status = 1;
                return Ok(());
            }
            loop {
                shell.poll_signals()?;
                match evaluate(shell, &command.condition, 1)? {
                    None => {
                        shell.state.status = 1;
                        return Ok(());
                    }
                    Some(0) => break,
                    Some(_) => {}
                }
                let after = shell.run_body(&command.body)?;
                status = shell.state.status;
                if matches!(after, After::Leave) {
                    break;
                }
                if evaluate(shell, &command.step, 1)?.is_none() {
                    shell.state.status = 1;
                    return Ok(());
                }
            }
            shell.state.status = status;
            Ok(())
        })
    }

    pub(crate) fn run_select(&mut self, command: &For) -> Run {
        let name = Symbol::new(&command.name);
        let items = self.loop_words(command)?;
        if items.is_empty() {
            self.state.status = 0;
            return Ok(());
        }
        self.looping(|shell| {
            let mut show = true;
            loop {
                if show {
                    let menu = menu(&items, shell.columns());
                    shell.write_error(&menu);
                }
                let prompt = match shell.value("PS3") {
                    Some(prompt) => prompt,
                    None => b"#? ".to_vec(),
                };
                shell.write_error(&prompt);
                let Some(line) = shell.read_line(0)? else {
                    shell.out.push(b'\n');
                    shell.flush();
                    shell.state.status = 1;
                    return Ok(());
                };
                let reply = line.trim_ascii().to_vec();
                shell.set("REPLY", reply.clone());
                show = reply.is_empty();
                if show {
                    continue;
                }
                let number = crate::expand::arith::plain_number(&reply).unwrap_or(0);
                let chosen = usize::try_from(number - 1).ok().and_then(|i| items.get(i)).cloned().unwrap_or_default();
                shell.assign(name, &chosen, false)?;
                if matches!(shell.run_body(&command.body)?, After::Leave) {
                    return Ok(());
                }
                show = shell.value("REPLY").is_none_or(|reply| reply.is_empty());
            }
        })
    }

    fn columns(&self) -> usize {
        self.value("COLUMNS").and_then(|v| String::from_utf8_lossy(&v).parse().ok()).unwrap_or(80)
    }
}

/// The numbered list that `select` shows, in columns.
fn menu(items: &[Vec<u8>], columns: usize) -> Vec<u8> {
    let digits = items.len().to_string().len();
    let widest = items.iter().map(|i| crate::text::length(i)).max().unwrap_or(0) + digits + 2;
    let per_row = (columns / (widest + 2)).max(1);
    let mut rows = items.len().div_ceil(per_row);
    let used = items.len().div_ceil(rows);
    if used == 1 || rows == 1 {
        rows = items.len();
    }
    let mut out = Vec::new();
    for row in 0..rows {
        let mut position = 0;
        let mut i = row;
        loop {
            let label = format!("{:>digits$}) ", i + 1);
            out.extend_from_slice(label.as_bytes());
            out.extend_from_slice(&items[i]);
            position += label.len() + crate::text::length(&items[i]);
            i += rows;
            if i >= items.len() {
                break;
            }
            let target = position + (widest + 2).saturating_sub(position % (widest + 2));
            while position < target {
                if position / 8 != target / 8 {
                    out.push(b'\t');
                    position += 8 - position % 8;
                } else {
                    out.push(b' ');
                    position += 1;
                }
            }
        }
        out.push(b'\n');
    }
    out
}
