//! From which sites a passkey signs.

use crate::Hash;

/// Whether `origin` is `https://host[:port]` with the relying party's domain, or one below it, as host.
///
/// The relying party is known by its hash only, so every domain that ends the host is hashed. A domain of one label, such as
/// `org` or `localhost`, is none; which longer ones belong to everybody (`co.uk`) is known to browsers, which do not let a
/// site be their relying party.
pub(super) fn belongs(origin: &str, rp: &Hash) -> bool {
    let Some(rest) = origin.strip_prefix("https://") else { return false };
    let (host, is_port) = match rest.split_once(':') {
        Some((host, port)) => (host, is_port(port)),
        None => (rest, true),
    };
    let parents = std::iter::successors(Some(host), |domain| domain.split_once('.').map(|(_first, rest)| rest));
    let mut domains = parents.take_while(|domain| domain.contains('.'));
    is_port && is_domain(host) && domains.any(|domain| Hash::sha256(&[domain.as_bytes()]) == *rp)
}

/// A port as browsers write it: no leading zero.
fn is_port(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    is_plain && text.parse::<u16>().is_ok()
}

/// A domain name as browsers write it: lower case, internationalized labels as `xn--…`, no dot at its end. Its last label
/// begins with a letter, so it is no address.
fn is_domain(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253 && host.split('.').all(is_label) && last.starts_with(|first: char| first.is_ascii_lowercase())
}

fn is_label(label: &str) -> bool {
    let is_written = label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    is_written && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}
