//! PKCS#11 URIs: what is said is obeyed or refused, and no PIN stands there.

use crate::signer::TokenUri;
use std::path::{Path, PathBuf};

const MODULE: &str = "module-path=/usr/lib/softhsm/libsofthsm2.so";

fn refused(text: &str) -> String {
    text.parse::<TokenUri>().unwrap_err()
}

#[test]
fn a_uri_names_a_key() {
    let text = format!("pkcs11:token=The%20hospital;object=operations;id=%01%fF?{MODULE}&pin-source=file:/run/pin");
    let uri: TokenUri = text.parse().unwrap();
    assert_eq!((uri.token.as_deref(), uri.object.as_deref()), (Some("The hospital"), Some("operations")));
    assert_eq!((uri.id.as_deref(), uri.serial.as_deref()), (Some(&[1, 0xff][..]), None));
    assert_eq!(uri.module_path, Path::new("/usr/lib/softhsm/libsofthsm2.so"));
    assert_eq!(uri.pin_source, Some(PathBuf::from("/run/pin")));
    // One text each, which reads as the same.
    assert_eq!(uri.to_string(), text.replace("fF", "FF"));
    assert_eq!(uri.to_string().parse::<TokenUri>().unwrap(), uri);
    let serial: TokenUri = format!("pkcs11:serial=9a;type=private?{MODULE}").parse().unwrap();
    assert_eq!(serial.serial.as_deref(), Some("9a"));
}

#[test]
fn what_is_not_obeyed_is_refused() {
    let pin = refused(&format!("pkcs11:token=a?{MODULE}&pin-value=123456"));
    assert!(pin.contains("`pin-value`") && pin.contains("pin-source") && !pin.contains("123456"), "{pin}");
    assert!(refused("pkcs12:token=a").contains("begins with `pkcs11:`"));
    assert!(refused("pkcs11:token=a;object=b").contains("`module-path` is missing"));
    assert!(refused(&format!("pkcs11:object=b?{MODULE}")).contains("`token`"));
    assert!(refused("pkcs11:token=a?module-path=libsofthsm2.so").contains("absolute path"));
    assert!(refused(&format!("pkcs11:token=a?{MODULE}&pin-source=pin")).contains("absolute path"));
    assert!(refused(&format!("pkcs11:token=a;slot-id=1?{MODULE}")).contains("`slot-id` is not understood"));
    assert!(refused(&format!("pkcs11:token=a?{MODULE}&x-vendor=1")).contains("`x-vendor`"));
    assert!(refused(&format!("pkcs11:token=a;token=b?{MODULE}")).contains("twice"));
    assert!(refused(&format!("pkcs11:token?{MODULE}")).contains("`name=value`"));
    assert!(refused(&format!("pkcs11:token=%4?{MODULE}")).contains("two hexadecimal digits"));
    assert!(refused(&format!("pkcs11:token=%0A?{MODULE}")).contains("control characters"));
    assert!(refused(&format!("pkcs11:token=%ff?{MODULE}")).contains("UTF-8"));
    assert!(refused(&format!("pkcs11:token=a;type=cert?{MODULE}")).contains("no private key"));
    assert!(refused(&format!("pkcs11:token={}?{MODULE}", "a".repeat(3000))).contains("at most"));
}
