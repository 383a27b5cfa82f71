//! Where an organization is: jurisdiction and addresses, as checked text.

use borsh::{BorshDeserialize, BorshSerialize, io::Read};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, net::Ipv6Addr, str::FromStr};

/// Why a text is not a place of the expected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceError(&'static str);

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for PlaceError {}

/// Declares a text that is checked whenever it enters: by constructor, JSON or canonical bytes.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $bytes_max:literal, $check:ident, $says:literal, $schema:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
        pub struct $name(String);

        impl $name {
            /// Most bytes.
            pub const BYTES_MAX: usize = $bytes_max;

            /// Checks and takes `text`.
            ///
            /// # Errors
            /// [`PlaceError`] with the form that was expected.
            pub fn new(text: impl Into<String>) -> Result<Self, PlaceError> {
                let text = text.into();
                if text.len() <= Self::BYTES_MAX && $check(&text) { Ok(Self(text)) } else { Err(PlaceError($says)) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = PlaceError;
            fn from_str(text: &str) -> Result<Self, PlaceError> {
                Self::new(text)
            }
        }

        impl BorshDeserialize for $name {
            fn deserialize_reader<R: Read>(reader: &mut R) -> borsh::io::Result<Self> {
                let text = epione_types::Text::<$bytes_max>::deserialize_reader(reader)?;
                Self::new(text.as_str())
                    .map_err(|error| borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, error.to_string()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(<String as Deserialize>::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

checked_text! {
    /// A country by ISO 3166-1 alpha-2, or a subdivision of one by ISO 3166-2: `CH`, `US-CA`.
    ///
    /// The country is one of those assigned on 2026-11-20; of a subdivision only the form is checked. A new country is a
    /// change of the rules, as every change of this list.
    ///
    /// # Source
    /// ISO 3166-1:2020, ISO 3166-2:2020.
    Jurisdiction, 6, is_jurisdiction, "is not a country code of ISO 3166-1 such as `CH`, or of ISO 3166-2 such as `US-CA`",
    json_schema!({ "type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$" })
}

checked_text! {
    /// A host and a port: `node.hospital.example:4000`, `192.0.2.1:4000`, `[2001:db8::1]:4000`.
    ///
    /// A DNS name in lower case, an IPv4 address, or an IPv6 address in its shortest form (RFC 5952) within brackets; the
    /// port from 1 to 65535 without leading zeros.
    HostPort, 261, is_host_port, "is not `host:port` with a lower-case name or an address, and a port from 1 to 65535",
    json_schema!({ "type": "string", "maxLength": Self::BYTES_MAX, "pattern": "^[^:]+:[0-9]+$|^\\[[0-9a-f:.]+\\]:[0-9]+$" })
}

checked_text! {
    /// The base URL of an API: `https://ledger.hospital.example/v1`, without a slash at its end.
    ///
    /// Scheme `https` (or `http`, for demonstrations on one machine), a host as in [`HostPort`] with an optional port, and a
    /// path of unreserved characters. No user, query or fragment.
    ApiUrl, 255, is_api_url, "is not a URL such as `https://ledger.hospital.example/v1`",
    json_schema!({ "type": "string", "maxLength": Self::BYTES_MAX, "pattern": "^https?://[^/?#@]+(/[A-Za-z0-9._~-]+)*$" })
}

impl Jurisdiction {
    /// The country alone: two capital letters.
    #[must_use]
    pub fn country(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl HostPort {
    /// The name or address; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.0.rsplit_once(':').map_or("", |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(0)
    }
}

fn is_jurisdiction(text: &str) -> bool {
    let (country, subdivision) = match text.split_once('-') {
        Some((country, subdivision)) => (country, Some(subdivision)),
        None => (text, None),
    };
    let is_subdivision = |text: &str| {
        (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    COUNTRIES.split_ascii_whitespace().any(|known| known == country) && subdivision.is_none_or(is_subdivision)
}

fn is_host_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| is_host(host) && is_port(port))
}

fn is_api_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let is_segment = |segment: &str| {
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
    };
    (is_host(authority) || is_host_port(authority)) && path.is_none_or(|path| path.split('/').all(is_segment))
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0 && port.to_string() == text)
}

/// A DNS name in lower case, an IPv4 address, or an IPv6 address within brackets.
fn is_host(text: &str) -> bool {
    if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address);
    }
    // The last label of a name is not a number, else it would be read as an address (WHATWG URL, RFC 3696 §2).
    let last = text.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<std::net::Ipv4Addr>().is_ok();
    }
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A label of a DNS name (RFC 1123 §2.1), in lower case.
fn is_label(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_letter) && !text.starts_with('-') && !text.ends_with('-')
}

/// The officially assigned codes of ISO 3166-1 alpha-2.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR \
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP \
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT \
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ \
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_country_once() {
        let countries: Vec<&str> = COUNTRIES.split_ascii_whitespace().collect();
        assert_eq!(countries.len(), 249);
        assert!(countries.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn jurisdictions() {
        for right in ["CH", "US-CA", "GB-ENG", "FR-75", "AT-9"] {
            assert!(Jurisdiction::new(right).is_ok(), "{right}");
        }
        for wrong in ["", "UK", "ch", "CHE", "US-", "US-ca", "US-CALI", "XX", "US_CA", "-CA", "US-C-A"] {
            assert!(Jurisdiction::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Jurisdiction::new("US-CA").map(|place| place.country().to_owned()), Ok("US".to_owned()));
    }

    #[test]
    fn hosts_and_ports() {
        for right in ["a:1", "node-1.hospital.example:4000", "192.0.2.1:65535", "[2001:db8::1]:4000", "[::1]:80"] {
            assert!(HostPort::new(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            ":1",
            "a",
            "a:",
            "a:0",
            "a:01",
            "a:65536",
            "a:+1",
            "A:1",
            "a_b:1",
            "-a:1",
            "a-:1",
            "a..b:1",
            "a.:1",
            "1.2.3:1",
            "1.2.3.256:1",
            "1.2.3.04:1",
            "::1:80",
            "[2001:DB8::1]:1",
            "[2001:db8:0::1]:1",
            "[::1%1]:1",
            "a b:1",
            "ä:1",
        ] {
            assert!(HostPort::new(wrong).is_err(), "{wrong}");
        }
        let place = HostPort::new("[2001:db8::1]:4000").unwrap();
        assert_eq!((place.host(), place.port()), ("2001:db8::1", 4000));
        assert!(HostPort::new(format!("{}:1", "a".repeat(64))).is_err());
    }

    #[test]
    fn urls() {
        for right in ["https://a", "https://a.example:8443", "http://127.0.0.1:8080", "https://[::1]/v1/x.y~z-_"] {
            assert!(ApiUrl::new(right).is_ok(), "{right}");
        }
        for wrong in [
            "a.example",
            "ftp://a",
            "https://",
            "https://a/",
            "https://a//b",
            "https://a/..",
            "https://a/b?c",
            "https://a#b",
            "https://user@a",
            "https://a/%20",
            "https://A",
            "https://a:0",
        ] {
            assert!(ApiUrl::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_checked_like_text() {
        let bytes = borsh::to_vec("UK").unwrap();
        assert!(epione_types::decode::<Jurisdiction>(&bytes, 100).is_err());
        let bytes = borsh::to_vec("GB").unwrap();
        assert_eq!(epione_types::decode::<Jurisdiction>(&bytes, 100).unwrap().as_str(), "GB");
    }
}
