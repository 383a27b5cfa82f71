//! Where a key on a token is: a PKCS#11 URI.
//!
//! # Source
//! RFC 7512. Of its attributes those that name a key, and those that say how it is reached; others are refused, so that
//! nothing is taken for said that is not obeyed.

use serde::{Serialize, Serializer};
use std::{
    fmt::{self, Write as _},
    path::PathBuf,
    str::FromStr,
};

const SCHEME: &str = "pkcs11:";
const URI_BYTES_MAX: usize = 2048;
/// What stands in a value as it is.
const PLAIN: &[u8] = b"-._~:[]@!$'()*+,=/";

/// A PKCS#11 URI of a key, or of a token. It names no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUri {
    /// Label of the token.
    pub token: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Label of the key.
    pub object: Option<String>,
    /// Identifier of the key, bytes.
    pub id: Option<Vec<u8>>,
    /// The library that speaks with the token.
    pub module_path: PathBuf,
    /// The file with the PIN.
    pub pin_source: Option<PathBuf>,
}

impl FromStr for TokenUri {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| format!("a PKCS#11 URI begins with `{SCHEME}`"))?;
        if text.len() > URI_BYTES_MAX {
            return Err(format!("a PKCS#11 URI has at most {URI_BYTES_MAX} bytes"));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut path, mut query) = (attributes(path, ';')?, attributes(query, '&')?);
        if query.iter().any(|(name, _)| *name == "pin-value") {
            return Err(
                "`pin-value` would show the PIN to everybody who sees the command or the file: name a file with it \
                        by `pin-source=file:/…` or --passphrase-file, or type it"
                    .to_owned(),
            );
        }
        let module = take(&mut query, "module-path").transpose_text("module-path")?;
        let module = module.ok_or(
            "`module-path` is missing: the library that speaks with the token, as in \
                                   `?module-path=/usr/lib/softhsm/libsofthsm2.so`",
        )?;
        let pin_source = take(&mut query, "pin-source").transpose_text("pin-source")?;
        let pin_source = pin_source.map(|text| absolute("pin-source", text.strip_prefix("file:").unwrap_or(&text)));
        match take(&mut path, "type").transpose_text("type")?.as_deref() {
            None | Some("private") => {}
            Some(other) => return Err(format!("`type={other}` is no private key: leave it out")),
        }
        let uri = Self {
            token: take(&mut path, "token").transpose_text("token")?,
            serial: take(&mut path, "serial").transpose_text("serial")?,
            object: take(&mut path, "object").transpose_text("object")?,
            id: take(&mut path, "id"),
            module_path: absolute("module-path", &module)?,
            pin_source: pin_source.transpose()?,
        };
        if let Some((name, _)) = path.first().or(query.first()) {
            return Err(format!(
                "`{name}` is not understood: name the token by `token` or `serial`, the key by `object` or `id`"
            ));
        }
        if uri.token.is_none() && uri.serial.is_none() {
            return Err("the token is missing: name it by `token` (its label) or `serial`".to_owned());
        }
        Ok(uri)
    }
}

/// An absolute path.
fn absolute(name: &str, text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err(format!("`{name}` is `{text}`: give an absolute path")) }
}

/// Names and values, in which `%41` stands for a byte.
fn attributes(text: &str, separator: char) -> Result<Vec<(&str, Vec<u8>)>, String> {
    let mut found: Vec<(&str, Vec<u8>)> = Vec::new();
    for part in text.split(separator).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` is not `name=value`"))?;
        if found.iter().any(|(known, _)| *known == name) {
            return Err(format!("`{name}` stands there twice"));
        }
        let value = decoded(value).ok_or_else(|| format!("`{name}` has a `%` without two hexadecimal digits"))?;
        found.push((name, value));
    }
    Ok(found)
}

fn decoded(value: &str) -> Option<Vec<u8>> {
    let mut bytes = value.bytes();
    let mut decoded = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    Some(decoded)
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn take(attributes: &mut Vec<(&str, Vec<u8>)>, name: &str) -> Option<Vec<u8>> {
    let at = attributes.iter().position(|(known, _)| *known == name)?;
    Some(attributes.remove(at).1)
}

/// A value as text without control characters.
trait Textual {
    fn transpose_text(self, name: &str) -> Result<Option<String>, String>;
}

impl Textual for Option<Vec<u8>> {
    fn transpose_text(self, name: &str) -> Result<Option<String>, String> {
        let text = self.map(String::from_utf8).transpose().map_err(|_bytes| format!("`{name}` is not UTF-8"))?;
        match text {
            Some(text) if text.is_empty() || text.contains(char::is_control) => {
                Err(format!("`{name}` is empty, or has control characters"))
            }
            text => Ok(text),
        }
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let parts = [
            ("token", text(&self.token)),
            ("serial", text(&self.serial)),
            ("object", text(&self.object)),
            ("id", self.id.clone()),
        ];
        f.write_str(SCHEME)?;
        let mut separator = "";
        for (name, value) in parts {
            let Some(value) = value else { continue };
            write!(f, "{separator}{name}=")?;
            encoded(f, &value)?;
            separator = ";";
        }
        f.write_str("?module-path=")?;
        encoded(f, self.module_path.as_os_str().as_encoded_bytes())?;
        if let Some(path) = &self.pin_source {
            f.write_str("&pin-source=file:")?;
            encoded(f, path.as_os_str().as_encoded_bytes())?;
        }
        Ok(())
    }
}

fn encoded(f: &mut fmt::Formatter<'_>, value: &[u8]) -> fmt::Result {
    for byte in value {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(byte) {
            f.write_char(char::from(*byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

impl Serialize for TokenUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
