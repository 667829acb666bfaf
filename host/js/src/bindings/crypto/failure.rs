//! Errors of cryptographic operations, in Node's shapes.

use crate::value::*;

/// What went wrong.
#[derive(Clone)]
pub(super) enum Failure {
    /// A plain `Error`.
    Plain(String),
    /// One of Node's errors with a code.
    Coded(Kind, &'static str, String),
    /// What OpenSSL would report: number, library and reason.
    OpenSsl(&'static str, &'static str, &'static str),
}

impl Failure {
    pub(super) fn digest(name: &str) -> Self {
        Self::Coded(Kind::Type, "ERR_CRYPTO_INVALID_DIGEST", format!("Invalid digest: {name}"))
    }

    pub(super) fn to_error<'s>(&self, scope: &Scope<'s, '_>) -> Value<'s> {
        match self {
            Self::Plain(message) => v8::Exception::error(scope, string(scope, message)),
            Self::Coded(kind, code, message) => error_with_code(scope, *kind, code, message),
            Self::OpenSsl(number, library, reason) => {
                let message = string(scope, &format!("error:{number}:{library}::{reason}"));
                let error = v8::Exception::error(scope, message);
                if let Ok(object) = Object::try_from(error) {
                    set_string(scope, object, "library", library);
                    set_string(scope, object, "reason", reason);
                    let prefix = if *library == "digital envelope routines" { "EVP_" } else { "" };
                    let code = format!("ERR_OSSL_{prefix}{}", reason.replace(' ', "_").to_uppercase());
                    set_string(scope, object, "code", &code);
                }
                error
            }
        }
    }

    pub(super) fn throw(&self, scope: &Scope<'_, '_>) {
        let error = self.to_error(scope);
        scope.throw_exception(error);
    }
}
