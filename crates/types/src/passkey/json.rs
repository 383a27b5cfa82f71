//! A strict reader of one JSON object, for client data. What it accepts is part of what the ledger accepts, so it is written
//! down here and does not change with a library.
//!
//! # Source
//! RFC 8259; beyond it: UTF-8 without byte order mark, no member twice, no lone surrogates, bounded depth.

use std::{collections::BTreeMap, iter::Peekable, str::Chars};

/// How deep arrays and objects may lie within the object.
const DEPTH_MAX: u8 = 8;

/// A value, as far as anybody here asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string, without its escapes.
    Text(String),
    /// The literal `false`.
    False,
    /// Another literal, a number, an array, an object.
    Other,
}

/// The members of the object that `bytes` are. None if they are not exactly one object.
pub(super) fn object(bytes: &[u8]) -> Option<BTreeMap<String, Value>> {
    let mut reader = Reader { rest: std::str::from_utf8(bytes).ok()?.chars().peekable() };
    reader.skip_space();
    let members = reader.object(DEPTH_MAX)?;
    reader.skip_space();
    reader.rest.next().is_none().then_some(members)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        while self.rest.next_if(|next| matches!(next, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    fn has(&mut self, expected: char) -> bool {
        self.rest.next_if_eq(&expected).is_some()
    }

    fn expect(&mut self, expected: char) -> Option<()> {
        self.has(expected).then_some(())
    }

    fn object(&mut self, depth: u8) -> Option<BTreeMap<String, Value>> {
        let within = depth.checked_sub(1)?;
        let mut members = BTreeMap::new();
        self.expect('{')?;
        self.skip_space();
        if self.has('}') {
            return Some(members);
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            self.expect(':')?;
            let value = self.value(within)?;
            if members.insert(name, value).is_some() {
                return None;
            }
            if !self.has(',') {
                break;
            }
        }
        self.expect('}')?;
        Some(members)
    }

    fn array(&mut self, depth: u8) -> Option<()> {
        let within = depth.checked_sub(1)?;
        self.expect('[')?;
        self.skip_space();
        if self.has(']') {
            return Some(());
        }
        loop {
            self.value(within)?;
            if !self.has(',') {
                break;
            }
        }
        self.expect(']')
    }

    /// A value with the white space around it.
    fn value(&mut self, depth: u8) -> Option<Value> {
        self.skip_space();
        let value = match self.rest.peek()? {
            '"' => Value::Text(self.string()?),
            '{' => self.object(depth).map(|_members| Value::Other)?,
            '[' => self.array(depth).map(|()| Value::Other)?,
            'f' => self.literal("false").map(|()| Value::False)?,
            't' => self.literal("true").map(|()| Value::Other)?,
            'n' => self.literal("null").map(|()| Value::Other)?,
            _ => self.number().map(|()| Value::Other)?,
        };
        self.skip_space();
        Some(value)
    }

    fn literal(&mut self, word: &str) -> Option<()> {
        word.chars().try_for_each(|letter| self.expect(letter))
    }

    fn number(&mut self) -> Option<()> {
        self.has('-');
        if !self.has('0') {
            self.digits()?;
        }
        if self.has('.') {
            self.digits()?;
        }
        if self.has('e') || self.has('E') {
            let _sign = self.has('+') || self.has('-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        self.rest.next_if(char::is_ascii_digit)?;
        while self.rest.next_if(char::is_ascii_digit).is_some() {}
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\x1f' => return None,
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(),
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        })
    }

    /// What follows `\u`: four digits, or a pair of surrogates.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(u32::from(first));
        }
        self.literal("\\u")?;
        let pair = [first, self.hex()?];
        char::decode_utf16(pair).next()?.ok()
    }

    fn hex(&mut self) -> Option<u16> {
        (0..4).try_fold(0_u16, |value, _digit| {
            let digit = u16::try_from(self.rest.next()?.to_digit(16)?).ok()?;
            value.checked_mul(16)?.checked_add(digit)
        })
    }
}
