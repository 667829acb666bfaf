//! Exceptions nobody caught, stack traces, and errors of system calls.

use crate::Errno;
use crate::program::Ending;
use crate::realm::{Kept, realm};
use crate::value::*;

/// A failed system call as Node reports it (`UVException`).
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) errno: Errno,
    pub(crate) syscall: &'static str,
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) dest: Option<Vec<u8>>,
}

impl Failure {
    pub(crate) fn new(errno: Errno, syscall: &'static str) -> Self {
        Self { errno, syscall, path: None, dest: None }
    }

    pub(crate) fn path(mut self, path: &[u8]) -> Self {
        self.path = Some(path.to_vec());
        self
    }

    /// The `Error` for it: `ENOENT: no such file or directory, open 'x'`.
    pub(crate) fn to_error<'s>(&self, scope: &Scope<'s, '_>) -> Value<'s> {
        let code = self.errno.name();
        let mut message = format!("{code}: {}, {}", self.errno.text(), self.syscall);
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let Some(path) = &self.path {
            message.push_str(&format!(" '{}'", lossy(path)));
        }
        if let Some(dest) = &self.dest {
            message.push_str(&format!(" -> '{}'", lossy(dest)));
        }
        let error = v8::Exception::error(scope, string(scope, &message));
        if let Ok(object) = Object::try_from(error) {
            set(scope, object, "errno", integer(scope, self.errno.code()));
            set_string(scope, object, "code", &code);
            set_string(scope, object, "syscall", self.syscall);
            if let Some(path) = &self.path {
                set_string(scope, object, "path", &lossy(path));
            }
            if let Some(dest) = &self.dest {
                set_string(scope, object, "dest", &lossy(dest));
            }
        }
        error
    }

    /// Puts the same into an object that JavaScript makes the error of (`CollectUVExceptionInfo`).
    pub(crate) fn describe(&self, scope: &Scope<'_, '_>, object: Object<'_>) {
        set(scope, object, "errno", integer(scope, self.errno.code()));
        set_string(scope, object, "code", &self.errno.name());
        set_string(scope, object, "message", &self.errno.text());
        set_string(scope, object, "syscall", self.syscall);
    }

    pub(crate) fn throw(&self, scope: &Scope<'_, '_>) {
        let error = self.to_error(scope);
        scope.throw_exception(error);
    }
}

/// Gives an exception to `process._fatalException`; where that does not handle it, prints it and ends the program.
pub(crate) fn uncaught<'s>(
    scope: &mut Scope<'s, '_>,
    error: Value<'s>,
    message: Option<v8::Local<'s, v8::Message>>,
    from_promise: bool,
) {
    let realm = realm(scope);
    if !realm.can_run() {
        return;
    }
    let process = realm.process(scope);
    let Some(handler) = get_function(scope, process, "_fatalException") else {
        // The library is not up yet: nobody could handle it.
        report(scope, error, message);
        realm.end(scope, Ending::Exit(6));
        return;
    };
    let handled = {
        v8::tc_scope!(let caught, scope);
        let handled = handler.call(caught, process.into(), &[error, boolean(caught, from_promise)]);
        match handled {
            Some(handled) => handled.is_true(),
            None => {
                if realm.can_run() {
                    // The handler itself threw: Node ends with status 7.
                    if let Some(exception) = caught.exception() {
                        let message = caught.message();
                        caught.reset();
                        report(caught, exception, message);
                    }
                    realm.end(caught, Ending::Exit(7));
                }
                true
            }
        }
    };
    if handled {
        return;
    }
    report(scope, error, message);
    let exit = realm.exit_info.get();
    let code = if exit.get(2) != 0 { exit.get(1) } else { 1 };
    realm.end(scope, Ending::Exit(code));
}

