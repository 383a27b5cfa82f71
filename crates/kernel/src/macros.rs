//! Declares the numbered enums of a module from one list each.

/// What the macros name, so that a module needs none of these crates for them.
#[derive(Debug)]
pub struct Reexports;

impl Reexports {
    /// Schema of `T` without the meta-schema line.
    #[must_use]
    pub fn schema<T: schemars::JsonSchema>() -> schemars::Schema {
        let mut schema =
            schemars::generate::SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true).into_generator();
        let mut root = schema.root_schema_for::<T>();
        root.remove("$schema");
        root
    }

    /// `value` as JSON.
    #[must_use]
    pub fn json<T: serde::Serialize>(value: &T) -> serde_json::Value {
        serde_json::to_value(value).unwrap_or_else(|_error| crate::broken("a value of a module is not JSON"))
    }

    /// `fields` as `T`.
    ///
    /// # Errors
    /// [`crate::BodyError::Json`] with the path of the field that is wrong: `keys[1].role: unknown variant …`.
    pub fn from_json<T: serde::de::DeserializeOwned>(fields: serde_json::Value) -> Result<T, crate::BodyError> {
        serde_path_to_error::deserialize(fields).map_err(|error| {
            let path = error.path().to_string();
            let error = error.into_inner();
            // The path of the whole is a dot.
            crate::BodyError::Json(if path == "." { error.to_string() } else { format!("{path}: {error}") })
        })
    }

    /// `body` as `T`.
    ///
    /// # Errors
    /// [`crate::BodyError::Malformed`].
    pub fn decode<T: epione_types::Canonical>(body: &[u8]) -> Result<T, crate::BodyError> {
        epione_types::decode(body, epione_types::limits::CALL_BODY_BYTES_MAX).map_err(crate::BodyError::Malformed)
    }
}

/// Declares an enum of numbered values: `1 => Commit "commit",`. Each variant holds the struct of the same name.
#[macro_export]
macro_rules! numbered {
    ($(#[$doc:meta])* pub enum $name:ident { $($number:literal => $variant:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant holds the struct of the same name, which is documented")]
        pub enum $name { $($variant($variant),)* }

        impl $crate::Numbered for $name {
            fn items() -> Vec<$crate::Item> {
                vec![$($crate::Item {
                    number: $number,
                    name: $text,
                    schema: $crate::__reexports::schema::<$variant>(),
                    example: $crate::__reexports::json(&<$variant as $crate::Example>::example()),
                },)*]
            }
            fn number(&self) -> u16 {
                match self { $(Self::$variant(_) => $number,)* }
            }
            fn body(&self) -> Vec<u8> {
                match self { $(Self::$variant(fields) => epione_types::encode(fields),)* }
            }
            fn to_json(&self) -> serde_json::Value {
                match self { $(Self::$variant(fields) => $crate::__reexports::json(fields),)* }
            }
            fn decode(number: u16, body: &[u8]) -> Result<Self, $crate::BodyError> {
                match number {
                    $($number => $crate::__reexports::decode(body).map(Self::$variant),)*
                    unknown => Err($crate::BodyError::UnknownNumber(unknown)),
                }
            }
            fn from_json(number: u16, fields: serde_json::Value) -> Result<Self, $crate::BodyError> {
                match number {
                    $($number => $crate::__reexports::from_json(fields).map(Self::$variant),)*
                    unknown => Err($crate::BodyError::UnknownNumber(unknown)),
                }
            }
        }
    };
}

/// Declares the rejects of a module in order of precedence: `1 => NotFound "not-found": "no such entry",`.
#[macro_export]
macro_rules! rejects {
    ($(#[$doc:meta])* pub enum $name:ident { $($number:literal => $variant:ident $text:literal: $says:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum $name { $(#[doc = $says] $variant = $number,)* }

        impl $crate::NumberedReject for $name {
            fn all() -> Vec<Self> {
                vec![$(Self::$variant,)*]
            }
            fn number(self) -> u16 {
                match self { $(Self::$variant => $number,)* }
            }
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
            fn text(self) -> &'static str {
                match self { $(Self::$variant => $says,)* }
            }
        }

        impl From<$name> for $crate::Stop<$name> {
            fn from(reject: $name) -> Self {
                Self::Reject(reject)
            }
        }
        impl From<$name> for $crate::QueryStop<$name> {
            fn from(reject: $name) -> Self {
                Self::Reject(reject)
            }
        }
    };
}
