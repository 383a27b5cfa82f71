//! License expressions.
//!
//! # Source
//! SPDX specification 2.3, annex D; a slash for `OR` is the form that cargo has deprecated.

use anyhow::{Result, bail};
use std::{iter::Peekable, vec::IntoIter};

/// Whether `expression` can be satisfied with licenses that `allowed` accepts. `allowed` sees an exception with its
/// license: `Apache-2.0 WITH LLVM-exception`.
///
/// # Errors
/// If the expression is malformed.
pub(super) fn is_satisfied(expression: &str, allowed: fn(&str) -> bool) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), allowed };
    let satisfied = parser.any_side()?;
    match parser.tokens.next() {
        None => Ok(satisfied),
        Some(token) => bail!("unexpected `{token}` in `{expression}`"),
    }
}

/// Reads an expression and evaluates it on the way. `AND` binds more tightly than `OR`.
struct Parser<'a> {
    tokens: Peekable<IntoIter<&'a str>>,
    allowed: fn(&str) -> bool,
}

impl Parser<'_> {
    fn any_side(&mut self) -> Result<bool> {
        let mut satisfied = self.every_side()?;
        while self.tokens.next_if_eq(&"OR").is_some() {
            satisfied |= self.every_side()?;
        }
        Ok(satisfied)
    }

    fn every_side(&mut self) -> Result<bool> {
        let mut satisfied = self.one()?;
        while self.tokens.next_if_eq(&"AND").is_some() {
            satisfied &= self.one()?;
        }
        Ok(satisfied)
    }

    fn one(&mut self) -> Result<bool> {
        match self.tokens.next() {
            Some("(") => {
                let satisfied = self.any_side()?;
                match self.tokens.next() {
                    Some(")") => Ok(satisfied),
                    _ => bail!("a parenthesis is not closed"),
                }
            }
            None | Some("AND" | "OR" | "WITH" | ")") => bail!("a license is missing"),
            Some(license) => self.with_exception(license),
        }
    }

    fn with_exception(&mut self, license: &str) -> Result<bool> {
        if self.tokens.next_if_eq(&"WITH").is_none() {
            return Ok((self.allowed)(license));
        }
        match self.tokens.next() {
            Some(exception) => Ok((self.allowed)(&format!("{license} WITH {exception}"))),
            None => bail!("an exception is missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(license: &str) -> bool {
        ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&license)
    }

    #[test]
    fn evaluates_expressions() {
        let rows = [
            ("MIT", true),
            ("GPL-3.0", false),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0/MIT", true),
            ("MIT AND GPL-3.0", false),
            ("MIT AND ISC", true),
            ("GPL-3.0 OR MIT AND ISC", true),
            ("(GPL-3.0 OR MIT) AND ISC", true),
            ("(MIT OR ISC) AND GPL-3.0", false),
            ("Apache-2.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
        ];
        for (expression, satisfied) in rows {
            assert_eq!(is_satisfied(expression, allowed).unwrap(), satisfied, "{expression}");
        }
    }

    #[test]
    fn refuses_what_is_malformed() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "AND MIT", "MIT WITH"] {
            assert!(is_satisfied(expression, allowed).is_err(), "{expression}");
        }
    }
}
