//! `os`: the system as the program sees it.

use crate::errors::Failure;
use crate::realm::realm;
use crate::table::Table;
use crate::value::*;

pub(super) fn table() -> Table {
    Table::new("os")
        .function("getHostname", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let host = realm(scope).sys().hostname().unwrap_or_default();
            if let Some(host) = string_of_bytes(scope, &host) {
                rv.set(host.into());
            }
        })
        .function("getOSInformation", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let version = format!("#1 Vivarium {}", env!("CARGO_PKG_VERSION"));
            let machine = if cfg!(target_arch = "aarch64") { "aarch64" } else { "x86_64" };
            rv.set(strings(scope, &["Linux", version.as_str(), "6.6.0", machine]));
        })
        .function("getHomeDirectory", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let home = realm(scope).state::<super::env::Environment>().get("HOME");
            let home = home.unwrap_or_else(|| user(scope).3);
            rv.set(string(scope, &home).into());
        })
        .function("getUserInfo", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let (user, uid, gid, home, shell) = user(scope);
            let info = v8::Object::new(scope);
            set_number(scope, info, "uid", f64::from(uid));
            set_number(scope, info, "gid", f64::from(gid));
            set_string(scope, info, "username", &user);
            set_string(scope, info, "homedir", &home);
            set_string(scope, info, "shell", &shell);
            rv.set(info.into());
        })
        .function("getUptime", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let text = super::fs::read_whole(realm(scope).sys(), b"/proc/uptime").unwrap_or_default();
            let first = String::from_utf8_lossy(&text).split(' ').next().and_then(|word| word.parse::<f64>().ok());
            rv.set_double(first.unwrap_or(0.0));
        })
        .function("getTotalMem", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_double(meminfo(scope, "MemTotal:"));
        })
        .function("getFreeMem", |scope: &mut Scope, _: Args, mut rv: Ret| {
            rv.set_double(meminfo(scope, "MemAvailable:"));
        })
        .function("getLoadAvg", |scope: &mut Scope, args: Args, _: Ret| {
            let text = super::fs::read_whole(realm(scope).sys(), b"/proc/loadavg").unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let Some(memory) = Memory::of(scope, args.get(0)) else { return };
            for (slot, word) in memory.bytes_mut().chunks_exact_mut(8).zip(text.split(' ')) {
                slot.copy_from_slice(&word.parse::<f64>().unwrap_or(0.0).to_ne_bytes());
            }
        })
        .function("getAvailableParallelism", |_: &mut Scope, _: Args, mut rv: Ret| rv.set_int32(parallelism()))
        .function("getCPUs", |scope: &mut Scope, _: Args, mut rv: Ret| {
            let mut values = Vec::new();
            for _ in 0..parallelism() {
                values.push(string(scope, "virtual").into());
                // Speed in MHz, then times of user, nice, sys, idle, irq.
                values.extend((0..6).map(|_| integer(scope, 0)));
            }
            rv.set(array(scope, &values));
        })
        .function("getInterfaceAddresses", |scope: &mut Scope, _: Args, mut rv: Ret| {
            // name, address, netmask, family, mac, internal, scope id
            let mut values: Vec<Value<'_>> = Vec::new();
            for (address, mask, family, scope_id) in
                [("127.0.0.1", "255.0.0.0", "IPv4", -1), ("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "IPv6", 0)]
            {
                for text in ["lo", address, mask, family, "00:00:00:00:00:00"] {
                    values.push(string(scope, text).into());
                }
                values.push(boolean(scope, true));
                values.push(integer(scope, scope_id));
            }
            rv.set(array(scope, &values));
        })
        .function("getPriority", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let pid = arg_u32(scope, &args, 0);
            match realm(scope).sys().nice(pid) {
                Ok(value) => rv.set_int32(value),
                Err(errno) => into_context(scope, &args, 1, &Failure::new(errno, "uv_os_getpriority")),
            }
        })
        .function("setPriority", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let (pid, value) = (arg_u32(scope, &args, 0), arg_i32(scope, &args, 1));
            match realm(scope).sys().set_nice(pid, value) {
                Ok(()) => rv.set_int32(0),
                Err(errno) => {
                    into_context(scope, &args, 2, &Failure::new(errno, "uv_os_setpriority"));
                    rv.set_int32(errno.code());
                }
            }
        })
}

fn into_context(scope: &mut Scope<'_, '_>, args: &Args<'_>, index: i32, failure: &Failure) {
    let Some(context) = arg_object(args, index) else { return };
    set(scope, context, "errno", integer(scope, failure.errno.code()));
    set_string(scope, context, "code", &failure.errno.name());
    set_string(scope, context, "message", &failure.errno.text());
    set_string(scope, context, "syscall", failure.syscall);
}

fn parallelism() -> i32 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as i32)
}

/// Name, uid, gid, home and shell, from /etc/passwd.
fn user(scope: &Scope<'_, '_>) -> (String, u32, u32, String, String) {
    let realm = realm(scope);
    let ids = realm.sys().ids();
    let text = super::fs::read_whole(realm.sys(), b"/etc/passwd").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        if let [user, _, uid, gid, _, home, shell] = fields[..]
            && uid.parse() == Ok(ids.euid)
        {
            return (user.to_owned(), ids.euid, gid.parse().unwrap_or(ids.egid), home.to_owned(), shell.to_owned());
        }
    }
    ("root".to_owned(), ids.euid, ids.egid, "/root".to_owned(), "/bin/sh".to_owned())
}

/// A line of /proc/meminfo, in bytes.
fn meminfo(scope: &Scope<'_, '_>, key: &str) -> f64 {
    let text = super::fs::read_whole(realm(scope).sys(), b"/proc/meminfo").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()).and_then(|word| word.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) * 1024.0
}