/// Prints an uncaught exception to standard error as Node does.
fn report<'s>(scope: &mut Scope<'s, '_>, error: Value<'s>, message: Option<v8::Local<'s, v8::Message>>) {
    let realm = realm(scope);
    let mut out = String::new();
    let source = message.and_then(|message| source_line(scope, message));
    let object = Object::try_from(error).ok();
    let arrow_key = private(scope, "node:arrowMessage");
    let has_arrow = |scope: &Scope<'s, '_>| {
        object.and_then(|object| object.get_private(scope, arrow_key)).filter(|value| value.is_string())
    };
    if let (Some(source), None) = (&source, has_arrow(scope)) {
        match object.filter(|_| error.is_native_error()) {
            Some(object) => {
                let text = string(scope, source);
                object.set_private(scope, arrow_key, text.into());
            }
            None => {
                out.push('\n');
                out.push_str(source);
            }
        }
    }
    let mut trace = None;
    if let Some(object) = object {
        let _ = enhance(scope, Kept::EnhanceBefore, error);
        trace = enhance(scope, Kept::EnhanceAfter, error).or_else(|| {
            let stack = get(scope, object, "stack");
            (!stack.is_undefined()).then_some(stack)
        });
    }
    let decorated_key = private(scope, "node:decorated");
    let decorated = object.and_then(|object| object.get_private(scope, decorated_key)).is_some_and(|v| v.is_true());
    let trace = trace.filter(|trace| !trace.is_undefined()).map(|trace| trace.to_rust_string_lossy(scope));
    match trace.filter(|trace| !trace.is_empty()) {
        Some(trace) => {
            if let Some(arrow) = has_arrow(scope).filter(|_| !decorated) {
                out.push_str(&arrow.to_rust_string_lossy(scope));
                out.push('\n');
            }
            out.push_str(&trace);
            out.push('\n');
        }
        None => {
            let part = |scope: &Scope<'s, '_>, key: &str| {
                object.map(|object| get(scope, object, key)).filter(|value| !value.is_undefined())
            };
            match (part(scope, "name"), part(scope, "message")) {
                (Some(name), Some(message)) => {
                    let (name, message) = (name.to_rust_string_lossy(scope), message.to_rust_string_lossy(scope));
                    out.push_str(&format!("{name}: {message}\n"));
                }
                _ => {
                    v8::tc_scope!(let caught, scope);
                    let text = error.to_string(caught).map(|text| text.to_rust_string_lossy(caught));
                    out.push_str(text.as_deref().unwrap_or("<toString() threw exception>"));
                    out.push('\n');
                }
            }
        }
    }
    if object.is_none_or(|_| !error.is_native_error()) && !realm.program.options.flag("--trace-uncaught") {
        out.push_str("(Use `node --trace-uncaught ...` to show where the exception was thrown)\n");
    }
    if realm.program.options.flag("--extra-info-on-fatal-exception") {
        let data = realm.bundle.data("process");
        out.push_str(&format!("\nNode.js {}\n", data["version"].as_str().unwrap_or_default()));
    }
    if realm.program.worker.is_none() {
        write_stderr(scope, &out);
    }
}

fn enhance<'s>(scope: &mut Scope<'s, '_>, which: Kept, error: Value<'s>) -> Option<Value<'s>> {
    let function = realm(scope).function(scope, which)?;
    v8::tc_scope!(let caught, scope);
    let this = undefined(caught);
    let result = function.call(caught, this, &[error]);
    caught.reset();
    result
}

/// Writes to standard error past every stream, as a dying program does.
pub(crate) fn write_stderr(scope: &Scope<'_, '_>, text: &str) {
    let realm = realm(scope);
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match realm.sys().write(2, rest) {
            Ok(0) | Err(_) => return,
            Ok(count) => rest = &rest[count.min(rest.len())..],
        }
    }
}

