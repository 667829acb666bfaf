//! `url`: the WHATWG URL parser, which is Node's own (ada).

use std::cell::Cell;

use ada_url::Url;

use crate::realm::realm;
use crate::table::Table;
use crate::value::*;

struct Components(Cell<Shared<u32>>);

impl Default for Components {
    fn default() -> Self {
        Self(Cell::new(Shared::none()))
    }
}

pub(super) fn table() -> Table {
    Table::new("url")
        .function("parse", parse)
        .function("canParse", can_parse)
        .function("pathToFileURL", path_to_file_url)
        .function("update", update)
        .function("format", format_url)
        .function("getOrigin", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let input = arg_string(scope, &args, 0);
            match Url::parse(&input, None) {
                Ok(url) => rv.set(string(scope, &url.origin()).into()),
                Err(_) => throw_invalid(scope, &input, None),
            }
        })
        .function("domainToASCII", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let domain = domain(&arg_string(scope, &args, 0));
            rv.set(string(scope, &domain).into());
        })
        .function("domainToUnicode", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let domain = domain(&arg_string(scope, &args, 0));
            rv.set(string(scope, &ada_url::Idna::unicode(&domain)).into());
        })
        .restore(|scope, object| realm(scope).state::<Components>().0.set(Shared::of(scope, object, "urlComponents")))
}

/// The host that a URL with this domain would have; empty where it is none.
fn domain(input: &str) -> String {
    if input.is_empty() {
        return String::new();
    }
    let Ok(mut url) = Url::parse("ws://x", None) else { return String::new() };
    match url.set_hostname(Some(input)) {
        Ok(()) => url.hostname().to_owned(),
        Err(_) => String::new(),
    }
}

fn give(scope: &mut Scope<'_, '_>, rv: &mut Ret<'_>, url: &Url) {
    const OMITTED: u32 = u32::MAX;
    let parts = url.components();
    let values = [
        parts.protocol_end,
        parts.username_end,
        parts.host_start,
        parts.host_end,
        parts.port.unwrap_or(OMITTED),
        parts.pathname_start.unwrap_or(OMITTED),
        parts.search_start.unwrap_or(OMITTED),
        parts.hash_start.unwrap_or(OMITTED),
        url.scheme_type() as u32,
    ];
    let shared = realm(scope).state::<Components>().0.get();
    for (index, value) in values.into_iter().enumerate() {
        shared.set(index, value);
    }
    rv.set(string(scope, url.href()).into());
}

/// `ERR_INVALID_URL`.
fn throw_invalid(scope: &mut Scope<'_, '_>, input: &str, base: Option<&str>) {
    let error = error_with_code(scope, Kind::Type, "ERR_INVALID_URL", "Invalid URL");
    if let Ok(object) = Object::try_from(error) {
        set_string(scope, object, "input", input);
        if let Some(base) = base {
            set_string(scope, object, "base", base);
        }
    }
    scope.throw_exception(error);
}

fn base(scope: &Scope<'_, '_>, args: &Args<'_>) -> Option<String> {
    (args.length() > 1 && !args.get(1).is_undefined()).then(|| arg_string(scope, args, 1))
}

/// `parse(input, base, raiseException)`
fn parse(scope: &mut Scope, args: Args, mut rv: Ret) {
    let input = arg_string(scope, &args, 0);
    let base = base(scope, &args);
    match Url::parse(&input, base.as_deref()) {
        Ok(url) => give(scope, &mut rv, &url),
        Err(_) if args.get(2).is_true() => throw_invalid(scope, &input, base.as_deref()),
        Err(_) => {}
    }
}

fn can_parse(scope: &mut Scope, args: Args, mut rv: Ret) {
    let input = arg_string(scope, &args, 0);
    let base = base(scope, &args);
    rv.set_bool(Url::can_parse(&input, base.as_deref()));
}

/// `pathToFileURL(path, windows)`
fn path_to_file_url(scope: &mut Scope, args: Args, mut rv: Ret) {
    let path = arg_string(scope, &args, 0);
    // What the parser would take for something else than a part of the path.
    let mut escaped = String::with_capacity(path.len() + 7);
    escaped.push_str("file://");
    for character in path.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '\\' => escaped.push_str("%5C"),
            '\n' => escaped.push_str("%0A"),
            '\r' => escaped.push_str("%0D"),
            '\t' => escaped.push_str("%09"),
            '?' => escaped.push_str("%3F"),
            '#' => escaped.push_str("%23"),
            ' ' => escaped.push_str("%20"),
            '"' => escaped.push_str("%22"),
            '~' => escaped.push('~'),
            '|' => escaped.push_str("%7C"),
            '^' => escaped.push_str("%5E"),
            '[' => escaped.push_str("%5B"),
            ']' => escaped.push_str("%5D"),
            other => escaped.push(other),
        }
    }
    match Url::parse(&escaped, None) {
        Ok(url) => give(scope, &mut rv, &url),
        Err(_) => throw_invalid(scope, &path, None),
    }
}

/// `update(href, action, value)`: false where the setter refuses.
fn update(scope: &mut Scope, args: Args, mut rv: Ret) {
    let href = arg_string(scope, &args, 0);
    let action = arg_u32(scope, &args, 1);
    let value = arg_string(scope, &args, 2);
    let Ok(mut url) = Url::parse(&href, None) else {
        rv.set_bool(false);
        return;
    };
    let some = Some(value.as_str()).filter(|value| !value.is_empty());
    let done = match action {
        0 => url.set_protocol(&value).is_ok(),
        1 => url.set_host(Some(&value)).is_ok(),
        2 => url.set_hostname(Some(&value)).is_ok(),
        3 => url.set_port(some).is_ok(),
        4 => url.set_username(some).is_ok(),
        5 => url.set_password(some).is_ok(),
        6 => url.set_pathname(Some(&value)).is_ok(),
        7 => {
            url.set_search(some);
            true
        }
        8 => {
            url.set_hash(some);
            true
        }
        9 => url.set_href(&value).is_ok(),
        _ => false,
    };
    // Only `href` may fail; the other setters then leave the URL as it was.
    if !done && action == 9 {
        rv.set_bool(false);
        return;
    }
    give(scope, &mut rv, &url);
}

/// `format(href, fragment, unicode, search, auth)`
fn format_url(scope: &mut Scope, args: Args, mut rv: Ret) {
    let href = arg_string(scope, &args, 0);
    let Ok(mut url) = Url::parse(&href, None) else { return };
    if !args.get(1).is_true() {
        url.set_hash(None);
    }
    if !args.get(3).is_true() {
        url.set_search(None);
    }
    if !args.get(4).is_true() {
        let _ = url.set_username(None);
        let _ = url.set_password(None);
    }
    let mut text = url.href().to_owned();
    if args.get(2).is_true() && !url.hostname().is_empty() {
        text = text.replacen(url.hostname(), &ada_url::Idna::unicode(url.hostname()), 1);
    }
    rv.set(string(scope, &text).into());
}
