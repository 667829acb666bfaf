//! Random bytes, from the kernel; comparison in constant time.

use subtle::ConstantTimeEq;

use super::failure::Failure;
use super::job::{self, Output};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .class(job::class("RandomBytesJob", new_random_bytes))
        .function("timingSafeEqual", timing_safe_equal)
        .function("secureBuffer", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let length = arg_u32(scope, &args, 0) as usize;
            rv.set(uint8_array(scope, vec![0; length]).into());
        })
        // There is no heap apart for secrets.
        .function("secureHeapUsed", |_: &mut Scope, _: Args, _: Ret| {})
}

/// `new RandomBytesJob(mode, buffer, offset, size)`
fn new_random_bytes(scope: &mut Scope, args: Args, _rv: Ret) {
    let (offset, size) = (arg_u32(scope, &args, 2) as usize, arg_u32(scope, &args, 3) as usize);
    let target = keep(scope, args.get(1));
    job::new(scope, &args, "RANDOMBYTESREQUEST", Some((target, offset)), move |sys| {
        let mut bytes = vec![0; size];
        let failed = |_| Failure::Coded(Kind::Error, "ERR_OPERATION_FAILED", "No entropy is to be had".to_owned());
        sys.random(&mut bytes).map_err(failed)?;
        Ok(Output::Fill(bytes))
    });
}

/// `timingSafeEqual(a, b)`
fn timing_safe_equal(scope: &mut Scope, args: Args, mut rv: Ret) {
    let mut sides = [None, None];
    for (index, side) in sides.iter_mut().enumerate() {
        *side = Memory::of(scope, args.get(index as i32));
        if side.is_none() {
            let number = index + 1;
            let message = format!(
                "The \"buf{number}\" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView."
            );
            return throw_code(scope, Kind::Type, "ERR_INVALID_ARG_TYPE", &message);
        }
    }
    let [Some(first), Some(second)] = sides else { return };
    if first.len() != second.len() {
        let message = "Input buffers must have the same byte length";
        return throw_code(scope, Kind::Range, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", message);
    }
    rv.set_bool(first.bytes().ct_eq(second.bytes()).into());
}
