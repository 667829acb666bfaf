//! `tty_wrap`: terminals.

use crate::Errno;
use crate::bindings::handle;
use crate::bindings::stream::{self, Kind, Stream};
use crate::realm::realm;
use crate::sys::TerminalMode;
use crate::table::{Class, Table};
use crate::value::*;

pub(super) fn table() -> Table {
    let class = Class::new("TTY", |scope: &mut Scope, args: Args, _: Ret| {
        let this = args.this();
        let fd = arg_u32(scope, &args, 0);
        if !realm(scope).sys().is_terminal(fd) {
            // `new TTY(fd, context)` tells of failures by the context.
            if let Some(context) = arg_object(&args, 1) {
                let errno = Errno::INVAL;
                set(scope, context, "errno", integer(scope, errno.code()));
                set_string(scope, context, "code", &errno.name());
                set_string(scope, context, "message", &errno.text());
                set_string(scope, context, "syscall", "uv_tty_init");
            }
            return;
        }
        let stream = Stream::new(scope, this, Kind::Tty, "TTYWRAP");
        stream.open(scope, fd);
    });
    let class = stream::methods(class)
        .method("getWindowSize", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(terminal) = handle::this::<Stream>(scope, &args) else { return };
            match realm(scope).sys().window_size(terminal.fd().unwrap_or(u32::MAX)) {
                Ok(size) => {
                    if let Some(target) = arg_object(&args, 0) {
                        let (columns, rows) =
                            (integer(scope, i32::from(size.columns)), integer(scope, i32::from(size.rows)));
                        target.set_index(scope, 0, columns);
                        target.set_index(scope, 1, rows);
                    }
                    rv.set_int32(0);
                }
                Err(errno) => rv.set_int32(errno.code()),
            }
        })
        .method("setRawMode", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let Some(terminal) = handle::this::<Stream>(scope, &args) else { return };
            let mode = if args.get(0).boolean_value(scope) { TerminalMode::Raw } else { TerminalMode::Normal };
            let result = realm(scope).sys().set_terminal_mode(terminal.fd().unwrap_or(u32::MAX), mode);
            rv.set_int32(result.map_or_else(Errno::code, |()| 0));
        });
    Table::new("tty_wrap").class(class).function("isTTY", |scope: &mut Scope, args: Args, mut rv: Ret| {
        let fd = u32::try_from(arg_i32(scope, &args, 0));
        rv.set_bool(fd.is_ok_and(|fd| realm(scope).sys().is_terminal(fd)));
    })
}
