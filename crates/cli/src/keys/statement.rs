//! What a key file says about its key, in lines that the key itself has signed.
//!
//! The signature binds the lines to the key: whoever changes one of them without the key is found out before anything is
//! asked or opened. Lines and order are fixed, so that a statement has one text.

use super::Purpose;
use crate::signer::TokenUri;
use epione_types::{Assertion, ChainId, PublicKey, Signature, SignerId, domain, signing_bytes};
use serde::Serialize;
use std::str::FromStr;

/// The first line.
const FORMAT: &str = "epione-key/1";
const SIGNATURE: &str = "Signature: ";

/// What is known about a key without its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// What the key is for.
    pub purpose: Purpose,
    /// Whose key it is; none if the owner is not registered yet.
    pub signer: Option<SignerId>,
    /// The chain that the owner is registered on; none if the key is not bound to one.
    pub chain: Option<ChainId>,
    /// The public key.
    pub public: PublicKey,
}

/// The lines without the signature.
pub(super) fn unsigned(info: &KeyInfo, token: Option<&TokenUri>) -> String {
    let mut text = format!("{FORMAT}\nPurpose: {}\n", info.purpose);
    if let Some(signer) = info.signer {
        text.push_str(&format!("Signer: {signer}\n"));
    }
    if let Some(chain) = info.chain {
        text.push_str(&format!("Chain: {chain}\n"));
    }
    text.push_str(&format!("Public: {}\n", info.public));
    if let Some(token) = token {
        text.push_str(&format!("Token: {token}\n"));
    }
    text
}

/// What the key signs of them.
pub(super) fn message(unsigned: &str) -> Vec<u8> {
    signing_bytes(domain::KEY_FILE, unsigned)
}

/// The lines with the signature.
pub(super) fn signed(unsigned: &str, signature: &Signature) -> String {
    // A key file is of Ed25519: `parse` refuses another.
    let (Signature::Ed25519 { bytes, .. } | Signature::WebAuthn(Assertion { bytes, .. })) = signature;
    format!("{unsigned}{SIGNATURE}{}\n", hex::encode(bytes))
}

/// What the lines at the beginning of `text` say, where the key lies if not in the file, and what follows the lines.
pub(super) fn parse(text: &str) -> Result<(KeyInfo, Option<TokenUri>, &str), String> {
    let alien = || format!("this is not a key file of the format `{FORMAT}`");
    let (said, rest) = text.split_once(&format!("\n{SIGNATURE}")).ok_or_else(alien)?;
    let (digits, rest) = rest.split_once('\n').ok_or_else(alien)?;
    let mut lines = said.lines();
    if lines.next() != Some(FORMAT) {
        return Err(alien());
    }
    let lines: Vec<(&str, &str)> = lines.map(|line| line.split_once(": ")).collect::<Option<_>>().ok_or_else(alien)?;
    let info = KeyInfo {
        purpose: field(&lines, "Purpose")?.ok_or_else(alien)?,
        signer: field(&lines, "Signer")?,
        chain: field(&lines, "Chain")?,
        public: field(&lines, "Public")?.ok_or_else(alien)?,
    };
    let token: Option<TokenUri> = field(&lines, "Token")?;
    let unsigned = unsigned(&info, token.as_ref());
    let mut bytes = [0; 64];
    let is_hex = hex::decode_to_slice(digits, &mut bytes).is_ok();
    let PublicKey::Ed25519(key) = info.public else {
        return Err("`Public`: a key file holds a key of Ed25519, not a passkey".to_owned());
    };
    let is_signed = is_hex && Signature::Ed25519 { key, bytes }.verify(&message(&unsigned)).is_ok();
    // What was signed is exactly what stands there.
    if !is_signed || unsigned.trim_end() != said {
        let what =
            "the lines above the key are not those that the key signed: the file was changed or is damaged; take";
        return Err(format!("{what} the original"));
    }
    Ok((info, token, rest))
}

/// The value of the line with this name, if there is one.
fn field<T: FromStr<Err: ToString>>(lines: &[(&str, &str)], name: &str) -> Result<Option<T>, String> {
    let found = lines.iter().find(|(of, _)| *of == name);
    found
        .map(|(_, value)| value.parse())
        .transpose()
        .map_err(|error: T::Err| format!("`{name}`: {}", error.to_string()))
}
