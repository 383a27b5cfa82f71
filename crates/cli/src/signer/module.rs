//! The library that speaks with tokens, and a session with one of them.

use super::{TokenError, TokenUri};
use crate::secret::SecretSource;
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    session::{Session, UserType},
    slot::Slot,
};
use rustix::process::geteuid;
use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Reading and signing.
    Sign,
    /// Making keys.
    Change,
}

/// A session with the token of `uri`, logged in with the PIN from its `pin-source`, else from `source`.
pub(super) fn session(
    uri: &TokenUri,
    source: &SecretSource,
    credential: &str,
    purpose: Use,
) -> Result<Session, TokenError> {
    let module = load(&uri.module_path)?;
    let slot = slot(&module, uri)?;
    let told = |error| told(error, uri);
    let session = match purpose {
        Use::Sign => module.open_ro_session(slot),
        Use::Change => module.open_rw_session(slot),
    };
    let session = session.map_err(told)?;
    let source = match &uri.pin_source {
        Some(path) => &source.with_file(path.clone()),
        None => source,
    };
    let info = module.get_token_info(slot).map_err(told)?;
    if info.user_pin_locked() {
        return Err(TokenError::PinLocked(name(uri)));
    }
    let pin = source.find(credential, &format!("PIN of the token {}", name(uri)))?;
    match session.login(UserType::User, Some(&pin.expose().into())) {
        // Another key of this process lies on the same token.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(error) => Err(told(error)),
    }
}

/// The library, which must not be one that somebody else can put there: it runs with all rights of this process.
fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let unusable = |what: String| TokenError::Module { path: path.to_owned(), what };
    let found = fs::metadata(path).map_err(|error| unusable(format!("{error}: is it installed?")))?;
    if !found.is_file() {
        return Err(unusable("this is not a file".to_owned()));
    }
    let is_own = found.uid() == 0 || found.uid() == geteuid().as_raw();
    if !is_own || found.mode() & 0o022 != 0 {
        return Err(unusable(
            "others may change it: only root or you may own it, and only the owner may write it".to_owned(),
        ));
    }
    let module = Pkcs11::new(path).map_err(|error| unusable(format!("this is no PKCS#11 module: {error}")))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(unusable(format!("it does not start: {error}"))),
    }
}

/// The one slot with the token of `uri`.
fn slot(module: &Pkcs11, uri: &TokenUri) -> Result<Slot, TokenError> {
    let told = |error| told(error, uri);
    let mut found = Vec::new();
    let mut others = Vec::new();
    for slot in module.get_slots_with_token().map_err(told)? {
        let info = module.get_token_info(slot).map_err(told)?;
        if !info.token_initialized() {
            continue;
        }
        let is_wanted = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        if is_wanted(&uri.token, info.label()) && is_wanted(&uri.serial, info.serial_number()) {
            found.push(slot);
        } else {
            others.push(format!("`{}`", info.label()));
        }
    }
    match found[..] {
        [slot] => Ok(slot),
        [] if others.is_empty() => Err(TokenError::Absent { token: name(uri), others: "no token is there".to_owned() }),
        [] => Err(TokenError::Absent { token: name(uri), others: format!("there are {}", others.join(", ")) }),
        _ => Err(TokenError::Ambiguous(format!("{} tokens are named {}: add `serial`", found.len(), name(uri)))),
    }
}

/// How a token is named to people.
pub(super) fn name(uri: &TokenUri) -> String {
    let token = uri.token.as_ref().or(uri.serial.as_ref());
    token.map_or_else(String::new, |token| format!("`{token}`"))
}

/// What the library answers, in words; whatever else it answers is shown with its PKCS#11 name.
pub(super) fn told(error: Error, uri: &TokenUri) -> TokenError {
    match error {
        Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid, _) => {
            TokenError::Pin(name(uri))
        }
        Error::Pkcs11(RvError::PinLocked, _) => TokenError::PinLocked(name(uri)),
        Error::Pkcs11(
            RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::SessionHandleInvalid
            | RvError::SlotIdInvalid
            | RvError::SessionClosed,
            _,
        ) => TokenError::Removed(name(uri)),
        Error::Pkcs11(RvError::MechanismInvalid, _) => TokenError::NoEd25519(name(uri)),
        Error::Pkcs11(kind, function) => {
            TokenError::Failed { token: name(uri), what: format!("{function} answers {kind:?}") }
        }
        other => TokenError::Failed { token: name(uri), what: other.to_string() },
    }
}
