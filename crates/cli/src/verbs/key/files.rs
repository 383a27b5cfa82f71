//! Keys without a ledger: made, shown, protected, listed.

use super::{super::options, NEW_PASSPHRASE_FILE, new, new::NewKey, required};
use crate::{
    Failure, Output,
    keys::{Kept, KeyFile, KeyInfo, Purpose},
    signer::{self, TokenUri},
};
use clap::ArgMatches;
use epione_types::{ChainId, SignerId};
use serde_json::{Value, json};
use std::path::PathBuf;

pub(super) fn new(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let purpose = required(matches, "purpose")?;
    let signer = matches.get_one::<SignerId>("signer").copied();
    if purpose == Purpose::Root && signer.is_some() {
        return Err(Failure::Usage("--signer does not go with a root key: the key names its organization".to_owned()));
    }
    let path: PathBuf = required(matches, "out")?;
    let mut key = NewKey::make(purpose, matches, options::PASSPHRASE_FILE)?;
    key.bind(signer, matches.get_one::<ChainId>("chain").copied());
    key.create(&path)?;
    tell(&path, out)
}

pub(super) fn show(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    tell(&required::<PathBuf>(matches, "file")?, out)
}

pub(super) fn passphrase(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let path: PathBuf = required(matches, "file")?;
    if let (_, Kept::Token(_)) = KeyInfo::read(&path)? {
        let text =
            format!("{}: the key lies on a token; its PIN is changed with the token's own tools", path.display());
        return Err(Failure::Refused(text));
    }
    let key = KeyFile::read(&path, &options::secrets(matches))?;
    key.rewrite(&path, &new::protection(matches, NEW_PASSPHRASE_FILE, &path.display().to_string())?)?;
    tell(&path, out)
}

pub(super) fn list(matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let uri: TokenUri = required(matches, "uri")?;
    Ok(out.result(&json!({ "keys": signer::list(&uri, &options::secrets(matches))? }))?)
}

/// Shows what the file tells, which is everything but the secret.
fn tell(path: &std::path::Path, out: &mut Output) -> Result<(), Failure> {
    let (info, kept) = KeyInfo::read(path)?;
    let (kept, token) = match kept {
        Kept::Encrypted => ("encrypted", Value::Null),
        Kept::Clear => ("not encrypted", Value::Null),
        Kept::Token(uri) => ("on a token", json!(uri)),
    };
    let KeyInfo { purpose, signer, chain, public } = info;
    let mut value = json!({ "purpose": purpose, "signer": signer, "chain": chain, "public": public, "kept": kept });
    if let Some(fields) = value.as_object_mut().filter(|_| !token.is_null()) {
        fields.insert("token".to_owned(), token);
    }
    Ok(out.result(&value)?)
}
