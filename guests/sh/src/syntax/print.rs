//! Commands as text, laid out as bash's `declare -f` and `type` do.

mod word;

pub(crate) use word::word_text;
use word::{assignment_text, conditional};

use super::ast::{
    AndOr, Arith, Command, Function, Item, Kind, List, Pipeline, Redirect, RedirectFd, RedirectOperator, Timing, Word,
};

/// Text under construction.
struct Printer {
    out: Vec<u8>,
    indent: usize,
    /// Here-documents whose bodies follow the present line.
    heredocs: Vec<(Vec<u8>, Vec<u8>)>,
    /// A body has just been printed: the separator after it is left out.
    after_heredoc: bool,
    in_function: bool,
}

impl Printer {
    fn new(in_function: bool) -> Printer {
        Printer { out: Vec::new(), indent: 0, heredocs: Vec::new(), after_heredoc: false, in_function }
    }
}

/// A function as `declare -f` shows it.
pub(crate) fn function(function: &Function) -> Vec<u8> {
    let mut printer = Printer::new(true);
    printer.function(function, false);
    printer.out
}

/// A list on one line where possible, as in job lists and substitutions.
pub(crate) fn list(list: &List) -> Vec<u8> {
    let mut printer = Printer::new(false);
    printer.list(list);
    printer.flush_heredocs();
    printer.out
}

/// One and-or list, without its `&`.
pub(crate) fn item(item: &Item) -> Vec<u8> {
    let mut printer = Printer::new(false);
    printer.item(item);
    printer.flush_heredocs();
    printer.out
}

/// One command.
pub(crate) fn command(command: &Command) -> Vec<u8> {
    let mut printer = Printer::new(false);
    printer.command(command);
    printer.flush_heredocs();
    printer.out
}

impl Printer {
    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn word(&mut self, word: &Word) {
        let text = match &word.assignment {
            Some(assignment) => assignment_text(assignment),
            None => word_text(word),
        };
        self.out.extend_from_slice(&text);
    }

    fn newline(&mut self) {
        self.text("\n");
        self.margin();
    }

    fn margin(&mut self) {
        self.out.extend(std::iter::repeat_n(b' ', self.indent));
    }

    /// The bodies of the here-documents so far, each with its delimiter on a line of its own.
    fn flush_heredocs(&mut self) {
        if self.heredocs.is_empty() {
            return;
        }
        self.text("\n");
        for (body, delimiter) in std::mem::take(&mut self.heredocs) {
            self.out.extend_from_slice(&body);
            self.out.extend_from_slice(&delimiter);
            self.text("\n");
        }
        self.after_heredoc = true;
    }

    /// An operator between commands; the bodies of here-documents follow it.
    fn operator(&mut self, text: &str) {
        self.text(text);
        if !self.heredocs.is_empty() {
            self.flush_heredocs();
            self.text(" ");
        }
    }

    /// Ends a command, unless something has ended it already.
    fn semicolon(&mut self) {
        if !matches!(self.out.last(), Some(b'&' | b'\n')) {
            self.text(";");
        }
    }

    /// Commands: in a function each on its own line.
    fn list(&mut self, list: &List) {
        for (i, item) in list.items.iter().enumerate() {
            self.item(item);
            let last = i + 1 == list.items.len();
            if item.background {
                self.operator(" &");
                if !last {
                    self.text(" ");
                }
                continue;
            }
            if last {
                break;
            }
            if self.heredocs.is_empty() {
                if !std::mem::take(&mut self.after_heredoc) {
                    self.text(";");
                }
            } else {
                self.flush_heredocs();
            }
            if self.in_function {
                self.newline();
            } else {
                self.text(" ");
            }
        }
    }

    /// The inside of a compound command, indented, its last line ended by a semicolon; then the line of the closing word.
    fn block(&mut self, list: &List) {
        self.indented(list);
        self.semicolon();
        self.newline();
    }

    fn indented(&mut self, list: &List) {
        self.indent += 4;
        self.newline();
        self.list(list);
        self.flush_heredocs();
        self.indent -= 4;
    }

