//! Keys from passwords and other keys: PBKDF2, scrypt, HKDF.

use super::digest::Algorithm;
use super::failure::Failure;
use super::job::{self, Output};
use super::key;
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .class(job::class("PBKDF2Job", new_pbkdf2))
        .class(job::class("ScryptJob", new_scrypt))
        .class(job::class("HKDFJob", new_hkdf))
}

/// `new PBKDF2Job(mode, password, salt, iterations, keyLength, digest)`
fn new_pbkdf2(scope: &mut Scope, args: Args, _rv: Ret) {
    let password = key::secret(scope, args.get(1));
    let salt = bytes_of(scope, args.get(2));
    let (rounds, length) = (arg_u32(scope, &args, 3), arg_u32(scope, &args, 4) as usize);
    let name = arg_string(scope, &args, 5);
    let Some(algorithm) = Algorithm::find(&name) else { return Failure::digest(&name).throw(scope) };
    job::new(scope, &args, "PBKDF2REQUEST", None, move |_| {
        let mut output = vec![0; length];
        // OpenSSL knows no empty key.
        if length == 0 || !algorithm.pbkdf2(&password, &salt, rounds, &mut output) {
            return Err(Failure::Plain("Deriving bits failed".to_owned()));
        }
        Ok(Output::Bits(output))
    });
}

/// `new ScryptJob(mode, password, salt, N, r, p, maxmem, keyLength)`
fn new_scrypt(scope: &mut Scope, args: Args, _rv: Ret) {
    let password = key::secret(scope, args.get(1));
    let salt = bytes_of(scope, args.get(2));
    let (n, r, p) = (arg_u32(scope, &args, 3), arg_u32(scope, &args, 4), arg_u32(scope, &args, 5));
    let memory = arg_i64(scope, &args, 6, 0).max(0) as u64;
    let length = arg_u32(scope, &args, 7) as usize;
    let parameters = match scrypt_parameters(n, r, p, memory) {
        Ok(parameters) => parameters,
        Err(reason) => {
            let message = format!("Invalid scrypt params{reason}");
            return Failure::Coded(Kind::Range, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", message).throw(scope);
        }
    };
    job::new(scope, &args, "SCRYPTREQUEST", None, move |_| {
        let mut output = vec![0; length];
        if length != 0 {
            scrypt::scrypt(&password, &salt, &parameters, &mut output)
                .map_err(|_| Failure::Plain("Deriving bits failed".to_owned()))?;
        }
        Ok(Output::Bits(output))
    });
}

/// Checks the parameters as OpenSSL does, against a bound of memory in bytes too.
fn scrypt_parameters(n: u32, r: u32, p: u32, memory: u64) -> Result<scrypt::Params, &'static str> {
    const LIMIT: &str = ": error:030000AC:digital envelope routines::memory limit exceeded";
    let (n64, r64, p64) = (u64::from(n), u64::from(r), u64::from(p));
    if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 || p64 > ((1 << 30) - 1) / r64 {
        return Err("");
    }
    if 16 * r64 <= 31 && n64 >= 1 << (16 * r64) {
        return Err("");
    }
    let block = 128 * r64;
    let needed = block.checked_mul(n64 + 2).and_then(|table| table.checked_add(block * p64));
    if needed.is_none_or(|needed| needed > memory) {
        return Err(LIMIT);
    }
    scrypt::Params::new(n.trailing_zeros() as u8, r, p).map_err(|_| "")
}

/// `new HKDFJob(mode, digest, key, salt, info, length)`
fn new_hkdf(scope: &mut Scope, args: Args, _rv: Ret) {
    let name = arg_string(scope, &args, 1);
    let Some(algorithm) = Algorithm::find(&name) else { return Failure::digest(&name).throw(scope) };
    let key = key::secret(scope, args.get(2));
    let (salt, info) = (bytes_of(scope, args.get(3)), bytes_of(scope, args.get(4)));
    let length = arg_u32(scope, &args, 5) as usize;
    if length > algorithm.size * 255 {
        let message = "Invalid key length".to_owned();
        return Failure::Coded(Kind::Range, "ERR_CRYPTO_INVALID_KEYLEN", message).throw(scope);
    }
    job::new(scope, &args, "DERIVEBITSREQUEST", None, move |_| {
        let mut output = vec![0; length];
        if !algorithm.hkdf(&key, &salt, &info, &mut output) {
            return Err(Failure::Plain("Deriving bits failed".to_owned()));
        }
        Ok(Output::Bits(output))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrypt_parameters_are_bounded() {
        assert!(scrypt_parameters(16384, 8, 1, 32 << 20).is_ok());
        assert!(scrypt_parameters(3, 8, 1, 32 << 20).is_err_and(|reason| reason.is_empty()));
        assert!(scrypt_parameters(1 << 20, 8, 1, 32 << 20).is_err_and(|reason| reason.contains("memory limit")));
        assert!(scrypt_parameters(1 << 31, u32::MAX / 2, 1, u64::MAX).is_err());
    }
}
