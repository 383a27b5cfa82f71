//! Passkeys: the vectors of the specification, and each rule.

use crate::{
    Assertion, Bytes, Hash, KeyError, Passkey, PasskeyFault, PublicKey, Signature, challenge, low_s, signature_of_der,
    testing::{SoftPasskey, client_data},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;

const DOMAIN: &str = "wallet.example.org";
const MESSAGE: &[u8] = b"what is signed";

/// The order of the group of P-256 (SEC 2 §2.4.2), and half of it.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const HALF: &str = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";

fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

fn key() -> SoftPasskey {
    SoftPasskey::new(&[7; 32], DOMAIN).unwrap()
}

fn assertion() -> Assertion {
    let Signature::WebAuthn(assertion) = key().sign(MESSAGE) else { panic!("another kind") };
    assertion
}

fn refused(assertion: &Assertion) -> PasskeyFault {
    match assertion.verify(MESSAGE) {
        Err(KeyError::Passkey(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn field(vector: &Value, name: &str) -> Vec<u8> {
    hex(vector[name].as_str().unwrap())
}

/// Web Authentication Level 3 §16, in `vectors/webauthn.json`: all signatures are right, and some break a rule of this ledger.
#[test]
fn the_vectors_of_the_specification() {
    let file: Value = serde_json::from_str(include_str!("../../../../vectors/webauthn.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let soft = SoftPasskey::new(&field(vector, "private_key").try_into().unwrap(), "example.org").unwrap();
        let [x, y] = ["x", "y"].map(|coordinate| field(vector, coordinate));
        let point: [u8; 33] = [&[2 + (y[31] & 1)][..], &x].concat().try_into().unwrap();
        assert_eq!(soft.passkey(), Passkey { point, rp: Hash::sha256(&[b"example.org"]) }, "{name}");
        let (authenticator, client) = (field(vector, "authenticator_data"), field(vector, "client_data"));
        let assertion = Assertion {
            key: soft.passkey(),
            authenticator_data: Bytes::new(authenticator.clone()).unwrap(),
            client_data: Bytes::new(client.clone()).unwrap(),
            bytes: signature_of_der(&field(vector, "signature")).unwrap(),
        };
        // Signatures are deterministic (RFC 6979).
        assert_eq!(soft.assert(&authenticator, &client), assertion, "{name}");
        assert_eq!(assertion.check_signature(), Ok(()), "{name}");
        let challenge = Base64UrlUnpadded::encode_string(&field(vector, "challenge"));
        let expected = match vector["refused"].as_str() {
            None => Ok(()),
            Some("user-verification") => Err(KeyError::Passkey(PasskeyFault::UserVerification)),
            Some("cross-origin") => Err(KeyError::Passkey(PasskeyFault::CrossOrigin)),
            Some(other) => panic!("{other}"),
        };
        assert_eq!(assertion.verify_challenge(&challenge), expected, "{name}");
        if expected.is_ok() {
            assert_eq!(assertion.verify(MESSAGE), Err(KeyError::Passkey(PasskeyFault::Challenge)), "{name}");
        }
    }
    assert_eq!(vectors.iter().filter(|vector| vector["refused"].is_null()).count(), 3);
}

#[test]
fn what_a_passkey_signs_verifies() {
    let signature = key().sign(MESSAGE);
    assert_eq!(signature.verify(MESSAGE), Ok(()));
    assert_eq!(signature.key(), key().public());
    assert_eq!((key().public().validate(), key().public().is_weak()), (Ok(()), false));
    assert_eq!(format!("{:?}", key()), "SoftPasskey([private])");
    let hash = Hash::sha256(&[MESSAGE]);
    assert_eq!(Base64UrlUnpadded::decode_vec(&challenge(MESSAGE)).unwrap(), hash.0);
}

/// Whatever is altered: another key, other data, another signature.
#[test]
fn every_byte_counts() {
    let right = assertion();
    let len = right.authenticator_data.len() + right.client_data.len() + 64 + 65;
    for at in 0..len {
        let flipped = |from: &[u8], at: usize| {
            let mut bytes = from.to_vec();
            bytes[at] ^= 1;
            bytes
        };
        let mut wrong = right.clone();
        let (a, c) = (right.authenticator_data.len(), right.client_data.len());
        match at {
            _ if at < a => wrong.authenticator_data = Bytes::new(flipped(&right.authenticator_data, at)).unwrap(),
            _ if at < a + c => wrong.client_data = Bytes::new(flipped(&right.client_data, at - a)).unwrap(),
            _ if at < a + c + 64 => wrong.bytes[at - a - c] ^= 1,
            _ => wrong.key = Passkey::from_bytes(&flipped(&right.key.to_bytes(), at - a - c - 64).try_into().unwrap()),
        }
        assert!(wrong.verify(MESSAGE).is_err(), "byte {at}");
    }
    assert_eq!(refused_other_message(&right), PasskeyFault::Challenge);
}

fn refused_other_message(right: &Assertion) -> PasskeyFault {
    let Err(KeyError::Passkey(fault)) = right.verify(b"another message") else { panic!("accepted") };
    fault
}

/// In order: of two faults the first is named.
#[test]
fn authenticator_data_are_checked() {
    let rp = key().passkey().rp.0;
    let data = |rp: [u8; 32], flags: u8, more: &[u8]| [&rp[..], &[flags], &[0, 0, 1, 2], more].concat();
    let right = client_data(&challenge(MESSAGE), "https://wallet.example.org");
    let of = |data: &[u8]| key().assert(data, right.as_bytes());
    for (data, fault) in [
        (vec![], PasskeyFault::AuthenticatorData),
        (rp.to_vec(), PasskeyFault::AuthenticatorData),
        (data(rp, 0x05, &[])[..36].to_vec(), PasskeyFault::AuthenticatorData),
        (data(rp, 0x85, &[])[..36].to_vec(), PasskeyFault::AuthenticatorData),
        (data(rp, 0x05, &[0xa0]), PasskeyFault::AuthenticatorData),
        (data(rp, 0x85, &[]), PasskeyFault::AuthenticatorData),
        (data([9; 32], 0x00, &[0xa0]), PasskeyFault::AuthenticatorData),
        (data([9; 32], 0x00, &[]), PasskeyFault::RelyingParty),
        (data(rp, 0x00, &[]), PasskeyFault::UserPresence),
        (data(rp, 0x04, &[]), PasskeyFault::UserPresence),
        (data(rp, 0x01, &[]), PasskeyFault::UserVerification),
        (data(rp, 0x19, &[]), PasskeyFault::UserVerification),
    ] {
        assert_eq!(refused(&of(&data)), fault, "{data:?}");
    }
    // Any counter, synchronized or not, with extensions or attested data up to the limit.
    for data in [
        data(rp, 0x05, &[]),
        data(rp, 0x1d, &[]),
        data(rp, 0x85, &[0xa0]),
        data(rp, 0x45, &[0; 219]),
        data(rp, 0xff, &[1; 2]),
    ] {
        assert_eq!(of(&data).verify(MESSAGE), Ok(()), "{data:?}");
    }
}

fn of_client(client: &str) -> Assertion {
    key().assert(&key().authenticator_data(SoftPasskey::FLAGS), client.as_bytes())
}

/// `$` stands for the right challenge, `@` for the right origin.
fn client(template: &str) -> Assertion {
    of_client(&template.replace('$', &challenge(MESSAGE)).replace('@', "https://wallet.example.org"))
}

#[test]
fn client_data_are_checked() {
    for (template, fault) in [
        (r#"{"type":"webauthn.create","challenge":"no","origin":"no","crossOrigin":true}"#, PasskeyFault::Type),
        (r#"{"type":"payment.get","challenge":"$","origin":"@"}"#, PasskeyFault::Type),
        (r#"{"type":"webauthn.get","challenge":"no","origin":"no","crossOrigin":true}"#, PasskeyFault::Challenge),
        (r#"{"type":"webauthn.get","challenge":"$=","origin":"@"}"#, PasskeyFault::Challenge),
        (r#"{"type":"webauthn.get","challenge":"$","origin":"no","crossOrigin":true}"#, PasskeyFault::CrossOrigin),
        (r#"{"type":"webauthn.get","challenge":"$","origin":"@","crossOrigin":"false"}"#, PasskeyFault::CrossOrigin),
        (r#"{"type":"webauthn.get","challenge":"$","origin":"@","crossOrigin":null}"#, PasskeyFault::CrossOrigin),
        (r#"{"type":"webauthn.get","challenge":"$","origin":"@","topOrigin":"@"}"#, PasskeyFault::CrossOrigin),
        (
            r#"{"type":"webauthn.get","challenge":"$","origin":"@","crossOrigin":false,"topOrigin":null}"#,
            PasskeyFault::CrossOrigin,
        ),
        (r#"{"type":"webauthn.get","challenge":"$","origin":"no"}"#, PasskeyFault::Origin),
    ] {
        assert_eq!(refused(&client(template)), fault, "{template}");
    }
}

/// With arrays within arrays.
fn deep(depth: usize) -> String {
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    format!(r#"{{"type":"webauthn.get","challenge":"$","origin":"@","x":{open}{close}}}"#)
}

#[test]
fn client_data_of_browsers_are_read() {
    for template in [
        // As browsers write it, as those before `crossOrigin` did, and in alphabetical order.
        r#"{"type":"webauthn.get","challenge":"$","origin":"@","crossOrigin":false}"#,
        r#"{"type":"webauthn.get","challenge":"$","origin":"@"}"#,
        r#"{"challenge":"$","crossOrigin":false,"origin":"@","type":"webauthn.get"}"#,
        // With what else may stand there.
        r#" { "type" : "webauthn.get" , "challenge" : "$" , "origin" : "@" , "x" : [ ] } "#,
        r#"{"type":"webauthn.get","challenge":"$","origin":"@","a":{"b":[1,-0.5e+10,0,{}],"c":null},"d":true}"#,
        r#"{"type":"webauthn.get","challenge":"$","origin":"https:\/\/wallet.example.org"}"#,
        r#"{"\u0074ype":"webauthn\u002eget","challenge":"$","origin":"@","\ud83d\ude00":"é\b\f\n\r\t\"\\\/"}"#,
        &deep(7),
    ] {
        assert_eq!(client(template).verify(MESSAGE), Ok(()), "{template}");
    }
}

#[test]
fn other_client_data_are_refused() {
    let members = r#""type":"webauthn.get","challenge":"$","origin":"@""#;
    for template in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"type":"webauthn.get","challenge":"$"}"#,
        r#"{"type":"webauthn.get","origin":"@"}"#,
        r#"{"challenge":"$","origin":"@"}"#,
        r#"{"type":["webauthn.get"],"challenge":"$","origin":"@"}"#,
        r#"{"type":false,"challenge":"$","origin":"@"}"#,
        &deep(8),
        &deep(400),
        &format!("{{{members}"),
        &format!("{{{members},}}"),
        &format!("{{,{members}}}"),
        &format!("{{{members}}}x"),
        &format!("{{{members}}}{{}}"),
        &format!("\u{feff}{{{members}}}"),
        &format!("{{{members},\"type\":\"webauthn.get\"}}"),
        &format!("{{{members},\"\\u0074ype\":\"webauthn.create\"}}"),
        &format!("{{{members},\"x\":{{\"y\":1,\"y\":2}}}}"),
        &format!("{{{members},x:1}}"),
        &format!("{{{members},'x':1}}"),
        &format!("{{{members},\"x\" 1}}"),
        &format!("{{{members},\"x\":}}"),
        &format!("{{{members},\"x\":tru}}"),
        &format!("{{{members},\"x\":nulL}}"),
        &format!("{{{members},\"x\":falsey}}"),
        &format!("{{{members},\"x\":01}}"),
        &format!("{{{members},\"x\":+1}}"),
        &format!("{{{members},\"x\":1.}}"),
        &format!("{{{members},\"x\":.1}}"),
        &format!("{{{members},\"x\":1e}}"),
        &format!("{{{members},\"x\":-}}"),
        &format!("{{{members},\"x\":[1,]}}"),
        &format!("{{{members},\"x\":[1 2]}}"),
        &format!("{{{members},\"x\":[}}"),
        &format!("{{{members},\"x\":\"\n\"}}"),
        &format!("{{{members},\"x\":\"\\x\"}}"),
        &format!("{{{members},\"x\":\"\\u12\"}}"),
        &format!("{{{members},\"x\":\"\\ud800\"}}"),
        &format!("{{{members},\"x\":\"\\ud800\\u0041\"}}"),
        &format!("{{{members},\"x\":\"\\udc00\"}}"),
        &format!("{{{members},\"x\":\"}}"),
    ] {
        assert_eq!(refused(&client(template)), PasskeyFault::ClientData, "{template}");
    }
    let mut not_utf8 = of_client("").client_data.to_vec();
    not_utf8.extend_from_slice(b"{\"x\":\"\xff\"}");
    let assertion = key().assert(&key().authenticator_data(SoftPasskey::FLAGS), &not_utf8);
    assert_eq!(refused(&assertion), PasskeyFault::ClientData);
}

#[test]
fn the_origin_belongs_to_the_relying_party() {
    let verify = |domain: &str, origin: &str| {
        let key = SoftPasskey::new(&[7; 32], domain).unwrap();
        let client = client_data(&challenge(MESSAGE), origin);
        key.assert(&key.authenticator_data(SoftPasskey::FLAGS), client.as_bytes()).verify(MESSAGE)
    };
    let label = "a".repeat(63);
    let long = format!("{}.example.org", [label.as_str(); 3].join("."));
    for (domain, origin) in [
        ("example.org", "https://example.org"),
        ("example.org", "https://wallet.example.org"),
        ("example.org", "https://a.b.example.org:8443"),
        ("wallet.example.org", "https://wallet.example.org:1"),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example:65535"),
        ("example.org", &format!("https://{long}")),
    ] {
        assert_eq!(verify(domain, origin), Ok(()), "{origin} for {domain}");
    }
    for (domain, origin) in [
        ("example.org", "http://example.org"),
        ("example.org", "HTTPS://example.org"),
        ("example.org", "https:/example.org"),
        ("example.org", "https://example.org/"),
        ("example.org", "https://example.org:"),
        ("example.org", "https://example.org:0"),
        ("example.org", "https://example.org:080"),
        ("example.org", "https://example.org:+80"),
        ("example.org", "https://example.org:65536"),
        ("example.org", "https://example.org:443:443"),
        ("example.org", "https://user@example.org"),
        ("example.org", "https://example.org."),
        ("example.org", "https://.example.org"),
        ("example.org", "https://a..example.org"),
        ("example.org", "https://Example.org"),
        ("example.org", "https://-a.example.org"),
        ("example.org", "https://a-.example.org"),
        ("example.org", "https://a_b.example.org"),
        ("example.org", "https://b\u{fc}cher.example.org"),
        ("example.org", "https://badexample.org"),
        ("example.org", "https://example.org.attacker.com"),
        ("wallet.example.org", "https://example.org"),
        ("wallet.example.org", "https://other.example.org"),
        ("example.org", &format!("https://a{label}.example.org")),
        ("example.org", &format!("https://{label}.{long}")),
        // A relying party that is no domain of its own, or none at all.
        ("org", "https://example.org"),
        ("org", "https://org"),
        ("localhost", "https://localhost"),
        ("localhost", "http://localhost:8080"),
        ("127.0.0.1", "https://127.0.0.1"),
        ("0.0.1", "https://127.0.0.1"),
        ("", "https://"),
        ("example.org", "android:apk-key-hash:x"),
    ] {
        assert_eq!(verify(domain, origin), Err(KeyError::Passkey(PasskeyFault::Origin)), "{origin} for {domain}");
    }
}

#[test]
fn a_point_has_one_form() {
    let with = |point: Vec<u8>| Passkey { point: point.try_into().unwrap(), rp: key().passkey().rp };
    let x = key().passkey().point[1..].to_vec();
    let zero = vec![0; 32];
    // The prime of the field: zero again. And the prime and five: five is the coordinate of a point.
    let prime = hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let five_again = hex("ffffffff00000001000000000000000000000001000000000000000000000004");
    let mut five = zero.clone();
    five[31] = 5;
    let mut one = zero.clone();
    one[31] = 1;
    for sign in [2, 3] {
        for x in [&x, &zero, &five] {
            assert_eq!(with([&[sign][..], x].concat()).validate(), Ok(()), "{sign} {x:?}");
        }
        for x in [&one, &prime, &five_again, &vec![0xff; 32]] {
            assert_eq!(with([&[sign][..], x].concat()).validate(), Err(KeyError::NotAKey), "{sign} {x:?}");
        }
    }
    for form in (0..=1).chain(4..=255) {
        assert_eq!(with([&[form][..], &x].concat()).validate(), Err(KeyError::NotAKey), "{form}");
    }
    let mut not_a_point = assertion();
    not_a_point.key = with([&[2][..], &one].concat());
    assert_eq!(not_a_point.verify(MESSAGE), Err(KeyError::NotAKey));
    assert_eq!(PublicKey::Es256(not_a_point.key).validate(), Err(KeyError::NotAKey));
}

/// `order − s`: the other signature.
fn other(bytes: &[u8; 64]) -> [u8; 64] {
    let (mut other, mut borrow) = (*bytes, 0_i16);
    for (to, from) in other[32..].iter_mut().zip(hex(ORDER)).rev() {
        let difference = i16::from(from) - i16::from(*to) - borrow;
        (*to, borrow) = (u8::try_from(difference.rem_euclid(256)).unwrap(), i16::from(difference < 0));
    }
    other
}

#[test]
fn only_the_lower_s_is_accepted() {
    let right = assertion();
    let mut high = right.clone();
    high.bytes = other(&right.bytes);
    assert_eq!(refused(&high), PasskeyFault::HighS);
    assert_eq!((low_s(&high.bytes), low_s(&right.bytes)), (Some(right.bytes), Some(right.bytes)));
    // Half of the order is still low, one more is high; zero and the order are no numbers of a signature.
    let with = |r: &str, s: &str| -> [u8; 64] { [hex(r), hex(s)].concat().try_into().unwrap() };
    let (one, zero) = ("00".repeat(31) + "01", "00".repeat(32));
    let above = HALF.replace("92a8", "92a9");
    assert_eq!(low_s(&with(&one, HALF)), Some(with(&one, HALF)));
    assert_eq!(low_s(&with(&one, &above)), Some(with(&one, HALF)));
    for (r, s, fault) in [
        (&one, &above, KeyError::Passkey(PasskeyFault::HighS)),
        (&one, &HALF.to_owned(), KeyError::Signature),
        (&zero, &one, KeyError::Signature),
        (&one, &zero, KeyError::Signature),
        (&ORDER.to_owned(), &one, KeyError::Signature),
        (&one, &ORDER.to_owned(), KeyError::Signature),
        (&"ff".repeat(32), &"ff".repeat(32), KeyError::Signature),
    ] {
        let mut wrong = right.clone();
        wrong.bytes = with(r, s);
        assert_eq!(wrong.verify(MESSAGE), Err(fault), "{r} {s}");
    }
    for (r, s) in [(&zero, &one), (&one, &zero), (&ORDER.to_owned(), &one), (&one, &ORDER.to_owned())] {
        assert_eq!(low_s(&with(r, s)), None, "{r} {s}");
    }
}

#[test]
fn signatures_in_der_are_read() {
    let one = [&[0; 31][..], &[1], &[0; 31], &[1]].concat();
    assert_eq!(signature_of_der(&hex("3006020101020101")).unwrap().to_vec(), one);
    let high = [&[0; 31][..], &[0x80], &[0; 31], &[1]].concat();
    assert_eq!(signature_of_der(&hex("300702020080020101")).unwrap().to_vec(), high);
    for wrong in [
        "",
        "30",
        "3000",
        "3106020101020101",
        "3007020101020101",
        "3005020101020101",
        "300602010102010100",
        "300702010102010100",
        "3006030101020101",
        "3006020101030101",
        "300602010102",
        "3003020101",
        // Zero, negative, with a zero too many, too long.
        "3006020100020101",
        "3006020180020101",
        "300702020001020101",
        "30050200020101",
        &format!("30260221{}020101", "01".repeat(33)),
        &format!("30260221{}020101", "00".to_owned() + ORDER),
    ] {
        assert_eq!(hex::decode(wrong).ok().and_then(|der| signature_of_der(&der)), None, "{wrong}");
    }
}

#[test]
fn secrets_are_scalars() {
    assert!(SoftPasskey::new(&[0; 32], DOMAIN).is_none());
    assert!(SoftPasskey::new(&hex(ORDER).try_into().unwrap(), DOMAIN).is_none());
}