    /// A condition, on the line of its keyword.
    fn condition(&mut self, list: &List) {
        self.list(list);
        self.flush_heredocs();
        self.semicolon();
    }

    fn item(&mut self, item: &Item) {
        self.pipeline(&item.first);
        for (operator, pipeline) in &item.rest {
            self.operator(if *operator == AndOr::And { " && " } else { " || " });
            self.pipeline(pipeline);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        match pipeline.timing {
            Timing::None => {}
            Timing::Shell => self.text("time "),
            Timing::Posix => self.text("time -p "),
        }
        if pipeline.negated {
            self.text("! ");
        }
        for (i, stage) in pipeline.stages.iter().enumerate() {
            if i > 0 {
                self.operator(" |");
                self.text(" ");
            }
            self.command(stage);
        }
    }

    fn command(&mut self, command: &Command) {
        match &command.kind {
            Kind::Simple(simple) => {
                let mut first = true;
                for assignment in &simple.assignments {
                    if !std::mem::take(&mut first) {
                        self.text(" ");
                    }
                    self.out.extend_from_slice(&assignment_text(assignment));
                }
                for word in &simple.words {
                    if !std::mem::take(&mut first) {
                        self.text(" ");
                    }
                    self.word(word);
                }
                self.redirects(&command.redirects, first);
                return;
            }
            Kind::Brace(list) => {
                self.text("{ ");
                if self.in_function {
                    self.indented(list);
                    self.newline();
                } else {
                    self.list(list);
                    self.flush_heredocs();
                    self.semicolon();
                    self.text(" ");
                }
                self.text("}");
            }
            Kind::Subshell(list) => {
                self.text("( ");
                self.list(list);
                self.flush_heredocs();
                self.text(" )");
            }
            Kind::If(command) => {
                for (i, (condition, body)) in command.branches.iter().enumerate() {
                    if i > 0 {
                        // bash lays `elif` out as an `if` within `else`.
                        self.text("else");
                        self.indent += 4;
                        self.newline();
                    }
                    self.text("if ");
                    self.condition(condition);
                    self.text(" then");
                    self.block(body);
                }
                if let Some(otherwise) = &command.otherwise {
                    self.text("else");
                    self.block(otherwise);
                }
                self.text("fi");
                for _ in 1..command.branches.len() {
                    self.semicolon();
                    self.indent -= 4;
                    self.newline();
                    self.text("fi");
                }
            }
            Kind::While { until, condition, body } => {
                self.text(if *until { "until " } else { "while " });
                self.condition(condition);
                self.text(" do");
                self.block(body);
                self.text("done");
            }
            Kind::For(inner) | Kind::Select(inner) => {
                let select = matches!(command.kind, Kind::Select(_));
                let command = inner;
                self.text(if select { "select " } else { "for " });
                self.out.extend_from_slice(&command.name);
                self.text(" in");
                match &command.words {
                    Some(words) => {
                        for word in words {
                            self.text(" ");
                            self.word(word);
                        }
                    }
                    None => self.text(" \"$@\""),
                }
                self.text(";");
                self.newline();
                self.text("do");
                self.block(&command.body);
                self.text("done");
            }
            Kind::ArithFor(command) => {
                self.text("for ((");
                self.clause(&command.init);
                self.text("; ");
                self.clause(&command.condition);
                self.text("; ");
                self.clause(&command.step);
                self.text("))");
                self.newline();
                self.text("do");
                self.block(&command.body);
                self.text("done");
            }
            Kind::Case(command) => {
                self.text("case ");
                self.word(&command.word);
                self.text(" in ");
                self.indent += 4;
                for arm in &command.arms {
                    self.newline();
                    for (i, pattern) in arm.patterns.iter().enumerate() {
                        if i > 0 {
                            self.text(" | ");
                        }
                        self.word(pattern);
                    }
                    self.text(")");
                    if arm.body.items.is_empty() {
                        self.text("\n");
                    } else {
                        self.indented(&arm.body);
                    }
                    self.newline();
                    self.text(match arm.end {
                        super::ast::ArmEnd::Break => ";;",
                        super::ast::ArmEnd::FallThrough => ";&",
                        super::ast::ArmEnd::Continue => ";;&",
                    });
                }
                self.indent -= 4;
                self.newline();
                self.text("esac");
            }
            Kind::Arith(expression) => {
                self.text("((");
                self.out.extend_from_slice(&expression.text);
                self.text("))");
            }
            Kind::Conditional(expression) => {
                self.text("[[ ");
                conditional(expression, &mut self.out);
                self.text(" ]]");
            }
            Kind::Function(function) => self.function(function, true),
            Kind::Coproc { name, body, .. } => {
                self.text("coproc ");
                self.out.extend_from_slice(name.name());
                self.text(" ");
                self.command(body);
            }
        }
        self.redirects(&command.redirects, false);
    }

    /// A clause of `for ((…))`: an empty one is true.
    fn clause(&mut self, arith: &Arith) {
        let text = arith.text.trim_ascii_start();
        self.out.extend_from_slice(if text.is_empty() { b"1" } else { text });
    }

    fn function(&mut self, function: &Function, nested: bool) {
        let name = function.name.name();
        if nested || !is_plain_name(name) {
            self.text("function ");
        }
        self.out.extend_from_slice(name);
        self.text(" () ");
        let was = std::mem::replace(&mut self.in_function, true);
        self.newline();
        self.text("{ ");
        let mut redirects: &[Redirect] = &[];
        match &function.body.kind {
            Kind::Brace(list) => {
                self.indented(list);
                redirects = &function.body.redirects;
            }
            _ => {
                self.indent += 4;
                self.newline();
                self.command(&function.body);
                self.flush_heredocs();
                self.indent -= 4;
            }
        }
        self.in_function = was;
        self.newline();
        self.text("}");
        self.redirects(redirects, false);
        self.flush_heredocs();
    }

    fn redirects(&mut self, redirects: &[Redirect], mut first: bool) {
        for redirect in redirects {
            if !std::mem::take(&mut first) {
                self.text(" ");
            }
            self.redirect(redirect);
        }
    }

    fn redirect(&mut self, redirect: &Redirect) {
        use RedirectOperator as R;
        let explicit = match &redirect.fd {
            RedirectFd::Default => Vec::new(),
            RedirectFd::Number(0)
                if matches!(redirect.operator, R::Input | R::Heredoc | R::HeredocTabs | R::HereString) =>
            {
                Vec::new()
            }
            RedirectFd::Number(1) if matches!(redirect.operator, R::Output | R::Append | R::Clobber) => Vec::new(),
            RedirectFd::Number(fd) => fd.to_string().into_bytes(),
            RedirectFd::Variable(name) => [b"{", &name[..], b"}"].concat(),
        };
        self.out.extend_from_slice(&explicit);
        match redirect.operator {
            R::DupInput | R::DupOutput => {
                if explicit.is_empty() {
                    let plain =
                        redirect.target.as_literal().is_some_and(|t| t == b"-" || t.iter().all(u8::is_ascii_digit));
                    if plain {
                        self.text(if redirect.operator == R::DupInput { "0" } else { "1" });
                    }
                }
                // Closing is shown in one way, whichever it was written in.
                let closes = redirect.target.as_literal() == Some(b"-") && !explicit.is_empty();
                self.text(if closes { ">&" } else { redirect.operator.text() });
                self.word(&redirect.target);
            }
            R::Heredoc | R::HeredocTabs => {
                self.text(redirect.operator.text());
                let Some(cell) = &redirect.body else { return };
                let heredoc = cell.get();
                let shown =
                    if heredoc.literal { super::quote::single(&heredoc.delimiter) } else { heredoc.delimiter.clone() };
                self.out.extend_from_slice(&shown);
                self.heredocs.push((heredoc.text.clone(), heredoc.delimiter.clone()));
            }
            operator => {
                self.text(operator.text());
                self.text(" ");
                self.word(&redirect.target);
            }
        }
    }
}

fn is_plain_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.iter().any(|b| matches!(b, b'$' | b'`' | b'"' | b'\'' | b'\\' | b' '))
}
