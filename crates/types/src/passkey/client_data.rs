//! What the browser says about a ceremony.

use super::json::{self, Value};

/// What counts of the client data (§5.8.1). Other members may stand there and say nothing here.
pub(super) struct ClientData {
    /// Which ceremony: `type`.
    pub(super) kind: String,
    /// The challenge, in base64url.
    pub(super) challenge: String,
    /// The site.
    pub(super) origin: String,
    /// Whether the site was a frame within another one: `crossOrigin` is anything but false, or `topOrigin` is there.
    pub(super) is_framed: bool,
}

impl ClientData {
    /// Reads the JSON. None if it is not an object, a member stands there twice, or one that is needed is missing.
    ///
    /// The order of members is not fixed: browsers write the one of §5.8.1.1, password managers others.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut members = json::object(bytes)?;
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::Text(text)) => Some(text),
            Some(Value::False | Value::Other) | None => None,
        };
        let (kind, challenge, origin) = (text("type")?, text("challenge")?, text("origin")?);
        let cross_origin = members.get("crossOrigin").is_some_and(|value| *value != Value::False);
        Some(Self { kind, challenge, origin, is_framed: cross_origin || members.contains_key("topOrigin") })
    }
}
