//! A key that is being made: in a file under a passphrase, or on a token.

use crate::{
    Failure,
    keys::{self, KeyFile, KeyFileError, Protection, Purpose},
    secret::{SecretSource, Terminal},
    signer::{Signer, TokenKey, TokenUri},
};
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use epione_types::{ChainId, SignerId};
use std::path::{Path, PathBuf};

/// A new key with what protects it.
pub(super) enum NewKey {
    /// Will lie in a file.
    File(KeyFile, Protection),
    /// Lies on a token.
    Token(TokenKey),
}

/// How a new key may be kept; `passphrase_file` is the option that names the file with its passphrase.
pub(super) fn options(passphrase_file: &'static str) -> [Arg; 3] {
    [
        no_passphrase(passphrase_file).conflicts_with("pkcs11"),
        Arg::new("pkcs11")
            .long("pkcs11")
            .value_name("URI")
            .value_parser(value_parser!(TokenUri))
            .help("Make it on a token: a PKCS#11 URI with `token`, `object` and `module-path`"),
        Arg::new("existing")
            .long("existing")
            .action(ArgAction::SetTrue)
            .requires("pkcs11")
            .help("Take the key that is on the token already"),
    ]
}

/// The operator's word that nothing protects the key but the mode of its file.
pub(in crate::verbs) fn no_passphrase(passphrase_file: &'static str) -> Arg {
    Arg::new("no-passphrase")
        .long("no-passphrase")
        .action(ArgAction::SetTrue)
        .conflicts_with(passphrase_file)
        .help("Do not encrypt it: whoever reads the file, or a backup of it, has the key")
}

/// The passphrase for a key file, or none by the operator's choice.
pub(in crate::verbs) fn protection(
    matches: &ArgMatches,
    passphrase_file: &str,
    what: &str,
) -> Result<Protection, Failure> {
    if matches.get_flag("no-passphrase") {
        return Ok(Protection::None);
    }
    let source = SecretSource::new(matches.get_one::<PathBuf>(passphrase_file).cloned(), Terminal::Asked);
    Ok(Protection::Passphrase(source.choose(&format!("New passphrase for {what}"))?))
}

impl NewKey {
    /// Makes the key that was asked for.
    pub(super) fn make(purpose: Purpose, matches: &ArgMatches, passphrase_file: &str) -> Result<Self, Failure> {
        let Some(uri) = matches.get_one::<TokenUri>("pkcs11").cloned() else {
            let protection = protection(matches, passphrase_file, &format!("the {purpose} key"))?;
            return Ok(Self::File(KeyFile::generate(purpose)?, protection));
        };
        if !purpose.signs_transactions() {
            let text =
                format!("--pkcs11 does not go with a {purpose} key: a node signs with it all the time, from a file");
            return Err(Failure::Usage(text));
        }
        let source = SecretSource::new(matches.get_one::<PathBuf>(passphrase_file).cloned(), Terminal::Asked);
        let is_there = matches.get_flag("existing");
        let make = if is_there { TokenKey::existing } else { TokenKey::generate };
        Ok(Self::Token(make(purpose, uri, &source)?))
    }

    /// What signs with it.
    pub(super) fn signer(&self) -> &dyn Signer {
        match self {
            Self::File(file, _) => file,
            Self::Token(key) => key,
        }
    }

    /// Says whose key it is, and on which chain.
    pub(super) fn bind(&mut self, signer: Option<SignerId>, chain: Option<ChainId>) {
        let (to_signer, to_chain) = match self {
            Self::File(file, _) => (&mut file.signer, &mut file.chain),
            Self::Token(key) => (&mut key.info.signer, &mut key.info.chain),
        };
        (*to_signer, *to_chain) = (signer.or(*to_signer), chain.or(*to_chain));
    }

    /// Writes its file.
    pub(super) fn create(&self, path: &Path) -> Result<(), KeyFileError> {
        match self {
            Self::File(file, protection) => file.create(path, protection),
            Self::Token(key) => keys::create_for_token(key, path),
        }
    }
}
