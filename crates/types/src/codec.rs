//! The canonical encoding: Borsh, with limits, strict order of keys and total consumption.
//!
//! Integers are little-endian and of fixed width, a list or string is preceded by its length as `u32`, an optional value
//! by `0` or `1`, an enum by its one-byte number. A value has exactly one encoding and `decode` accepts nothing else.
//!
//! # Source
//! Borsh specification 1.0, <https://borsh.io>; docs/adr/0001-canonical-encoding.md.

use borsh::{
    BorshDeserialize, BorshSerialize,
    io::{Error, ErrorKind, Read, Result as IoResult},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, ops::Deref};

/// A type with a canonical encoding.
pub trait Canonical: BorshSerialize + BorshDeserialize {}
impl<T: BorshSerialize + BorshDeserialize> Canonical for T {}

/// Why bytes are not the canonical encoding of a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than the limit of this type.
    #[error("{len} bytes are more than the limit of {max}")]
    TooLong {
        /// How many bytes were given.
        len: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// The bytes break the encoding: truncated, left over, out of order, or outside a limit.
    #[error("not canonical: {0}")]
    Malformed(String),
}

/// The canonical bytes of `value`.
///
/// Encoding into memory cannot fail for the types of this workspace: the only failing cases of Borsh are lists beyond
/// 2³² elements and floating-point numbers, and neither occurs.
#[must_use]
pub fn encode<T: BorshSerialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    let written = value.serialize(&mut bytes);
    debug_assert!(written.is_ok(), "encoding into memory does not fail");
    bytes
}

/// The bytes that a signature over `value` covers: `u8 length of domain ‖ domain ‖ canonical bytes`.
#[must_use]
pub fn signing_bytes<T: BorshSerialize + ?Sized>(domain: &[u8], value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(u8::try_from(domain.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(domain);
    bytes.extend_from_slice(&encode(value));
    bytes
}

/// The value whose canonical encoding is exactly `bytes`.
///
/// # Errors
/// [`DecodeError`] if the bytes are longer than `bytes_max`, truncated, left over, or not canonical.
pub fn decode<T: BorshDeserialize>(bytes: &[u8], bytes_max: usize) -> Result<T, DecodeError> {
    if bytes.len() > bytes_max {
        return Err(DecodeError::TooLong { len: bytes.len(), max: bytes_max });
    }
    T::try_from_slice(bytes).map_err(|error| DecodeError::Malformed(error.to_string()))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, message.into())
}

fn read_len(reader: &mut impl Read, max: usize) -> IoResult<usize> {
    let len = usize::try_from(u32::deserialize_reader(reader)?).map_err(|_large| invalid("length"))?;
    if len > max {
        return Err(invalid(format!("length {len} is above the limit of {max}")));
    }
    Ok(len)
}

/// A string of 1 to `MAX` bytes of UTF-8 without control characters or surrounding white space.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Text<const MAX: usize>(String);

/// Why a string is not a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No character.
    #[error("is empty")]
    Empty,
    /// More than the limit.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    /// A control character, or white space at an end.
    #[error("has a control character, or white space at its start or end")]
    Control,
}

impl<const MAX: usize> Text<MAX> {
    /// Checks and takes `text`.
    ///
    /// # Errors
    /// [`TextError`] if it is empty, longer than `MAX` bytes, has control characters or white space at an end.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > MAX {
            return Err(TextError::TooLong(MAX));
        }
        if text.chars().any(char::is_control) || text.trim().len() != text.len() {
            return Err(TextError::Control);
        }
        Ok(Self(text))
    }

    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> BorshDeserialize for Text<MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let bytes = Bytes::<MAX>::deserialize_reader(reader)?;
        let text = String::from_utf8(bytes.0).map_err(|_utf8| invalid("text is not UTF-8"))?;
        Self::new(text).map_err(|error| invalid(format!("text {error}")))
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<String as Deserialize>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<const MAX: usize> JsonSchema for Text<MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

/// At most `MAX` bytes; hexadecimal in JSON.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// Takes `bytes`, or gives them back if they are more than `MAX`.
    ///
    /// # Errors
    /// The bytes themselves.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        if bytes.len() > MAX { Err(bytes) } else { Ok(Self(bytes)) }
    }
}

impl<const MAX: usize> Deref for Bytes<MAX> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Bytes<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl<const MAX: usize> BorshDeserialize for Bytes<MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let len = read_len(reader, MAX)?;
        let mut bytes = vec![0; len];
        reader.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl<const MAX: usize> Serialize for Bytes<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Bytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = hex::decode(<String as Deserialize>::deserialize(deserializer)?)
            .map_err(|error| D::Error::custom(format!("not hexadecimal: {error}")))?;
        Self::new(bytes).map_err(|bytes| D::Error::custom(format!("{} bytes are above {MAX}", bytes.len())))
    }
}

impl<const MAX: usize> JsonSchema for Bytes<MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Bytes{MAX}").into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([0-9a-f]{2})*$", "maxLength": MAX.saturating_mul(2) })
    }
}

/// A list of at most `MAX` elements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize)]
#[serde(transparent)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> List<T, MAX> {
    /// Takes `items`, or gives them back if they are more than `MAX`.
    ///
    /// # Errors
    /// The items themselves.
    pub fn new(items: Vec<T>) -> Result<Self, Vec<T>> {
        if items.len() > MAX { Err(items) } else { Ok(Self(items)) }
    }

    /// Appends `item`, or gives it back if the list is full.
    ///
    /// # Errors
    /// The item itself.
    pub fn push(&mut self, item: T) -> Result<(), T> {
        if self.0.len() >= MAX {
            return Err(item);
        }
        self.0.push(item);
        Ok(())
    }

    /// Keeps the items for which `keep` is true.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    /// The items, to be changed in place.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// The items as a vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: BorshDeserialize, const MAX: usize> BorshDeserialize for List<T, MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let len = read_len(reader, MAX)?;
        // Grows with what was really read: a false length cannot reserve memory.
        let mut items = Vec::new();
        for _ in 0..len {
            items.push(T::deserialize_reader(reader)?);
        }
        Ok(Self(items))
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<Vec<T> as Deserialize>::deserialize(deserializer)?)
            .map_err(|items| D::Error::custom(format!("{} elements are above {MAX}", items.len())))
    }
}

impl<T: JsonSchema, const MAX: usize> JsonSchema for List<T, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}Max{MAX}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>(), "maxItems": MAX })
    }
}
