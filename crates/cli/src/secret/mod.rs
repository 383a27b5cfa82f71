//! Passphrases and PINs: where they come from, and that they go nowhere else.
//!
//! A secret is never an argument and never an environment variable: both are shown to others and inherited. It is read from
//! a file that only its owner may read, from a credential of the service manager, or from the terminal without echo.

mod terminal;

use std::{
    env, fmt,
    fs::File,
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where systemd puts the credentials of a service.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
const SECRET_BYTES_MAX: usize = 1024;
/// A new passphrase has so many characters at least.
const NEW_CHARS_MIN: usize = 12;

/// A passphrase or PIN; wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase([private])")
    }
}

/// Whether somebody is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// On the terminal of the process, if it has one.
    Asked,
    /// Never.
    NotAsked,
}

/// Where a passphrase or PIN comes from: the first of file, credential and terminal that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSource {
    file: Option<PathBuf>,
    terminal: Terminal,
}

/// Why there is no passphrase or PIN.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file with it cannot be read.
    #[error("the passphrase file {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others than the owner of the file may read or change it.
    #[error(
        "the passphrase file {path} has mode {mode:04o}: others may read it; run `chmod 600 {path}` and change the passphrase"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// What was given is no passphrase.
    #[error("{of} {what}")]
    Unfit {
        /// What was given.
        of: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No source has one.
    #[error(
        "no passphrase or PIN: name a file with it by {option}, give the credential `{credential}` to the service, or run it on a terminal"
    )]
    Missing {
        /// How a file is named.
        option: &'static str,
        /// The credential.
        credential: String,
    },
    /// A new one is needed, and there is nobody to ask.
    #[error("no passphrase for the new key: name a file with it, run it on a terminal, or choose --no-passphrase")]
    MissingNew,
    /// The terminal fails.
    #[error("the terminal")]
    Terminal(#[source] io::Error),
    /// Who was asked does not want to answer.
    #[error("no passphrase was given")]
    Declined,
    /// The same passphrase twice was asked for.
    #[error("the two passphrases differ")]
    Differ,
}

impl SecretSource {
    /// The file, if one is given; else the credential of the service; else the terminal, if it is asked.
    #[must_use]
    pub const fn new(file: Option<PathBuf>, terminal: Terminal) -> Self {
        Self { file, terminal }
    }

    /// The same, but with this file.
    pub(crate) fn with_file(&self, path: PathBuf) -> Self {
        Self { file: Some(path), ..self.clone() }
    }

    /// None: for keys that were written without a passphrase.
    #[must_use]
    pub const fn none() -> Self {
        Self::new(None, Terminal::NotAsked)
    }

    /// The secret of what has this prompt; `credential` is its name among the credentials of a service.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn find(&self, credential: &str, prompt: &str) -> Result<Passphrase, SecretError> {
        if let Some(path) = &self.file {
            return of_file(path, Privacy::ByMode);
        }
        let folder = env::var_os(CREDENTIALS).map(PathBuf::from);
        if let Some(path) = folder.map(|folder| folder.join(credential)).filter(|path| path.exists()) {
            return of_file(&path, Privacy::ByManager);
        }
        let asked = match self.terminal {
            Terminal::Asked => terminal::ask(prompt)?,
            Terminal::NotAsked => None,
        };
        match asked {
            Some(text) => checked(text, "the passphrase"),
            None => {
                let option = "--passphrase-file (a node: `keys.passphrase_file` in node.toml)";
                Err(SecretError::Missing { option, credential: credential.to_owned() })
            }
        }
    }

    /// A passphrase for something new: of the file, or of the terminal, where it is asked for twice.
    ///
    /// # Errors
    /// [`SecretError`], also if the passphrase is too short.
    pub fn choose(&self, prompt: &str) -> Result<Passphrase, SecretError> {
        let (chosen, of) = if let Some(path) = &self.file {
            (of_file(path, Privacy::ByMode)?, format!("the passphrase in {}", path.display()))
        } else {
            let asked = match self.terminal {
                Terminal::Asked => terminal::ask(prompt)?,
                Terminal::NotAsked => None,
            };
            let Some(text) = asked else { return Err(SecretError::MissingNew) };
            let first = checked(text, "the passphrase")?;
            let again = terminal::ask("The same again")?.ok_or(SecretError::Declined)?;
            if *again != *first.0 {
                return Err(SecretError::Differ);
            }
            (first, "the passphrase".to_owned())
        };
        if chosen.expose().chars().count() < NEW_CHARS_MIN {
            return Err(SecretError::Unfit { of, what: "is shorter than 12 characters: choose a longer one" });
        }
        Ok(chosen)
    }
}

/// Who sees to it that a file is private.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Privacy {
    /// Its owner, by its mode.
    ByMode,
    /// The service manager, by the folder and by access lists.
    ByManager,
}

/// The secret in a file, or from a pipe such as `<(…)` of a shell.
fn of_file(path: &Path, privacy: Privacy) -> Result<Passphrase, SecretError> {
    let failed = |source| SecretError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    let of = || format!("the passphrase file {}", path.display());
    if !found.is_file() && !found.file_type().is_fifo() {
        return Err(SecretError::Unfit { of: of(), what: "is no regular file" });
    }
    let mode = found.mode() & 0o7777;
    if privacy == Privacy::ByMode && mode & 0o077 != 0 {
        return Err(SecretError::Exposed { path: path.to_owned(), mode });
    }
    // Room for all at once: a buffer that grows leaves copies of the secret behind.
    let mut text = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX.saturating_add(4)));
    let limit = u64::try_from(SECRET_BYTES_MAX.saturating_add(3)).unwrap_or(u64::MAX);
    file.take(limit).read_to_string(&mut text).map_err(failed)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line).len();
    text.truncate(line);
    checked(text, &of())
}

fn checked(text: Zeroizing<String>, of: &str) -> Result<Passphrase, SecretError> {
    let what = if text.is_empty() {
        "is empty"
    } else if text.len() > SECRET_BYTES_MAX {
        "is longer than 1024 bytes"
    } else if text.contains(['\n', '\0']) {
        "has more than one line, or a zero byte"
    } else {
        return Ok(Passphrase(text));
    };
    Err(SecretError::Unfit { of: of.to_owned(), what })
}