/// `file:line`, the source line and a row of `^` below it.
pub(crate) fn source_line(scope: &Scope<'_, '_>, message: v8::Local<'_, v8::Message>) -> Option<String> {
    let line = message.get_source_line(scope)?.to_rust_string_lossy(scope);
    if line.contains("node-do-not-add-exception-line") {
        return None;
    }
    let file = message.get_script_resource_name(scope)?.to_rust_string_lossy(scope);
    let number = message.get_line_number(scope).unwrap_or(0);
    let start = message.get_start_column();
    let end = message.get_end_column();
    let mut text = format!("{file}:{number}\n{line}\n");
    // More would only fill the screen.
    const LONGEST: usize = 1020;
    let units: Vec<char> = line.chars().collect();
    for unit in units.iter().take(start.min(LONGEST)) {
        text.push(if *unit == '\t' { '\t' } else { ' ' });
    }
    for _ in start..end.min(LONGEST) {
        text.push('^');
    }
    text.push('\n');
    Some(text)
}

/// Attaches the source line to an error that is thrown on, so that it is printed with it (`DecorateErrorStack`).
pub(crate) fn decorate<'s>(scope: &mut Scope<'s, '_>, error: Value<'s>, message: Option<v8::Local<'s, v8::Message>>) {
    let Ok(object) = Object::try_from(error) else { return };
    let Some(message) = message else { return };
    let Some(source) = source_line(scope, message) else { return };
    let arrow_key = private(scope, "node:arrowMessage");
    let arrow = string(scope, &source);
    object.set_private(scope, arrow_key, arrow.into());
    let stack = get(scope, object, "stack");
    if !stack.is_string() {
        return;
    }
    let text = format!("{source}\n{}", stack.to_rust_string_lossy(scope));
    let key = name(scope, "stack");
    let text = string(scope, &text);
    object.set(scope, key.into(), text.into());
    let decorated_key = private(scope, "node:decorated");
    object.set_private(scope, decorated_key, boolean(scope, true));
}

/// `Error.prepareStackTrace`, through Node's own function.
pub(crate) fn prepare_stack_trace<'s>(
    scope: &mut Scope<'s, '_>,
    error: Value<'s>,
    sites: v8::Local<'s, v8::Array>,
) -> Value<'s> {
    let realm = realm(scope);
    if let Some(prepare) = realm.function(scope, Kept::PrepareStackTrace) {
        let global = scope.get_current_context().global(scope);
        let this = undefined(scope);
        return prepare.call(scope, this, &[global.into(), error, sites.into()]).unwrap_or(this);
    }
    let mut text = error.to_rust_string_lossy(scope);
    for index in 0..sites.length() {
        if let Some(site) = sites.get_index(scope, index) {
            text.push_str("\n    at ");
            text.push_str(&site.to_rust_string_lossy(scope));
        }
    }
    string(scope, &text).into()
}

/// Tells Node's promise bookkeeping of rejections (`unhandledRejection` and the like).
pub(crate) unsafe extern "C" fn promise_reject(message: v8::PromiseRejectMessage<'_>) {
    v8::callback_scope!(unsafe scope, &message);
    let realm = realm(scope);
    let Some(function) = realm.function(scope, Kept::PromiseReject) else { return };
    let event = integer(scope, message.get_event() as i32);
    let promise: Value<'_> = message.get_promise().into();
    let value = message.get_value().unwrap_or_else(|| undefined(scope));
    let this = undefined(scope);
    v8::tc_scope!(let caught, scope);
    // V8 gives no way to report a failure from here.
    let _ = function.call(caught, this, &[event, promise, value]);
}

/// Attaches the source line to an error for those who print it (`arrow_message`), without changing its stack.
pub(crate) fn append_arrow<'s>(
    scope: &mut Scope<'s, '_>,
    error: Value<'s>,
    message: Option<v8::Local<'s, v8::Message>>,
) {
    let (Ok(object), Some(message)) = (Object::try_from(error), message) else { return };
    let key = private(scope, "node:arrowMessage");
    if object.get_private(scope, key).is_some_and(|arrow| arrow.is_string()) {
        return;
    }
    if let Some(source) = source_line(scope, message) {
        let source = string(scope, &source);
        object.set_private(scope, key, source.into());
    }
}
